#include "outbound/curl_transport.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <asio/dispatch.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <cstring>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "outbound/retry_after.h"

namespace outbound {
namespace {

constexpr const char* kStopped = "The sender was stopped before the request ended.";

struct CurlLibrary {
  CurlLibrary() {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw std::runtime_error("libcurl cannot be initialised.");
  }
};

// A `done` that is called exactly once: at the latest when it is dropped.
class Done {
 public:
  explicit Done(std::function<void(jobs::WebhookResponse)> call) : call_(std::move(call)) {}
  Done(Done&& other) noexcept : call_(std::exchange(other.call_, nullptr)) {}
  Done& operator=(Done&&) = delete;
  ~Done() {
    if (call_) call_({.error = kStopped});
  }
  void operator()(jobs::WebhookResponse response) { std::exchange(call_, nullptr)(std::move(response)); }

 private:
  std::function<void(jobs::WebhookResponse)> call_;
};

struct Waiting {
  jobs::WebhookRequest request;
  Done done;
};

// One request on the wire. libcurl holds its address, so it stays where it is.
struct Transfer {
  Transfer(Waiting&& waiting, std::shared_ptr<const Guard> rules)
      : request(std::move(waiting.request)), done(std::move(waiting.done)), guard(std::move(rules)) {}
  ~Transfer() {
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  jobs::WebhookRequest request;
  Done done;
  std::shared_ptr<const Guard> guard;
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  char curl_error[CURL_ERROR_SIZE] = {};

  std::size_t read_max = 0;
  std::size_t kept_max = 0;
  std::size_t read = 0;
  std::string body;
  std::string retry_after;
  // Why the guard refused an address, the last time it did.
  std::string refused;
  bool connected_somewhere = false;
};

std::optional<asio::ip::address> address_of(const sockaddr& raw) {
  if (raw.sa_family == AF_INET) {
    sockaddr_in v4 = {};
    std::memcpy(&v4, &raw, sizeof v4);
    return asio::ip::address_v4(ntohl(v4.sin_addr.s_addr));
  }
  if (raw.sa_family == AF_INET6) {
    sockaddr_in6 v6 = {};
    std::memcpy(&v6, &raw, sizeof v6);
    asio::ip::address_v6::bytes_type bytes = {};
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return asio::ip::address_v6(bytes);
  }
  return std::nullopt;
}

curl_socket_t open_socket(void* user, curlsocktype purpose, curl_sockaddr* target) noexcept {
  auto& transfer = *static_cast<Transfer*>(user);
  const auto address = address_of(target->addr);
  if (purpose != CURLSOCKTYPE_IPCXN || !address) return CURL_SOCKET_BAD;
  if (auto refused = transfer.guard->refuse_address(*address)) {
    transfer.refused = *std::move(refused);
    return CURL_SOCKET_BAD;
  }
  transfer.connected_somewhere = true;
  return socket(target->family, target->socktype | SOCK_CLOEXEC, target->protocol);
}

// Runs before the request is written, on new and on reused connections.
int check_connection(void* user, char* remote, char*, int, int) noexcept {
  auto& transfer = *static_cast<Transfer*>(user);
  asio::error_code failed;
  const auto address = asio::ip::make_address(remote == nullptr ? "" : remote, failed);
  if (failed) {
    transfer.refused = "The address that was connected to cannot be read.";
    return CURL_PREREQFUNC_ABORT;
  }
  if (auto refused = transfer.guard->refuse_address(address)) {
    transfer.refused = *std::move(refused);
    return CURL_PREREQFUNC_ABORT;
  }
  return CURL_PREREQFUNC_OK;
}

bool starts_with_ignoring_case(std::string_view text, std::string_view lower_prefix) {
  return text.size() >= lower_prefix.size() &&
         std::equal(lower_prefix.begin(), lower_prefix.end(), text.begin(),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b); });
}

std::size_t take_header(char* data, std::size_t, std::size_t size, void* user) noexcept {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.read += size;
  if (transfer.read > transfer.read_max) return 0;
  const std::string_view line(data, size);
  constexpr std::string_view name = "retry-after:";
  if (line.starts_with("HTTP/")) transfer.retry_after.clear();
  if (starts_with_ignoring_case(line, name)) transfer.retry_after = line.substr(name.size());
  return size;
}

std::size_t take_body(char* data, std::size_t, std::size_t size, void* user) noexcept {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.body.append(data, std::min(size, transfer.kept_max - transfer.body.size()));
  transfer.read += size;
  return transfer.read > transfer.read_max ? 0 : size;
}

// Control characters in a field would let its value begin another field.
bool is_field_text(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f; });
}

