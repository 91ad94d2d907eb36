// http/request_id.h - the name by which one request is found in logs: the X-Request-Id field.
//
// Thread safety: none; used on the event loop only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace http {

// 1 to 128 letters, digits and "-._~:+/=@": what a client may name its request. Such a text fits into a log line as it is.
bool is_request_id(std::string_view text);

// Makes ids that do not repeat: a random part for the process, and a count.
class RequestIds {
 public:
  RequestIds();
  std::string next();

 private:
  std::string prefix_;
  std::uint64_t count_ = 0;
};

}  // namespace http
