// api/cors.h - which pages of other origins may call the API from a browser (https://fetch.spec.whatwg.org/#http-cors-protocol).
//
// Only fields are added: a preflight is an OPTIONS request, which the router answers. Cookies are no part of it, since the API
// knows none; a page sends its token like any client.
// Thread safety: immutable; safe from any thread.
#pragma once

#include <string>
#include <vector>

#include "http/message.h"

namespace jobsd {

class Cors {
 public:
  // As in a browser's Origin field, "https://app.example.org"; "*" allows every one. Empty: nothing is added to any answer.
  explicit Cors(std::vector<std::string> origins) : origins_(std::move(origins)) {}

  void describe(const http::Request& request, http::Response& response) const;
  // To the answer to a request of which no more than these fields could be read.
  void describe(const http::Headers& asked, http::Response& response) const;

 private:
  // Whether the page that asks may read the answer; says so to it.
  bool allow(const http::Headers& asked, http::Response& response) const;

  const std::vector<std::string> origins_;
};

}  // namespace jobsd
