// The socket through which a command reaches a running daemon.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "control/admin.h"
#include "control/control.h"
#include "control/line_socket.h"
#include "support/temporary_folder.h"
#include "identity/identity.h"
#include "jobs/engine.h"
#include "store/open.h"

namespace {

using namespace std::chrono_literals;
using nlohmann::json;

const json key_request = {{"op", "key.create"}, {"kind", "organization"}};

struct Daemon {
  TemporaryFolder folder;
  jobs::Engine engine{jobsd::store_options(jobsd::parse_config("data_dir: .", folder / "jobsd.yaml"))};
  jobsd::Identity identity{engine};
  std::filesystem::path socket = folder / "control.sock";
  std::unique_ptr<jobsd::ControlServer> server = std::make_unique<jobsd::ControlServer>(socket, identity, engine);

  jobsd::FileDescriptor connect() const {
    sockaddr_un address;
    jobsd::set_address(address, socket);
    jobsd::FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    return fd;
  }
};

TEST_CASE("a request over the socket does what it asks and is answered", "[control]") {
  Daemon daemon;
  const auto made = jobsd::call_control(
      daemon.socket,
      {{"op", "user.create"}, {"name", "Ada"}, {"time_zone", "UTC"}, {"attributes", {{"region", {"Europe"}}}}});
  REQUIRE(made);
  REQUIRE((*made)["ok"] == true);
  const std::string id = (*made)["result"]["id"];
  const auto user = daemon.identity.user(jobs::Uuid::parse(id).value());
  REQUIRE(user);
  CHECK(user->name == "Ada");
  CHECK(user->attributes.at("region") == std::vector<std::string>{"Europe"});

  const auto key = jobsd::call_control(daemon.socket, {{"op", "key.create"}, {"kind", "personal"}, {"user", id}});
  REQUIRE(key);
  const auto principal = daemon.identity.authenticate((*key)["result"]["token"].get<std::string>());
  REQUIRE(principal);
  CHECK(principal->user == user->id);
}

TEST_CASE("several requests go over one connection, one after the other", "[control]") {
  Daemon daemon;
  const auto fd = daemon.connect();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(jobsd::write_line(fd.get(), key_request.dump(), 5s));
    const auto answer = jobsd::read_line(fd.get(), 30s);
    REQUIRE(answer);
    CHECK(json::parse(*answer)["ok"] == true);
  }
}

TEST_CASE("a wrong request is answered with what is wrong, and changes nothing", "[control]") {
  Daemon daemon;
  const auto error_of = [&](const json& request) {
    const json answer = jobsd::perform(daemon.identity, request, {});
    CHECK(answer["ok"] == false);
    CHECK_FALSE(answer.contains("result"));
    return answer["error"].get<std::string>();
  };
  CHECK(error_of(json::array()).find("object") != std::string::npos);
  CHECK(error_of({{"x", 1}}).find("op") != std::string::npos);
  CHECK(error_of({{"op", 7}}).find("op") != std::string::npos);
  CHECK(error_of({{"op", "user.destroy"}}).find("release") != std::string::npos);
  CHECK(error_of({{"op", "key.create"}, {"kind", "organization"}, {"scope", "all"}}).find("release") !=
        std::string::npos);
  CHECK(error_of({{"op", "key.create"}}).find("kind") != std::string::npos);
  CHECK(error_of({{"op", "key.create"}, {"kind", "root"}}).find("kind") != std::string::npos);
  CHECK(error_of({{"op", "key.create"}, {"kind", "personal"}}).find("user") != std::string::npos);
  CHECK(error_of({{"op", "key.create"}, {"kind", "personal"}, {"user", "7"}}).find("UUID") != std::string::npos);
  CHECK(error_of({{"op", "user.create"}, {"name", "a"}}).find("time_zone") != std::string::npos);
  for (const json& attributes : {json("x"), json{{"a", "b"}}, json{{"a", {1}}}, json{{"a", json::array()}}}) {
    const json request = {{"op", "user.create"}, {"name", "a"}, {"time_zone", "UTC"}, {"attributes", attributes}};
    if (attributes.is_object() && attributes.at("a").empty()) continue;  // No values: the attribute is not there.
    CHECK(error_of(request).find("attributes") != std::string::npos);
  }
}

