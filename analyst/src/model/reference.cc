#include "model/reference.h"

namespace analyst {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// Past the end of a literal, a quoted identifier or a comment that starts at `at`; `at` when none does.
std::size_t skip_quoted(std::string_view sql, std::size_t at) {
  const char c = sql[at];
  const auto past = [&](std::string_view end, std::size_t from) {
    const auto found = sql.find(end, from);
    return found == std::string_view::npos ? sql.size() : found + end.size();
  };
  // A doubled quote inside a literal ends it here and starts the next at once, which comes to the same.
  if (c == '\'' || c == '"' || c == '`') return past(sql.substr(at, 1), at + 1);
  if (sql.substr(at, 2) == "--") return past("\n", at + 2);
  if (sql.substr(at, 2) == "/*") return past("*/", at + 2);
  return at;
}

// The inside of ${…}, or why it is not one.
std::optional<Reference> parse(std::string_view inside) {
  Reference reference;
  std::string_view rest = trim(inside);
  if (const auto bracket = rest.find('['); bracket != std::string_view::npos) {
    if (rest.back() != ']') return std::nullopt;
    reference.timeframe = parse_timeframe(trim(rest.substr(bracket + 1, rest.size() - bracket - 2)));
    if (!reference.timeframe) return std::nullopt;
    rest = trim(rest.substr(0, bracket));
  }
  if (const auto dot = rest.find('.'); dot != std::string_view::npos) {
    reference.view = trim(rest.substr(0, dot));
    rest = trim(rest.substr(dot + 1));
    if (!is_name(reference.view)) return std::nullopt;
  }
  reference.field = rest;
  if (!is_name(reference.field)) return std::nullopt;
  return reference;
}

}  // namespace

bool is_name(std::string_view text) {
  if (text.empty() || !is_letter(text.front())) return false;
  for (const char c : text) {
    if (!is_letter(c) && !is_digit(c)) return false;
  }
  return true;
}

std::vector<Reference> references(std::string_view sql, std::vector<std::string>* malformed) {
  std::vector<Reference> found;
  std::size_t at = 0;
  while (at < sql.size()) {
    if (const auto next = skip_quoted(sql, at); next != at) {
      at = next;
      continue;
    }
    if (sql.substr(at, 2) != "${") {
      ++at;
      continue;
    }
    const auto end = sql.find('}', at);
    if (end == std::string_view::npos) {
      if (malformed != nullptr) malformed->emplace_back("\"${\" without a \"}\"");
      break;
    }
    const std::string_view inside = sql.substr(at + 2, end - at - 2);
    if (auto reference = parse(inside)) {
      reference->offset = at;
      reference->length = end + 1 - at;
      found.push_back(std::move(*reference));
    } else if (malformed != nullptr) {
      malformed->push_back("\"${" + std::string(inside) +
                           "}\" is not a reference; write ${field}, ${view.field} or ${view.field[timeframe]}");
    }
    at = end + 1;
  }
  return found;
}

std::string replace_references(std::string_view sql, const std::function<std::string(const Reference&)>& replacement) {
  std::string result;
  std::size_t done = 0;
  for (const Reference& reference : references(sql)) {
    result += sql.substr(done, reference.offset - done);
    result += replacement(reference);
    done = reference.offset + reference.length;
  }
  result += sql.substr(done);
  return result;
}

std::string to_string(const Reference& reference) {
  std::string text = "${";
  if (!reference.view.empty()) text += reference.view + ".";
  text += reference.field;
  if (reference.timeframe) text += "[" + std::string(to_string(*reference.timeframe)) + "]";
  return text + "}";
}

}  // namespace analyst
