#include "client.h"

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <stdexcept>
#include <cctype>

#include "openapi_document.h"
#include "support/tls_client.h"

namespace {

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](unsigned char x, unsigned char y) {
           return std::tolower(x) == std::tolower(y);
         });
}

std::string dechunked(std::string_view text) {
  std::string body;
  while (true) {
    const auto line = text.find("\r\n");
    if (line == std::string_view::npos) throw std::runtime_error("a chunked body was cut");
    const auto size = std::stoul(std::string(text.substr(0, line)), nullptr, 16);
    if (size == 0) return body;
    body += text.substr(line + 2, size);
    text.remove_prefix(line + 2 + size + 2);
  }
}

Reply parse(std::string_view text) {
  Reply reply;
  const auto head_end = text.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return reply;
  std::string_view head = text.substr(0, head_end);
  reply.body = text.substr(head_end + 4);
  reply.status = std::stoi(std::string(head.substr(9, 3)));
  while (true) {
    const auto line = head.find("\r\n");
    if (line == std::string_view::npos) break;
    head.remove_prefix(line + 2);
    const auto colon = head.find(": ");
    reply.headers.emplace_back(head.substr(0, colon), head.substr(colon + 2, head.find("\r\n") - colon - 2));
  }
  if (reply.header("Transfer-Encoding")) reply.body = dechunked(reply.body);
  return reply;
}

std::string over_tls_connection(int fd, const std::string& bytes) {
  TlsClient tls(fd);
  tls.send(bytes);
  std::string answer;
  char piece[16 * 1024];
  for (long n; (n = tls.receive(piece, sizeof piece)) > 0;) answer.append(piece, static_cast<std::size_t>(n));
  return answer;
}

// No answer, or what the server refuses before it looks for a route, and so on any of them.
bool is_of_every_route(int status) { return status == 0 || status == 405 || status == 408 || status == 413 || status == 414 || status == 431; }

// Throws, since tests ask from several threads and Catch's assertions are for one.
void check_described(const std::string& method, const std::string& target, const Reply& reply) {
  const std::string path = described_path(target.substr(0, target.find('?')));
  const auto operation = described_operations().find(method + " " + path);
  if (operation == described_operations().end() || is_of_every_route(reply.status)) return;
  if (operation->second.count(reply.status) == 1) return;
  throw std::logic_error("the description does not know that " + method + " " + path + " answers " +
                         std::to_string(reply.status) + ": " + reply.body.substr(0, 500));
}

}  // namespace

std::optional<std::string> Reply::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (same_name(key, name)) return value;
  }
  return std::nullopt;
}

nlohmann::json Reply::json() const {
  auto parsed = nlohmann::json::parse(body, nullptr, false);
  if (parsed.is_discarded()) throw std::runtime_error("not JSON: " + body.substr(0, 200));
  return parsed;
}

Reply Client::post(const std::string& path, const nlohmann::json& body, Fields headers) const {
  headers.emplace_back("Content-Type", "application/json");
  return request("POST", path, body.dump(), headers);
}

Reply Client::request(const std::string& method, const std::string& path, const std::string& body,
                      const Fields& headers) const {
  std::string bytes = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
  if (!token_.empty()) bytes += "Authorization: Bearer " + token_ + "\r\n";
  for (const auto& [name, value] : headers) bytes += name + ": " + value + "\r\n";
  if (method != "GET") bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  Reply reply = send(bytes + "\r\n" + body);
  check_described(method, path, reply);
  return reply;
}

Reply Client::send(const std::string& bytes) const {
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  socket.connect({asio::ip::address_v4::loopback(), port_});
  if (over_tls()) return parse(over_tls_connection(socket.native_handle(), bytes));
  asio::error_code error;
  // The server may refuse before it has read everything.
  asio::write(socket, asio::buffer(bytes), error);
  std::string answer;
  asio::read(socket, asio::dynamic_buffer(answer), error);
  return parse(answer);
}