std::string seconds_text(std::chrono::milliseconds time) {
  const auto ms = time.count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

// Throws when libcurl lacks what the request's safety rests on.
template <typename Value>
void set(CURL* easy, CURLoption option, Value value) {
  if (const CURLcode code = curl_easy_setopt(easy, option, value); code != CURLE_OK) {
    throw std::runtime_error(std::string("libcurl refused an option: ") + curl_easy_strerror(code));
  }
}

}  // namespace

struct CurlTransport::Impl : std::enable_shared_from_this<Impl> {
  // A socket that libcurl wants watched.
  struct Socket {
    explicit Socket(asio::io_context& io, curl_socket_t socket) : descriptor(io, socket), fd(socket) {}
    asio::posix::stream_descriptor descriptor;
    const curl_socket_t fd;
    bool want_read = false;
    bool want_write = false;
    bool reading = false;
    bool writing = false;
  };

  Impl(asio::io_context& loop, std::shared_ptr<const Guard> rules, CurlTransportOptions how)
      : io(loop), options(std::move(how)), guard(std::move(rules)), timer(loop) {
    static const CurlLibrary library;
    multi = curl_multi_init();
    if (multi == nullptr) throw std::bad_alloc();
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &Impl::on_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &Impl::on_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, static_cast<long>(options.in_flight_max));
  }
  ~Impl() {
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, nullptr);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, nullptr);
    for (auto& [easy, transfer] : transfers) curl_multi_remove_handle(multi, easy);
    for (auto& [fd, socket] : sockets) socket->descriptor.release();
    sockets.clear();
    transfers.clear();
    curl_multi_cleanup(multi);
  }

  asio::io_context& io;
  const CurlTransportOptions options;
  std::shared_ptr<const Guard> guard;
  CURLM* multi = nullptr;
  asio::steady_timer timer;
  // Tells a timer that was set again from the one before, whose handler may already be queued.
  unsigned timer_number = 0;
  std::unordered_map<curl_socket_t, std::shared_ptr<Socket>> sockets;
  std::unordered_map<CURL*, std::unique_ptr<Transfer>> transfers;
  std::deque<Waiting> waiting;
  bool stopped = false;

  void accept(Waiting&& one) {
    if (stopped) return one.done({.error = kStopped});
    if (waiting.size() >= options.waiting_max) {
      return one.done({.error = "Too many requests are waiting to be sent."});
    }
    waiting.push_back(std::move(one));
    start_waiting();
  }

  void start_waiting() {
    while (!stopped && !waiting.empty() && transfers.size() < options.in_flight_max) {
      Waiting next = std::move(waiting.front());
      waiting.pop_front();
      start(std::move(next));
    }
  }

  void start(Waiting&& one) {
    if (auto refused = guard->refuse_url(one.request.url)) return one.done({.error = *std::move(refused)});
    for (const auto& [name, value] : one.request.headers) {
      if (!is_field_text(name) || !is_field_text(value)) {
        return one.done({.error = "A header of the request holds a control character."});
      }
    }
    auto transfer = std::make_unique<Transfer>(std::move(one), guard);
    try {
      prepare(*transfer);
    } catch (const std::exception& error) {
      return transfer->done({.error = error.what()});
    }
    CURL* const easy = transfer->easy;
    transfers.emplace(easy, std::move(transfer));
    if (curl_multi_add_handle(multi, easy) != CURLM_OK) {
      auto failed = transfers.extract(easy);
      failed.mapped()->done({.error = "libcurl could not take the request."});
    }
  }

  void prepare(Transfer& transfer) {
    transfer.read_max = options.answer_bytes_max;
    transfer.kept_max = options.answer_bytes_kept;
    CURL* const easy = transfer.easy = curl_easy_init();
    if (easy == nullptr) throw std::bad_alloc();
    const auto add_header = [&](const std::string& line) {
      curl_slist* const longer = curl_slist_append(transfer.headers, line.c_str());
      if (longer == nullptr) throw std::bad_alloc();
      transfer.headers = longer;
    };
    for (const auto& [name, value] : transfer.request.headers) add_header(name + ": " + value);
    // Without this libcurl asks before it sends a long body, and waits a second for an answer few servers give.
    add_header("Expect:");

    set(easy, CURLOPT_PRIVATE, &transfer);
    set(easy, CURLOPT_ERRORBUFFER, transfer.curl_error);
    set(easy, CURLOPT_URL, transfer.request.url.c_str());
    set(easy, CURLOPT_POST, 1L);
    set(easy, CURLOPT_POSTFIELDS, transfer.request.body.data());
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(transfer.request.body.size()));
    set(easy, CURLOPT_HTTPHEADER, transfer.headers);
    set(easy, CURLOPT_USERAGENT, options.user_agent.c_str());

    set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    set(easy, CURLOPT_FOLLOWLOCATION, 0L);
    set(easy, CURLOPT_PROXY, "");
    set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    set(easy, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
    set(easy, CURLOPT_OPENSOCKETDATA, &transfer);
    set(easy, CURLOPT_PREREQFUNCTION, &check_connection);
    set(easy, CURLOPT_PREREQDATA, &transfer);
    set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (!options.ca_file.empty()) set(easy, CURLOPT_CAINFO, options.ca_file.c_str());
    set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));

    set(easy, CURLOPT_NOSIGNAL, 1L);
    set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_time.count()));
    set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options.whole_time.count()));
