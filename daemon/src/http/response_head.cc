#include "http/response_head.h"

#include <charconv>
#include <ctime>

#include "http/characters.h"

namespace http {
namespace {

// Fields that say how the message is framed: the connection writes them itself.
bool is_framing_field(std::string_view name) {
  switch (name.size()) {
    case 4: return characters::same_word(name, "date");
    case 10: return characters::same_word(name, "connection") || characters::same_word(name, "keep-alive");
    case 14: return characters::same_word(name, "content-length");
    case 17: return characters::same_word(name, "transfer-encoding");
    default: return false;
  }
}

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
  out.append(std::begin(digits), end);
}

}  // namespace

std::string_view DateClock::now() {
  const std::time_t second = std::time(nullptr);
  if (second == second_) return text_;
  second_ = second;
  std::tm parts = {};
  gmtime_r(&second, &parts);
  // Not strftime: the names must be English whatever the locale.
  static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  auto two = [this](int number) {
    text_ += static_cast<char>('0' + number / 10 % 10);
    text_ += static_cast<char>('0' + number % 10);
  };
  text_ = days[parts.tm_wday];
  text_ += ", ";
  two(parts.tm_mday);
  text_ += ' ';
  text_ += months[parts.tm_mon];
  text_ += ' ';
  append_number(text_, static_cast<std::uint64_t>(parts.tm_year + 1900));
  text_ += ' ';
  two(parts.tm_hour);
  text_ += ':';
  two(parts.tm_min);
  text_ += ':';
  two(parts.tm_sec);
  text_ += " GMT";
  return text_;
}

std::string_view refuse_response(const Response& response) {
  if (response.status < 200 || response.status > 599) return "a response's status must be 200 to 599";
  if (response.stream && !response.body.empty()) return "a response has a body or a stream, not both";
  for (const auto& [name, value] : response.headers.all()) {
    if (name.empty() || !characters::all(name, characters::token)) return "a response field's name is not a token";
    if (!characters::all(value, characters::field)) return "a response field's value holds a control character";
  }
  return {};
}

void append_head(std::string& out, const Response& response, const HeadParts& parts) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::uint64_t>(response.status));
  out += ' ';
  out += reason_phrase(response.status);
  out += "\r\nDate: ";
  out += parts.date;
  out += "\r\n";
  for (const auto& [name, value] : response.headers.all()) {
    if (is_framing_field(name)) continue;
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  }
  if (!parts.request_id.empty()) {
    out += "X-Request-Id: ";
    out += parts.request_id;
    out += "\r\n";
  }
  if (parts.framing == BodyFraming::length) {
    out += "Content-Length: ";
    append_number(out, response.body.size());
    out += "\r\n";
  } else if (parts.framing == BodyFraming::chunked) {
    out += "Transfer-Encoding: chunked\r\n";
  }
  if (!parts.keep_alive) {
    out += "Connection: close\r\n";
  } else if (!parts.is_http_1_1) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
}

}  // namespace http
