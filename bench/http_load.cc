// bench/http_load.cc - a small load generator: each connection sends its next request when its answer is there.
//
//   http_load 8080 64 5                       # port, connections, seconds: GET /
//   http_load 8080 64 5 request.http          # the bytes of that file
//   http_load 8080 64 5 request.http 2000     # no more than 2,000 a second, evenly spaced
//
// Raw sockets and epoll, one thread, nothing parsed but the status and the length of the first answer: the generator shares the
// machine with what it measures, and must cost less than that. All answers must be as long as the first. With a rate, the time
// of a request counts from the moment it was due, so that a stall is seen by all that it delays. Prints one line of JSON.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Link {
  int fd = -1;
  std::size_t expected = 0;
  std::size_t got = 0;
  Clock::time_point sent = {};
};

std::string request = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: http_load\r\nAccept: */*\r\n\r\n";

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

void send_request(Link& link, Clock::time_point due = Clock::now()) {
  link.got = 0;
  link.sent = due;
  if (::send(link.fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) fail("send");
}

// The size of one whole answer, by its head and Content-Length.
std::size_t answer_size(const std::string& text) {
  if (!text.starts_with("HTTP/1.1 2")) {
    std::fprintf(stderr, "http_load: refused: %s\n", text.c_str());
    std::exit(1);
  }
  const auto end = text.find("\r\n\r\n");
  const auto length = text.find("Content-Length: ");
  if (end == std::string::npos || length == std::string::npos) fail("the first answer has no Content-Length");
  return end + 4 + std::strtoul(text.c_str() + length + 16, nullptr, 10);
}

std::string contents(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4 || argc > 6) {
    std::fprintf(stderr, "usage: http_load PORT CONNECTIONS SECONDS [REQUEST_FILE [RATE]]\n");
    return 2;
  }
  if (argc > 4) request = contents(argv[4]);
  const double rate = argc > 5 ? std::strtod(argv[5], nullptr) : 0;
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[1])));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::vector<Link> links(static_cast<std::size_t>(std::max(1, std::atoi(argv[2]))));
  const auto length = std::chrono::seconds(std::max(1, std::atoi(argv[3])));

  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  std::string text(64 * 1024, '\0');
  for (auto& link : links) {
    link.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(link.fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) fail("connect");
    const int on = 1;
    ::setsockopt(link.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (link.fd == links.front().fd) {
      send_request(link);
      const auto n = ::recv(link.fd, text.data(), text.size(), 0);
      if (n <= 0) fail("recv");
      link.expected = answer_size(text.substr(0, static_cast<std::size_t>(n)));
    }
    link.expected = links.front().expected;
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &link}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, link.fd, &event);
  }

  std::vector<std::uint32_t> nanoseconds;
  nanoseconds.reserve(8'000'000);
  // With a rate, who has its answer waits here for the next moment that is due.
  std::vector<Link*> idle;
  for (auto& link : links) idle.push_back(&link);
  const auto start = Clock::now();
  const auto end = start + length;
  const auto step = rate > 0 ? std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / rate)) : Clock::duration(0);
  auto due = start;
  const auto send_what_is_due = [&](Clock::time_point at) {
    while (!idle.empty() && due <= at) {
      send_request(*idle.back(), rate > 0 ? due : Clock::now());
      idle.pop_back();
      due += step;
    }
  };
  std::vector<epoll_event> events(links.size());
  auto now = start;
  while (now < end) {
    send_what_is_due(now);
    const bool waits_for_moment = rate > 0 && !idle.empty();
    const auto pause = waits_for_moment ? std::chrono::ceil<std::chrono::milliseconds>(due - now).count() : 1000;
    const int n = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), static_cast<int>(pause));
    now = Clock::now();
    for (int i = 0; i < n; ++i) {
      auto& link = *static_cast<Link*>(events[static_cast<std::size_t>(i)].data.ptr);
      const auto got = ::recv(link.fd, text.data(), text.size(), 0);
      if (got <= 0) fail("recv");
      link.got += static_cast<std::size_t>(got);
      if (link.got < link.expected) continue;
      if (nanoseconds.size() < nanoseconds.capacity()) {
        nanoseconds.push_back(static_cast<std::uint32_t>(std::chrono::nanoseconds(Clock::now() - link.sent).count()));
      }
      if (rate > 0) {
        idle.push_back(&link);
      } else {
        send_request(link);
      }
    }
  }
  const double seconds = std::chrono::duration<double>(now - start).count();
  const auto at = [&](double share) {
    const auto index = static_cast<std::size_t>(share * static_cast<double>(nanoseconds.size() - 1));
    std::nth_element(nanoseconds.begin(), nanoseconds.begin() + static_cast<std::ptrdiff_t>(index), nanoseconds.end());
    return static_cast<double>(nanoseconds[index]) / 1e6;
  };
  if (nanoseconds.empty()) return 1;
  std::printf("{\"case\": \"http_%zu\", \"value\": %.0f, \"unit\": \"1/s\", \"p50_ms\": %.3f, \"p99_ms\": %.3f}\n", links.size(),
              static_cast<double>(nanoseconds.size()) / seconds, at(0.5), at(0.99));
  for (auto& link : links) ::close(link.fd);
  return 0;
}
