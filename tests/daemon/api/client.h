// A client that speaks HTTP over a real socket, one connection a request, and holds each answer against the API's description.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Reply {
  // 0: the connection was closed without an answer.
  int status = 0;
  Fields headers = {};
  std::string body = {};

  std::optional<std::string> header(std::string_view name) const;
  // Fails the test when the body is not JSON.
  nlohmann::json json() const;
  std::string detail() const { return json().value("detail", ""); }
  std::string code() const { return json().value("code", ""); }
};

class Client {
 public:
  // An empty token: no Authorization header.
  Client(unsigned short port, std::string token) : port_(port), token_(std::move(token)) {}

  Reply get(const std::string& path, const Fields& headers = {}) const { return request("GET", path, {}, headers); }
  Reply post(const std::string& path, const nlohmann::json& body, Fields headers = {}) const;
  Reply request(const std::string& method, const std::string& path, const std::string& body,
                const Fields& headers = {}) const;
  // Bytes as they are.
  Reply send(const std::string& bytes) const;

 private:
  unsigned short port_;
  std::string token_;
};
