// bench/http_streams.cc - many event streams of one job: what each costs the server, and when the last of them is told.
//
//   http_streams PORT SERVER_PID STREAMS stream.http trigger.http
//
// Opens STREAMS connections that each send the request of the first file, waits until all have had their first event, sends the
// request of the second file on a connection of its own, and takes the time until every stream has been told. What a stream
// costs is what the server's resident memory grew by. Prints two lines of JSON.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
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

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

std::string contents(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// In KiB.
double resident(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/statm");
  long total = 0;
  long pages = 0;
  if (!(file >> total >> pages)) fail("statm");
  return static_cast<double>(pages) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1024;
}

int connected(const sockaddr_in& to, const std::string& request) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) fail("connect");
  if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) fail("send");
  return fd;
}

struct Stream {
  int fd = -1;
  std::string got = {};
};

// Reads until every stream has had `word`; returns how long after `since` each had it.
std::vector<double> wait_for(int poll, std::vector<Stream>& streams, const std::string& word, Clock::time_point since) {
  std::vector<double> milliseconds;
  std::string text(64 * 1024, '\0');
  std::vector<epoll_event> events(1024);
  const auto has_it = [&](Stream& stream) {
    if (stream.got.find(word) == std::string::npos) return;
    stream.got.clear();
    stream.got.shrink_to_fit();
    milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - since).count());
  };
  while (milliseconds.size() < streams.size()) {
    const int n = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), 30'000);
    if (n <= 0) fail("no event for 30 s");
    for (int i = 0; i < n; ++i) {
      Stream& stream = streams[events[static_cast<std::size_t>(i)].data.u64];
      const auto got = ::recv(stream.fd, text.data(), text.size(), 0);
      if (got < 0) fail("recv");
      if (got == 0) {
        std::fprintf(stderr, "http_streams: a stream was closed early: %s\n", stream.got.c_str());
        std::exit(1);
      }
      stream.got.append(text, 0, static_cast<std::size_t>(got));
      has_it(stream);
    }
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  return milliseconds;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: http_streams PORT SERVER_PID STREAMS STREAM_REQUEST TRIGGER_REQUEST\n");
    return 2;
  }
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[1])));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const std::string pid = argv[2];
  std::vector<Stream> streams(static_cast<std::size_t>(std::max(1, std::atoi(argv[3]))));
  const std::string request = contents(argv[4]);
  const std::string trigger = contents(argv[5]);

  const rlimit files = {.rlim_cur = streams.size() + 100, .rlim_max = streams.size() + 100};
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &files));
  const double before = resident(pid);
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  for (std::size_t i = 0; i < streams.size(); ++i) {
    streams[i].fd = connected(to, request);
    epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, streams[i].fd, &event);
  }
  wait_for(poll, streams, "event: created", Clock::now());
  const double each = (resident(pid) - before) / static_cast<double>(streams.size());
  const auto start = Clock::now();
  const int triggering = connected(to, trigger);
  const auto told = wait_for(poll, streams, "event: cancelled", start);
  std::printf("{\"case\": \"stream_memory\", \"streams\": %zu, \"value\": %.1f, \"unit\": \"KiB\"}\n", streams.size(), each);
  std::printf("{\"case\": \"stream_last_told\", \"streams\": %zu, \"value\": %.1f, \"unit\": \"ms\", \"p50\": %.1f}\n", streams.size(),
              told.back(), told[told.size() / 2]);
  ::close(triggering);
  return 0;
}
