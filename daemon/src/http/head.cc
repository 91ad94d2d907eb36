#include "http/head.h"

#include <algorithm>
#include <array>

#include "http/characters.h"
#include "http/target.h"

namespace http {
namespace {

constexpr std::array<std::string_view, 7> known_methods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

// What a request line has beside its target: the longest method, two spaces, the version, with room for methods we answer 501.
constexpr std::size_t line_rest_max = 64;

bool is_version(std::string_view text) {
  return text.size() == 8 && text.starts_with("HTTP/") && characters::is(text[5], characters::digit) && text[6] == '.' &&
         characters::is(text[7], characters::digit);
}

std::string_view name_of(std::string_view text, const HeadReader::Field& field) {
  return text.substr(field.name, field.name_end - field.name);
}

std::string_view value_of(std::string_view text, const HeadReader::Field& field) {
  return text.substr(field.value, field.value_end - field.value);
}

Refusal read_content_length(std::string_view value, std::size_t body_bytes_max, std::uint64_t& out) {
  if (value.empty() || !characters::all(value, characters::digit)) {
    return {400, "Content-Length must be one decimal number"};
  }
  out = 0;
  for (const char c : value) {
    out = out * 10 + static_cast<std::uint64_t>(c - '0');
    // Inside the loop, so that no number of digits can overflow it.
    if (out > body_bytes_max) return {413, "the body is larger than this server accepts"};
  }
  return {};
}

Refusal read_transfer_encoding(std::string_view value, bool& chunked) {
  if (characters::same_word(value, "chunked")) {
    chunked = true;
    return {};
  }
  int times = 0;
  bool last = false;
  characters::each_element(value, [&](std::string_view coding) {
    last = characters::same_word(coding, "chunked");
    if (last) ++times;
    return true;
  });
  // A coding before a single, final "chunked" is well-formed; it is only one that this server does not know.
  if (last && times == 1 && value.front() != ',' && value.back() != ',') {
    return {501, "the only transfer coding this server knows is chunked"};
  }
  return {400, "Transfer-Encoding must be chunked, once"};
}

}  // namespace

void HeadReader::start(const HeadLimits& limits, bool fields_only) {
  limits_ = limits;
  fields_.clear();
  refusal_ = {};
  position_ = line_begin_ = line_ = line_end_ = 0;
  after_cr_ = false;
  have_line_ = fields_only_ = fields_only;
}

HeadReader::State HeadReader::refuse(int status, std::string_view detail) {
  refusal_ = {status, detail};
  return State::refused;
}

HeadReader::State HeadReader::read(std::string_view text) {
  if (refusal_) return State::refused;
  const std::size_t end = std::min(text.size(), limits_.bytes_max);
  while (position_ < end) {
    const char c = text[position_];
    if (after_cr_) {
      if (c != '\n') return refuse(400, "a CR must be followed by LF");
      after_cr_ = false;
      const std::size_t line_end = position_ - 1;
      ++position_;
      const auto state = end_line(text, line_end);
      if (state != State::more) return state;
      line_begin_ = position_;
      continue;
    }
    if (c == '\r') {
      after_cr_ = true;
    } else if (c == '\n') {
      return refuse(400, "a line must end with CRLF");
    } else if (!characters::is(c, characters::field)) {
      return refuse(400, "a control character in the head is not accepted");
    } else if (!have_line_) {
      if (static_cast<unsigned char>(c) > 0x7e || c == '\t') return refuse(400, "this is not an HTTP request");
      if (position_ - line_begin_ >= limits_.target_bytes_max + line_rest_max) return refuse(414, "the target is too long");
    }
    ++position_;
  }
  if (text.size() < limits_.bytes_max) return State::more;
  if (!have_line_) return refuse(414, "the request line is too long");
  return refuse(431, "the header is too large");
}

HeadReader::State HeadReader::end_line(std::string_view text, std::size_t end) {
  const auto line = text.substr(line_begin_, end - line_begin_);
  if (!have_line_) {
    if (line.empty()) {
      // RFC 9112 section 2.2 asks for patience with one empty line, which old clients send after a body.
      if (line_begin_ != 0) return refuse(400, "empty lines before a request are not accepted");
      return State::more;
    }
    have_line_ = true;
    line_ = line_begin_;
    line_end_ = end;
    // Read here only to refuse it: a client of another protocol may send one line and wait.
    RequestLine ignored;
    refusal_ = read_request_line(line, limits_.target_bytes_max, ignored);
    return refusal_ ? State::refused : State::more;
  }
  if (line.empty()) return State::done;
  if (line.front() == ' ' || line.front() == '\t') return refuse(400, "a folded header line is not accepted");
  if (fields_.size() >= static_cast<std::size_t>(limits_.fields_max)) return refuse(431, "there are too many header fields");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return refuse(400, "a header line has no colon");
  if (colon == 0 || !characters::all(line.substr(0, colon), characters::token)) {
    return refuse(400, "a header field's name is not a token");
  }
  const auto value = characters::trim(line.substr(colon + 1));
  const auto value_begin = value.empty() ? end : static_cast<std::size_t>(value.data() - text.data());
  fields_.push_back({.name = static_cast<std::uint32_t>(line_begin_),
                     .name_end = static_cast<std::uint32_t>(line_begin_ + colon),
                     .value = static_cast<std::uint32_t>(value_begin),
                     .value_end = static_cast<std::uint32_t>(value_begin + value.size())});
  return State::more;
}

Refusal read_request_line(std::string_view line, std::size_t target_bytes_max, RequestLine& out) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos) return {400, "this is not an HTTP request"};
  if (first == last) return {400, "the request line has no HTTP version"};
  const auto version = line.substr(last + 1);
  out.method = line.substr(0, first);
  out.target = line.substr(first + 1, last - first - 1);
  if (!is_version(version)) return {400, "the HTTP version cannot be read"};
  if (out.method.empty() || !characters::all(out.method, characters::token)) return {400, "the method is not a token"};
  if (out.target.empty() || out.target.find(' ') != std::string_view::npos) {
    return {400, "the request line must be: method, space, target, space, version"};
  }
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return {505, "this server speaks HTTP/1.1"};
  if (std::find(known_methods.begin(), known_methods.end(), out.method) == known_methods.end()) {
    return {501, "this server does not know the method"};
  }
  if (out.target.size() > target_bytes_max) return {414, "the target is too long"};
  out.minor = version.back() - '0';
  return {};
}

