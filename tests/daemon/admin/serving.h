// `jobsd serve` as a process of its own.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <csignal>
#include <cstdio>
#include <utility>

#include "daemon/admin/run_jobsd.h"

// `jobsd serve` with its standard output and error in pipes.
class Serving {
 public:
  // `passed`: a listening socket that is handed over as systemd does; -1: none.
  explicit Serving(const std::string& config, int passed = -1) {
    int out[2];
    int err[2];
    if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
    std::vector<std::string> words = {JOBSD_PROGRAM, "serve", "--config", config};
    if (passed >= 0) {
      posix_spawn_file_actions_adddup2(&actions, passed, 3);
      // The variables name the process that is meant, which a shell knows before it becomes jobsd.
      words.insert(words.begin(), {"/bin/sh", "-c", "export LISTEN_PID=$$ LISTEN_FDS=1; exec \"$0\" \"$@\""});
    }
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const int error = ::posix_spawn(&child_, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(out[1]);
    ::close(err[1]);
    if (error != 0) throw std::runtime_error("jobsd could not be run");
    out_ = ::fdopen(out[0], "r");
    err_ = ::fdopen(err[0], "r");
    ready_ = line(out_);
    ready_.pop_back();
  }
  ~Serving() {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
    std::fclose(out_);
    std::fclose(err_);
  }
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;

  void signal(int number) { ::kill(child_, number); }
  // Reads the log up to a line that holds `text`.
  void await_log(const std::string& text) {
    while (line(err_).find(text) == std::string::npos) {
    }
  }
  int exit_status() {
    int status = 0;
    ::waitpid(std::exchange(child_, 0), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  // The line that says what is listened on.
  const std::string& ready() const { return ready_; }
  // A connection to the port that it names.
  int connect() const {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to = {};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(ready_.substr(ready_.rfind(':') + 1))));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) throw std::runtime_error("no connection");
    return fd;
  }
  std::string ask(const std::string& request) const { return ask(connect(), request); }
  static std::string ask(int fd, const std::string& request) {
    ::send(fd, request.data(), request.size(), MSG_NOSIGNAL);
    std::string answer;
    char piece[4096];
    for (ssize_t n; (n = ::recv(fd, piece, sizeof piece, 0)) > 0;) answer.append(piece, static_cast<std::size_t>(n));
    ::close(fd);
    return answer;
  }

 private:
  static std::string line(std::FILE* from) {
    char text[4096];
    if (std::fgets(text, sizeof text, from) == nullptr) throw std::runtime_error("jobsd ended");
    return text;
  }

  pid_t child_ = 0;
  std::FILE* out_ = nullptr;
  std::FILE* err_ = nullptr;
  std::string ready_;
};