TEST_CASE("what is no JSON is answered as such", "[control]") {
  Daemon daemon;
  const auto fd = daemon.connect();
  for (const char* line : {"", "hello", "{\"op\":", "\xff\xfe", "[[[["}) {
    REQUIRE(jobsd::write_line(fd.get(), line, 5s));
    const auto answer = jobsd::read_line(fd.get(), 30s);
    REQUIRE(answer);
    CHECK(json::parse(*answer)["ok"] == false);
  }
}

TEST_CASE("a line without end is cut off, and the next peer is served", "[control]") {
  Daemon daemon;
  {
    const auto fd = daemon.connect();
    jobsd::write_line(fd.get(), std::string(2 * jobsd::control_line_bytes_max, 'x'), 5s);
    CHECK_FALSE(jobsd::read_line(fd.get(), 30s));
  }
  CHECK(jobsd::call_control(daemon.socket, key_request).value()["ok"] == true);
}

TEST_CASE("peers that vanish at any point do no harm", "[control]") {
  Daemon daemon;
  { const auto silent = daemon.connect(); }
  {
    const auto half = daemon.connect();
    REQUIRE(::send(half.get(), "{\"op\"", 5, 0) == 5);
  }
  {
    const auto deaf = daemon.connect();
    REQUIRE(jobsd::write_line(deaf.get(), key_request.dump(), 5s));
  }
  CHECK(jobsd::call_control(daemon.socket, key_request).value()["ok"] == true);
}