Refusal read_framing(std::string_view text, const std::vector<HeadReader::Field>& fields, const RequestLine& line,
                     std::size_t body_bytes_max, Framing& out) {
  out = {};
  bool have_length = false;
  bool have_encoding = false;
  bool have_host = false;
  bool close = false;
  bool keep_alive = false;
  bool unknown_expectation = false;
  Refusal too_large;
  for (const auto& field : fields) {
    const auto name = name_of(text, field);
    const auto value = value_of(text, field);
    // Most fields concern the handler; their length alone tells them apart from these.
    switch (name.size()) {
      case 4:
        if (!characters::same_word(name, "host")) break;
        if (have_host) return {400, "there must be one Host"};
        have_host = true;
        if (!is_authority(value)) return {400, "Host cannot be read"};
        out.host = value;
        break;
      case 6:
        if (!characters::same_word(name, "expect")) break;
        if (characters::same_word(value, "100-continue")) {
          out.expects_continue = line.minor == 1;
        } else {
          unknown_expectation = true;
        }
        break;
      case 10:
        if (!characters::same_word(name, "connection")) break;
        characters::each_element(value, [&](std::string_view option) {
          close = close || characters::same_word(option, "close");
          keep_alive = keep_alive || characters::same_word(option, "keep-alive");
          return true;
        });
        break;
      case 14: {
        if (!characters::same_word(name, "content-length")) break;
        if (have_length) return {400, "there must be one Content-Length"};
        have_length = true;
        const auto problem = read_content_length(value, body_bytes_max, out.content_length);
        if (problem.status == 413) {
          too_large = problem;  // Told last: a request that is malformed as well is a 400.
        } else if (problem) {
          return problem;
        }
        break;
      }
      case 17: {
        if (!characters::same_word(name, "transfer-encoding")) break;
        if (have_encoding) return {400, "there must be one Transfer-Encoding"};
        have_encoding = true;
        if (line.minor == 0) return {400, "HTTP/1.0 has no Transfer-Encoding"};
        if (const auto problem = read_transfer_encoding(value, out.chunked)) return problem;
        break;
      }
      default:
        break;
    }
  }
  if (have_encoding && have_length) return {400, "Transfer-Encoding and Content-Length exclude each other"};
  if (!have_host && line.minor == 1) return {400, "there must be one Host"};
  if (unknown_expectation) return {417, "the only expectation this server knows is 100-continue"};
  if (too_large) return too_large;
  out.keep_alive = !close && (line.minor == 1 || keep_alive);
  return {};
}

}  // namespace http