#if LIBCURL_VERSION_NUM >= 0x075700
    // Otherwise giving up on a name that resolves slowly waits for the resolver's thread, and the loop with it.
    set(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
    set(easy, CURLOPT_HEADERFUNCTION, &take_header);
    set(easy, CURLOPT_HEADERDATA, &transfer);
    set(easy, CURLOPT_WRITEFUNCTION, &take_body);
    set(easy, CURLOPT_WRITEDATA, &transfer);
  }

  // ---- What libcurl asks of the loop ----

  static int on_socket(CURL*, curl_socket_t fd, int what, void* user, void*) {
    auto& self = *static_cast<Impl*>(user);
    const auto found = self.sockets.find(fd);
    if (what == CURL_POLL_REMOVE) {
      if (found != self.sockets.end()) {
        // The descriptor stays libcurl's, to close or to keep for the next request.
        found->second->descriptor.release();
        self.sockets.erase(found);
      }
      return 0;
    }
    std::shared_ptr<Socket> socket;
    if (found != self.sockets.end()) {
      socket = found->second;
    } else {
      try {
        socket = self.sockets.emplace(fd, std::make_shared<Socket>(self.io, fd)).first->second;
      } catch (const std::exception&) {
        return -1;
      }
    }
    socket->want_read = what == CURL_POLL_IN || what == CURL_POLL_INOUT;
    socket->want_write = what == CURL_POLL_OUT || what == CURL_POLL_INOUT;
    self.watch(socket);
    return 0;
  }

  void watch(const std::shared_ptr<Socket>& socket) {
    if (socket->want_read && !socket->reading) {
      socket->reading = true;
      wait(socket, asio::posix::stream_descriptor::wait_read, CURL_CSELECT_IN, &Socket::reading);
    }
    if (socket->want_write && !socket->writing) {
      socket->writing = true;
      wait(socket, asio::posix::stream_descriptor::wait_write, CURL_CSELECT_OUT, &Socket::writing);
    }
  }

  void wait(const std::shared_ptr<Socket>& socket, asio::posix::stream_descriptor::wait_type type, int event,
            bool Socket::*busy) {
    socket->descriptor.async_wait(type, [weak = weak_from_this(), socket, event, busy](const asio::error_code& failed) {
      (*socket).*busy = false;
      const auto self = weak.lock();
      if (!self || failed == asio::error::operation_aborted || !self->watches(socket)) return;
      const bool wanted = event == CURL_CSELECT_IN ? socket->want_read : socket->want_write;
      if (wanted) self->act(socket->fd, failed ? CURL_CSELECT_ERR : event);
      if (!failed && self->watches(socket)) self->watch(socket);
    });
  }

  // Whether this is still the socket behind its number: numbers are used again.
  bool watches(const std::shared_ptr<Socket>& socket) const {
    const auto found = sockets.find(socket->fd);
    return found != sockets.end() && found->second == socket;
  }

  static int on_timer(CURLM*, long timeout_ms, void* user) {
    auto& self = *static_cast<Impl*>(user);
    const unsigned number = ++self.timer_number;
    if (timeout_ms < 0) {
      self.timer.cancel();
      return 0;
    }
    // Even a timeout of zero goes through the loop: libcurl must not be called from its own callback.
    self.timer.expires_after(std::chrono::milliseconds(timeout_ms));
    self.timer.async_wait([weak = self.weak_from_this(), number](const asio::error_code& failed) {
      const auto impl = weak.lock();
      if (!impl || failed || impl->timer_number != number) return;
      impl->act(CURL_SOCKET_TIMEOUT, 0);
    });
    return 0;
  }

  void act(curl_socket_t fd, int events) {
    if (stopped) return;
    int running = 0;
    curl_multi_socket_action(multi, fd, events, &running);
    finish_ended();
    start_waiting();
  }

  // ---- How a request ends ----

  void finish_ended() {
    // `done` may stop this transport, so the queue is asked anew each time.
    int left = 0;
    while (const CURLMsg* const message = stopped ? nullptr : curl_multi_info_read(multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* const easy = message->easy_handle;
      const CURLcode code = message->data.result;
      curl_multi_remove_handle(multi, easy);
      auto ended = transfers.extract(easy);
      if (ended.empty()) continue;
      Transfer& transfer = *ended.mapped();
      transfer.done(response_of(transfer, code));
    }
  }

  jobs::WebhookResponse response_of(Transfer& transfer, CURLcode code) const {
    jobs::WebhookResponse response;
    long status = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
    // 1xx announces an answer; it is none.
    if (status >= 200) {
      response.status = static_cast<int>(status);
      response.body = std::move(transfer.body);
      const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
      response.retry_after = parse_retry_after(transfer.retry_after, now);
    }
    if (code != CURLE_OK) response.error = error_of(transfer, code, response.status != 0);
    return response;
  }

  std::string error_of(const Transfer& transfer, CURLcode code, bool answered) const {
    const bool was_refused = code == CURLE_ABORTED_BY_CALLBACK || !transfer.connected_somewhere;
    if (!transfer.refused.empty() && was_refused && !answered) return transfer.refused;
    const auto with_detail = [&](std::string text) {
      if (transfer.curl_error[0] != '\0') text += std::string(" (") + transfer.curl_error + ")";
      return text + ".";
    };
    switch (code) {
      case CURLE_COULDNT_RESOLVE_HOST:
        return "The host's name does not resolve.";
      case CURLE_COULDNT_CONNECT:
        return "The host refused the connection or cannot be reached.";
      case CURLE_OPERATION_TIMEDOUT: {
        if (answered) return "The answer did not end within " + seconds_text(options.whole_time) + ".";
        double connected = 0;
        curl_easy_getinfo(transfer.easy, CURLINFO_PRETRANSFER_TIME, &connected);
        return connected > 0 ? "There was no answer within " + seconds_text(options.whole_time) + "."
                             : "No connection was made within " +
                                   seconds_text(std::min(options.connect_time, options.whole_time)) + ".";
      }
      case CURLE_WRITE_ERROR:
        return "The answer was longer than " + std::to_string(options.answer_bytes_max) + " bytes and was cut.";
      case CURLE_GOT_NOTHING:
        return "The host closed the connection without an answer.";
      case CURLE_RECV_ERROR:
      case CURLE_SEND_ERROR:
      case CURLE_PARTIAL_FILE:
        return "The connection broke before the answer ended.";
      case CURLE_UNSUPPORTED_PROTOCOL:
      case CURLE_WEIRD_SERVER_REPLY:
        return "The host's answer is not HTTP/1.";
      case CURLE_PEER_FAILED_VERIFICATION:
        return with_detail("The host's certificate is not trusted");
      case CURLE_SSL_CONNECT_ERROR:
        return with_detail("The TLS handshake failed");
      default:
        return std::string("The request failed: ") + curl_easy_strerror(code) + ".";
    }
  }

  void stop() {
    if (stopped) return;
    stopped = true;
    timer.cancel();
    auto ended = std::exchange(transfers, {});
    for (auto& [easy, transfer] : ended) curl_multi_remove_handle(multi, easy);
    auto never_started = std::exchange(waiting, {});
    for (auto& [easy, transfer] : ended) transfer->done({.error = kStopped});
    for (Waiting& one : never_started) one.done({.error = kStopped});
  }
};

CurlTransport::CurlTransport(asio::io_context& io, std::shared_ptr<const Guard> guard, CurlTransportOptions options)
    : impl_(std::make_shared<Impl>(io, std::move(guard), std::move(options))) {}

CurlTransport::~CurlTransport() {
  impl_->stop();
}

void CurlTransport::send(jobs::WebhookRequest request, std::function<void(jobs::WebhookResponse)> done) {
  asio::post(impl_->io,
             [weak = std::weak_ptr(impl_), one = Waiting{std::move(request), Done(std::move(done))}]() mutable {
               if (const auto impl = weak.lock()) impl->accept(std::move(one));
             });
}

void CurlTransport::use_guard(std::shared_ptr<const Guard> guard) {
  asio::dispatch(impl_->io, [weak = std::weak_ptr(impl_), guard = std::move(guard)]() mutable {
    if (const auto impl = weak.lock()) impl->guard = std::move(guard);
  });
}

void CurlTransport::stop() {
  asio::dispatch(impl_->io, [weak = std::weak_ptr(impl_)] {
    if (const auto impl = weak.lock()) impl->stop();
  });
}

}  // namespace outbound
