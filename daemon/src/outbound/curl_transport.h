// outbound/curl_transport.h - sends webhooks over HTTP, with libcurl's multi interface on the daemon's event loop.
//
// Why libcurl: its TLS, its resolver thread and its connection reuse are proven. Why not a thread for each request: a
// slow receiver would hold one. libcurl asks for sockets to be watched and for one timer; Asio does both, so that a
// request costs no thread and nothing on the loop waits.
//
// What is kept true:
//  1. Every connection goes to an address that the guard passed, whatever the name resolved to: each socket is checked
//  as it
//     is opened, and each request again before it is written, since a connection may be reused.
//  2. Redirects, proxies of the environment, credentials and protocols other than http(s) are not followed or used.
//  3. A request ends: it has a time limit, and an answer is read only so far.
//  4. `done` is called exactly once for each request, also when the transport is stopped or destroyed.
//  5. No error text holds the path, the query, a header or the body of a request.
//
// Thread safety: send(), use_guard() and stop() may be called from any thread. Construct and destroy on the thread that
// runs the io_context, or while nobody runs it. `done` is called on that thread (or, for requests the loop never got to
// see, wherever the last of them is dropped); it must not throw.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "jobs/webhook.h"
#include "outbound/guard.h"

namespace outbound {

struct CurlTransportOptions {
  // ---- How patient it is ----
  // Resolving the name, connecting and the TLS handshake.
  std::chrono::milliseconds connect_time = std::chrono::seconds(5);
  // All of a request, from its start to the end of the answer.
  std::chrono::milliseconds whole_time = std::chrono::seconds(15);

  // ---- How much it takes ----
  // Of an answer, header and body, that is read before the connection is closed.
  std::size_t answer_bytes_max = 64 * 1024;
  // Of an answer's body that is handed on.
  std::size_t answer_bytes_kept = 1024;
  // Requests on the wire at once; more wait in order.
  std::size_t in_flight_max = 64;
  // Requests that wait; more fail at once.
  std::size_t waiting_max = 1024;

  // ---- How it presents itself ----
  std::string user_agent = "jobsd";
  // Certificates to trust instead of the system's. Empty: the system's.
  std::string ca_file = {};
};

class CurlTransport : public jobs::Transport {
 public:
  CurlTransport(asio::io_context& io, std::shared_ptr<const Guard> guard, CurlTransportOptions options = {});
  // Stops.
  ~CurlTransport() override;
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  void send(jobs::WebhookRequest request, std::function<void(jobs::WebhookResponse)> done) override;

  // Judges every later request by another guard, also on connections that were opened under the old one.
  void use_guard(std::shared_ptr<const Guard> guard);

  // Ends every request with the error "stopped" and refuses new ones. Idempotent.
  void stop();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace outbound
