#include "control/line_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace jobsd {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Whether `fd` is ready for `events` before `deadline`, and `cancel` silent.
bool wait_for(int fd, short events, steady_clock::time_point deadline, int cancel) {
  while (true) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) return false;
    // poll() ignores a negative descriptor.
    std::array<pollfd, 2> polled = {pollfd{fd, events, 0}, pollfd{cancel, POLLIN, 0}};
    const int ready = ::poll(polled.data(), polled.size(), static_cast<int>(std::min<long>(left.count(), 60'000)));
    if (ready < 0 && errno != EINTR) return false;
    if (polled[1].revents != 0) return false;
    if (polled[0].revents != 0) return true;
  }
}

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

void set_address(sockaddr_un& address, const std::filesystem::path& socket) {
  address = {};
  address.sun_family = AF_UNIX;
  const std::string& path = socket.native();
  if (path.size() >= sizeof(address.sun_path)) {
    throw std::runtime_error(path + ": a socket's path has at most " + std::to_string(sizeof(address.sun_path) - 1) +
                             " bytes, and this has " + std::to_string(path.size()) + ": choose a shorter data_dir");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
}

std::optional<std::string> read_line(int fd, milliseconds patience, int cancel) {
  const auto deadline = steady_clock::now() + patience;
  std::string line;
  std::array<char, 4096> piece;
  while (wait_for(fd, POLLIN, deadline, cancel)) {
    // A look first, so that what follows the line is left for the next.
    ssize_t n = ::recv(fd, piece.data(), piece.size(), MSG_DONTWAIT | MSG_PEEK);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0) return {};
    const auto end = std::string_view(piece.data(), static_cast<std::size_t>(n)).find('\n');
    n = ::recv(fd, piece.data(), end == std::string_view::npos ? static_cast<std::size_t>(n) : end + 1, MSG_DONTWAIT);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0) return {};
    line.append(piece.data(), static_cast<std::size_t>(n));
    if (line.back() == '\n') {
      line.pop_back();
      return line;
    }
    if (line.size() > control_line_bytes_max) return {};
  }
  return {};
}

bool write_line(int fd, std::string line, milliseconds patience, int cancel) {
  const auto deadline = steady_clock::now() + patience;
  line += '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    if (!wait_for(fd, POLLOUT, deadline, cancel)) return false;
    const ssize_t n = ::send(fd, rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n < 0) return false;
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace jobsd