TEST_CASE("the socket is for its owner alone", "[control]") {
  Daemon daemon;
  struct stat status {};
  REQUIRE(::lstat(daemon.socket.c_str(), &status) == 0);
  CHECK(S_ISSOCK(status.st_mode));
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("nobody serves a socket that is missing, or was left by a crash", "[control]") {
  const TemporaryFolder folder;
  CHECK_FALSE(jobsd::call_control(folder / "control.sock", key_request));
  CHECK_FALSE(jobsd::call_control(folder / "none/control.sock", key_request));

  sockaddr_un address;
  jobsd::set_address(address, folder / "control.sock");
  {
    const jobsd::FileDescriptor left(::socket(AF_UNIX, SOCK_STREAM, 0));
    REQUIRE(::bind(left.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  }
  REQUIRE(std::filesystem::exists(folder / "control.sock"));
  CHECK_FALSE(jobsd::call_control(folder / "control.sock", key_request));
}

TEST_CASE("a socket left by a crash is replaced", "[control]") {
  Daemon daemon;
  daemon.server.reset();
  CHECK_FALSE(std::filesystem::exists(daemon.socket));
  sockaddr_un address;
  jobsd::set_address(address, daemon.socket);
  {
    const jobsd::FileDescriptor left(::socket(AF_UNIX, SOCK_STREAM, 0));
    REQUIRE(::bind(left.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  }
  daemon.server = std::make_unique<jobsd::ControlServer>(daemon.socket, daemon.identity, daemon.engine);
  CHECK(jobsd::call_control(daemon.socket, key_request).value()["ok"] == true);
}

TEST_CASE("a file with the socket's name is not removed", "[control]") {
  Daemon daemon;
  const auto file = daemon.folder.write("other.sock", "precious");
  CHECK_THROWS_WITH(jobsd::ControlServer(file, daemon.identity, daemon.engine), Catch::Contains("is no socket"));
  CHECK(contents(file) == "precious");
}

TEST_CASE("a path that fits no socket is an error that says what to do", "[control]") {
  sockaddr_un address;
  const std::string longest = "/" + std::string(106, 'x');
  CHECK_NOTHROW(jobsd::set_address(address, longest));
  CHECK_THROWS_WITH(jobsd::set_address(address, longest + "x"), Catch::Contains("choose a shorter data_dir"));
  CHECK_THROWS_WITH(jobsd::call_control(longest + "x", key_request), Catch::Contains("choose a shorter data_dir"));
}

TEST_CASE("a server stops while a peer is connected and silent", "[control]") {
  Daemon daemon;
  const auto fd = daemon.connect();
  // Once answered, the peer is known to be in service.
  REQUIRE(jobsd::write_line(fd.get(), key_request.dump(), 5s));
  REQUIRE(jobsd::read_line(fd.get(), 30s));
  const auto before = std::chrono::steady_clock::now();
  daemon.server.reset();
  CHECK(std::chrono::steady_clock::now() - before < 3s);
  CHECK_FALSE(jobsd::read_line(fd.get(), 5s));
}

TEST_CASE("a daemon that goes away without an answer leaves the outcome unknown, and says so", "[control]") {
  const TemporaryFolder folder;
  sockaddr_un address;
  jobsd::set_address(address, folder / "control.sock");
  const jobsd::FileDescriptor listener(::socket(AF_UNIX, SOCK_STREAM, 0));
  REQUIRE(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  REQUIRE(::listen(listener.get(), 1) == 0);
  std::jthread rude([&] {
    const jobsd::FileDescriptor peer(::accept(listener.get(), nullptr, nullptr));
    jobsd::read_line(peer.get(), 10s);
  });
  CHECK_THROWS_WITH(jobsd::call_control(folder / "control.sock", key_request), Catch::Contains("outcome is unknown"));
}

TEST_CASE("lines that come together are read one by one", "[control]") {
  std::array<int, 2> ends = {};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
  const jobsd::FileDescriptor here(ends[0]);
  const jobsd::FileDescriptor there(ends[1]);
  REQUIRE(jobsd::write_line(here.get(), "a\n\n" + std::string(5'000, 'b'), 5s));
  CHECK(jobsd::read_line(there.get(), 5s) == "a");
  CHECK(jobsd::read_line(there.get(), 5s) == "");
  CHECK(jobsd::read_line(there.get(), 5s) == std::string(5'000, 'b'));
}

TEST_CASE("receivers are listed a page at a time, by host, each once", "[control]") {
  Daemon daemon;
  daemon.engine.transact([](jobs::Transaction& tx) {
    for (int i = 0; i < 1'201; ++i) {
      tx.execute("INSERT INTO endpoints (host, failing_since, failures, retry_at) VALUES (?1, 0, 1, 4102444800000)",
                 {std::to_string(10'000 + i) + ".example:443"});
    }
  });
  json request = {{"op", "receiver.list"}, {"page_size", 600}};
  std::vector<std::string> hosts;
  std::vector<std::size_t> pages;
  for (json next = ""; !next.is_null();) {
    request["cursor"] = next;
    const auto answer = jobsd::call_control(daemon.socket, request);
    REQUIRE((*answer)["ok"] == true);
    const json& result = (*answer)["result"];
    for (const json& item : result.at("items")) hosts.push_back(item.at("host"));
    pages.push_back(result.at("items").size());
    next = result.at("next");
  }
  CHECK(pages == std::vector<std::size_t>{500, 500, 201});
  CHECK(hosts.size() == 1'201);
  CHECK(std::adjacent_find(hosts.begin(), hosts.end(), std::greater_equal<>()) == hosts.end());
}

TEST_CASE("the store is copied and checked through the socket, and a copy that cannot be made says why", "[control]") {
  Daemon daemon;
  daemon.engine.submit({.kind = "k"});
  const json request = {{"op", "store.backup"}, {"path", (daemon.folder / "copy.db").string()}};
  std::int64_t done = 0;
  const auto made = jobsd::call_control(daemon.socket, request, [&](const json& progress) { done = progress.at("done"); });
  REQUIRE(made);
  REQUIRE((*made)["ok"] == true);
  CHECK((*made)["result"]["bytes"] == std::filesystem::file_size(daemon.folder / "copy.db"));
  CHECK(done == (*made)["result"]["bytes"]);
  const auto again = jobsd::call_control(daemon.socket, request);
  CHECK((*again)["ok"] == false);
  CHECK((*again)["error"].get<std::string>().find("exists, and a backup replaces nothing") != std::string::npos);
  for (const json& wrong : {json{{"op", "store.backup"}}, json{{"op", "store.backup"}, {"path", "copy"}},
                            json{{"op", "store.backup"}, {"path", 7}}, json{{"op", "store.check"}, {"quick", "yes"}},
                            json{{"op", "receiver.list"}, {"host", "a"}}, json{{"op", "receiver.list"}, {"cursor", 7}}, json{{"op", "receiver.enable"}},
                            json{{"op", "receiver.enable"}, {"host", 7}}, json{{"op", "receiver.enable"}, {"host", "a:1"}}}) {
    CHECK((*jobsd::call_control(daemon.socket, wrong))["ok"] == false);
  }
  const auto checked = jobsd::call_control(daemon.socket, {{"op", "store.check"}, {"quick", true}});
  CHECK((*checked)["result"]["problems"].empty());
}

}  // namespace
