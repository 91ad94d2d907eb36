// control/line_socket.h - lines of text over a Unix stream socket, with a limit on their length and on the wait.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr_un;

namespace jobsd {

inline constexpr std::size_t control_line_bytes_max = 1024 * 1024;

// Owns a file descriptor. Not thread-safe.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1) : fd_(fd) {}
  ~FileDescriptor();
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

// Throws std::runtime_error when the path does not fit, with what to do.
void set_address(sockaddr_un& address, const std::filesystem::path& socket);

// One line without its end. Empty: the other side closed, sent too much, or was silent for `patience`; or `cancel` (a
// descriptor, or -1) became readable.
std::optional<std::string> read_line(int fd, std::chrono::milliseconds patience, int cancel = -1);
// False: as above.
bool write_line(int fd, std::string line, std::chrono::milliseconds patience, int cancel = -1);

}  // namespace jobsd
