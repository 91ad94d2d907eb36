#include "http/target.h"

#include <algorithm>
#include <cstdint>

#include "http/characters.h"

namespace http {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool decode_into(std::string& out, std::string_view text, bool plus_is_space) {
  out.reserve(out.size() + text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (text.size() - i < 3) return false;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return false;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return true;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string_view read_path(std::string_view text, std::string& path) {
  if (!characters::all(text, characters::uri_path)) return "the target holds a character that a URI may not hold";
  if (text.find('%') == std::string_view::npos) {
    path = text;
    return {};
  }
  if (!decode_into(path, text, false)) return "the target has bad percent-encoding";
  if (std::count(path.begin(), path.end(), '/') != std::count(text.begin(), text.end(), '/')) {
    return "an encoded slash in the path is not accepted";
  }
  if (std::any_of(path.begin(), path.end(), is_control)) return "a control character in the path is not accepted";
  if (!is_utf8(path)) return "the path is not UTF-8";
  return {};
}

std::string_view read_query(std::string_view text, std::vector<std::pair<std::string, std::string>>& query) {
  if (!characters::all(text, characters::uri_query)) return "the target holds a character that a URI may not hold";
  while (!text.empty()) {
    const auto end = text.find('&');
    const auto part = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (part.empty()) continue;
    const auto equals = part.find('=');
    std::string name;
    std::string value;
    if (!decode_into(name, part.substr(0, equals), true) ||
        (equals != std::string_view::npos && !decode_into(value, part.substr(equals + 1), true))) {
      return "the target has bad percent-encoding";
    }
    if (name.find('\0') != std::string::npos || value.find('\0') != std::string::npos) {
      return "NUL in the query is not accepted";
    }
    if (!is_utf8(name) || !is_utf8(value)) return "the query is not UTF-8";
    query.emplace_back(std::move(name), std::move(value));
  }
  return {};
}

}  // namespace

std::string_view read_target(std::string_view text, Target& target) {
  target.path.clear();
  target.query.clear();
  target.authority.clear();
  if (text.empty()) return "the target is empty";
  if (text == "*") {
    target.path = "*";
    return {};
  }
  if (text.find('#') != std::string_view::npos) return "the target must not have a fragment";
  if (text.front() != '/') {
    const auto scheme = text.find("://");
    if (scheme == std::string_view::npos) return "the target must start with \"/\" or be an http URL";
    const auto name = text.substr(0, scheme);
    if (!characters::same_word(name, "http") && !characters::same_word(name, "https")) {
      return "the target's scheme must be http or https";
    }
    text.remove_prefix(scheme + 3);
    const auto end = std::min(text.find_first_of("/?"), text.size());
    target.authority = text.substr(0, end);
    if (!is_authority(target.authority)) return "the target's host cannot be read";
    text.remove_prefix(end);
  }
  const auto question = text.find('?');
  const auto path = text.substr(0, question);
  if (path.empty()) {
    target.path = "/";
  } else if (const auto problem = read_path(path, target.path); !problem.empty()) {
    return problem;
  }
  if (question == std::string_view::npos) return {};
  return read_query(text.substr(question + 1), target.query);
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  if (!decode_into(out, text, plus_is_space)) return std::nullopt;
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (characters::is(c, characters::alphanumeric) || std::string_view("-._~").find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  return out;
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    // How many bytes follow, and the smallest character that needs as many: less is an overlong form.
    std::size_t more = 0;
    std::uint32_t smallest = 0;
    std::uint32_t character = 0;
    if ((lead & 0xe0) == 0xc0) {
      more = 1, smallest = 0x80, character = lead & 0x1f;
    } else if ((lead & 0xf0) == 0xe0) {
      more = 2, smallest = 0x800, character = lead & 0x0f;
    } else if ((lead & 0xf8) == 0xf0) {
      more = 3, smallest = 0x10000, character = lead & 0x07;
    } else {
      return false;
    }
    if (text.size() - i <= more) return false;
    for (std::size_t k = 1; k <= more; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xc0) != 0x80) return false;
      character = (character << 6) | (next & 0x3f);
    }
    if (character < smallest || character > 0x10ffff || (character >= 0xd800 && character <= 0xdfff)) return false;
    i += more + 1;
  }
  return true;
}

bool is_authority(std::string_view text) {
  if (!characters::all(text, characters::host)) return false;
  std::string_view host;
  std::string_view rest;
  if (!text.empty() && text.front() == '[') {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return false;
    host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
    // An IP literal is told apart from a name by its colon; what is between is never resolved by a server.
    const auto literal = [](char c) { return hex_value(c) >= 0 || c == ':' || c == '.'; };
    if (host.find(':') == std::string_view::npos || !std::all_of(host.begin(), host.end(), literal)) return false;
  } else {
    const auto colon = text.find(':');
    host = text.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
    if (host.find_first_of("[]") != std::string_view::npos) return false;
    if (host.find('%') != std::string_view::npos && !percent_decode(host)) return false;
  }
  if (host.empty()) return false;
  if (rest.empty()) return true;
  if (rest.front() != ':') return false;
  rest.remove_prefix(1);
  if (rest.size() > 5 || !characters::all(rest, characters::digit)) return false;
  int port = 0;
  for (const char c : rest) port = port * 10 + (c - '0');
  return port <= 65535;
}

}  // namespace http
