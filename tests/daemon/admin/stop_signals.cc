// What a running jobsd does when it is told to end, and told again.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sqlite3.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "run_jobsd.h"

namespace {

const std::string model = "770e8400-e29b-41d4-a716-446655440002";

// `jobsd serve` with its standard output and error in pipes.
class Serving {
 public:
  explicit Serving(const std::string& config) {
    int out[2];
    int err[2];
    if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
    std::vector<std::string> words = {JOBSD_PROGRAM, "serve", "--config", config};
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const int error = ::posix_spawn(&child_, JOBSD_PROGRAM, &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(out[1]);
    ::close(err[1]);
    if (error != 0) throw std::runtime_error("jobsd could not be run");
    out_ = ::fdopen(out[0], "r");
    err_ = ::fdopen(err[0], "r");
    const std::string ready = line(out_);
    port_ = std::atoi(ready.substr(ready.rfind(':') + 1).c_str());
    REQUIRE(port_ > 0);
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
  std::string ask(const std::string& request) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to = {};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port_));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) throw std::runtime_error("no connection");
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
  int port_ = 0;
};

// A database with a question that is never answered, and a stop that would wait an hour for it.
struct Endless {
  TemporaryFolder folder;
  std::string config;
  std::string token;

  Endless() {
    sqlite3* database = nullptr;
    sqlite3_open((folder / "data.db").c_str(), &database);
    sqlite3_exec(database,
                 "CREATE VIEW endless AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS item FROM n",
                 nullptr, nullptr, nullptr);
    sqlite3_close(database);
    config = folder.write("jobsd.yaml", "listen: 127.0.0.1:0\nstop_grace: 1h\nconnections: {c: {driver: sqlite, path: data.db}}\n"
                                        "analyst: {query_time: 1h}\nmodels: [{id: " + model + ", name: m, connection: c}]\n");
    token = run_jobsd({"key", "create", "--config", config, "--kind", "organization"}).out;
    token.erase(token.find_last_not_of('\n') + 1);
  }

  std::string question() const {
    const std::string body = R"({"modelId": ")" + model + R"(", "prompt": "total item"})";
    return "POST /api/v1/ai/jobs HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nAuthorization: Bearer " +
           token + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
};

TEST_CASE("a first SIGTERM waits for running jobs, a second ends jobsd at once", "[stop]") {
  const Endless endless;
  Serving jobsd(endless.config);
  REQUIRE(jobsd.ask(endless.question()).starts_with("HTTP/1.1 201 "));
  jobsd.await_log("answering, attempt 1");
  jobsd.signal(SIGTERM);
  jobsd.await_log("stopping");
  CHECK(jobsd.ask(endless.question()).starts_with("HTTP/1.1 503 "));
  jobsd.signal(SIGTERM);
  CHECK(jobsd.exit_status() == 128 + SIGTERM);
  // What was running is found again, and stops as before.
  Serving again(endless.config);
  again.await_log("answering, attempt 2");
  again.signal(SIGINT);
  again.await_log("stopping");
  again.signal(SIGTERM);
  CHECK(again.exit_status() == 128 + SIGTERM);
}

TEST_CASE("without anything to wait for a SIGTERM ends jobsd with 0", "[stop]") {
  const Endless endless;
  Serving jobsd(endless.config);
  jobsd.signal(SIGTERM);
  CHECK(jobsd.exit_status() == 0);
}

}  // namespace
