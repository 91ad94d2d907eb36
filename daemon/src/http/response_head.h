// http/response_head.h - the bytes before a response's body.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.h"

namespace http {

// The Date field's value, made once a second. Thread safety: none.
class DateClock {
 public:
  std::string_view now();

 private:
  std::int64_t second_ = -1;
  std::string text_;
};

// How a response's body is delimited.
enum class BodyFraming {
  none,     // 204 and 304: no body and no length
  length,   // Content-Length
  chunked,  // a stream to an HTTP/1.1 client
  close,    // a stream to an HTTP/1.0 client: it ends with the connection
};

// Why a response cannot be sent as it is, or empty: a status outside 200 to 599, a field that would end its line early
// and so let a value from outside write headers of its own, a body and a stream together.
std::string_view refuse_response(const Response& response);

// What the connection adds to a response.
struct HeadParts {
  BodyFraming framing = BodyFraming::length;
  std::string_view date = {};
  // Empty: none is written.
  std::string_view request_id = {};
  // Written only where the client's version makes it needed.
  bool keep_alive = true;
  bool is_http_1_1 = true;
};

// Appends status line and fields.
void append_head(std::string& out, const Response& response, const HeadParts& parts);

}  // namespace http
