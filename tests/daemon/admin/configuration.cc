// The configuration file: what it gives, and how each mistake in it is told.
#include <catch2/catch.hpp>

#include "config/config.h"
#include "support/temporary_folder.h"

namespace {

using jobsd::Config;
using jobsd::ConfigError;
using namespace std::chrono_literals;

Config parse(const std::string& text) {
  return jobsd::parse_config(text, "/etc/jobsd/jobsd.yaml");
}

// Every problem of the text, as "line:column: message".
std::vector<std::string> problems_of(const std::string& text) {
  std::vector<std::string> found;
  try {
    parse(text);
  } catch (const ConfigError& error) {
    for (const auto& problem : error.problems()) {
      CHECK(problem.file == "/etc/jobsd/jobsd.yaml");
      found.push_back(std::to_string(problem.line) + ":" + std::to_string(problem.column) + ": " + problem.message);
    }
  }
  return found;
}

using Problems = std::vector<std::string>;

const std::string model_line =
    "connections: {shop: {driver: sqlite, path: shop.db}}\n"
    "models: [{id: 770e8400-e29b-41d4-a716-446655440002, name: shop, connection: shop}]\n";

TEST_CASE("an empty file is the default configuration", "[configuration]") {
  for (const char* text : {"", "\n", "# nothing\n", "---\n", "~\n"}) {
    CAPTURE(text);
    const Config config = parse(text);
    CHECK(config.listen.host == "127.0.0.1");
    CHECK(config.listen.port == 8080);
    CHECK(config.public_url.empty());
    CHECK(config.data_dir == "/etc/jobsd/data");
    CHECK(config.models.empty());
    CHECK_FALSE(config.webhooks.allow_http);
    CHECK(config.fsync);
  }
}

TEST_CASE("a whole file gives everything it says", "[configuration]") {
  const Config config = parse(R"(listen: "[::1]:0"
public_url: https://ask.example.org/base/
data_dir: /var/lib/jobsd
workers: 2
stop_grace: 1m
fsync: false
time_zone: Europe/Berlin
connections:
  shop: {driver: sqlite, path: ../shop.db}
models:
  - {id: 770E8400-e29b-41d4-a716-446655440002, name: shop, connection: shop, path: models/shop,
     branches: [{id: 550e8400-e29b-41d4-a716-446655440000, name: draft, path: models/shop-draft}]}
analyst: {provider: builtin, query_time: 500ms, query_rows_max: 10, query_bytes_max: 2MiB, requests_at_once: 8}
webhooks: {allow_http: true, allow_networks: [10.1.0.0/16, "::1/128"], allow_ports: [443, 8443],
  old_secret_keys: [keys/before]}
api: {state_names: published, body_bytes_max: 65536, connections_max: 7, pending_jobs_max: 9,
      rate_limit: {requests: 60, per: 1h, burst: 5}, cors_origins: [https://app.example.org, "*"],
      header_bytes_max: 2KiB, url_bytes_max: 1KiB, connections_per_address_max: 3, streams_max: 0,
      header_time: 1s, body_time: 2s, idle_time: 3s, write_time: 4s, metrics: key}
retention: {jobs: 2d}
log: {level: debug, requests: true}
)");
  CHECK(config.file == "/etc/jobsd/jobsd.yaml");
  CHECK(config.listen.host == "::1");
  CHECK(config.listen.port == 0);
  CHECK(config.public_url == "https://ask.example.org/base");
  CHECK(config.data_dir == "/var/lib/jobsd");
  CHECK(config.store_file() == "/var/lib/jobsd/jobs.db");
  CHECK(config.workers == 2);
  CHECK(config.stop_grace == 60s);
  CHECK_FALSE(config.fsync);
  CHECK(config.time_zone == "Europe/Berlin");
  REQUIRE(config.connection("shop") != nullptr);
  CHECK(config.connection("shop")->path == "/etc/shop.db");
  CHECK(config.connection("shoe") == nullptr);
  REQUIRE(config.models.size() == 1);
  CHECK(config.models[0].id.to_string() == "770e8400-e29b-41d4-a716-446655440002");
  CHECK(config.models[0].path == "/etc/jobsd/models/shop");
  CHECK(config.models[0].line == 11);
  REQUIRE(config.models[0].branches.size() == 1);
  CHECK(config.models[0].branches[0].name == "draft");
  CHECK(config.models[0].branches[0].path == "/etc/jobsd/models/shop-draft");
  CHECK(config.analyst.query_time == 500ms);
  CHECK(config.analyst.query_rows_max == 10);
  CHECK(config.analyst.query_bytes_max == 2 * 1024 * 1024);
  CHECK(config.analyst.requests_at_once == 8);
  CHECK(config.webhooks.allow_http);
  CHECK(config.webhooks.allow_networks == Problems{"10.1.0.0/16", "::1/128"});
  CHECK(config.webhooks.allow_ports == std::vector<int>{443, 8443});
  CHECK(config.webhooks.old_secret_keys == std::vector<std::filesystem::path>{"/etc/jobsd/keys/before"});
  CHECK(config.api.state_names == jobsd::ApiConfig::StateNames::published);
  CHECK(config.api.body_bytes_max == 65536);
  CHECK(config.api.connections_max == 7);
  CHECK(config.api.pending_jobs_max == 9);
  CHECK(config.api.rate_limit == jobsd::RateLimitConfig{.requests = 60, .per = 1h, .burst = 5});
  CHECK(config.api.cors_origins == Problems{"https://app.example.org", "*"});
  CHECK(config.api.metrics == jobsd::ApiConfig::Metrics::key);
  CHECK(config.api.header_bytes_max == 2048);
  CHECK(config.api.url_bytes_max == 1024);
  CHECK(config.api.connections_per_address_max == 3);
  CHECK(config.api.streams_max == 0);
  CHECK(config.api.header_time == 1s);
  CHECK(config.api.body_time == 2s);
  CHECK(config.api.idle_time == 3s);
  CHECK(config.api.write_time == 4s);
  CHECK(config.log.requests);
  CHECK(config.retention.jobs == 48h);
  CHECK(config.log.level == jobsd::LogConfig::Level::debug);
}

TEST_CASE("every problem is told at once, in the order of the file", "[configuration]") {
  CHECK(problems_of("listne: 127.0.0.1:80\n"
                    "webhooks:\n"
                    "  allow_htp: true\n"
                    "  allow_http: perhaps\n"
                    "workers: many\n") ==
        Problems{R"(1:1: unknown key "listne"; did you mean "listen"?)",
                 R"(3:3: webhooks: unknown key "allow_htp"; did you mean "allow_http"?)",
                 "4:15: webhooks.allow_http: expected true or false", "5:10: workers: expected a whole number"});
}

TEST_CASE("an unknown key that is near nothing is answered with what is known there", "[configuration]") {
  CHECK(problems_of("log: {destination: x}") == Problems{R"(1:7: log: unknown key "destination"; known here: level, requests)"});
}

TEST_CASE("a key given twice is a problem that names both lines", "[configuration]") {
  CHECK(problems_of("workers: 2\nlisten: 127.0.0.1:1\nworkers: 3\n") ==
        Problems{R"(3:1: "workers" is given twice; the first is on line 1)"});
  CHECK(problems_of("connections:\n  a: {driver: sqlite, path: x}\n  a: {driver: sqlite, path: y}\n") ==
        Problems{R"(3:3: connections: "a" is given twice; the first is on line 2)"});
}

TEST_CASE("a wrong type is a problem where it stands", "[configuration]") {
  CHECK(problems_of("- listen") == Problems{"1:1: expected a mapping (key: value)"});
  CHECK(problems_of("listen") == Problems{"1:1: expected a mapping (key: value)"});
  CHECK(problems_of("listen: [1]") == Problems{"1:9: listen: expected a text"});
  CHECK(problems_of("data_dir: {a: b}") == Problems{"1:11: data_dir: expected a text"});
  CHECK(problems_of("models: {a: b}") == Problems{"1:9: models: expected a list"});
  CHECK(problems_of("webhooks: {allow_networks: 10.0.0.0/8}") ==
        Problems{"1:28: webhooks.allow_networks: expected a list"});
  CHECK(problems_of("analyst: builtin") == Problems{"1:10: analyst: expected a mapping (key: value)"});
  CHECK(problems_of("workers: \"4\"") == Problems{"1:10: workers: expected a whole number"});
  CHECK(problems_of("fsync: yes") == Problems{"1:8: fsync: expected true or false"});
  CHECK(problems_of("fsync: \"true\"") == Problems{"1:8: fsync: expected true or false"});
  CHECK(problems_of("? [a]\n: b\n") == Problems{"1:3: a key must be a word"});
}

TEST_CASE("a key without a value is a problem", "[configuration]") {
  CHECK(problems_of("listen:\nworkers: ~\n") == Problems{"1:1: listen: has no value: give one or leave the key out",
                                                         "2:1: workers: has no value: give one or leave the key out"});
  CHECK(problems_of("data_dir: ''") == Problems{"1:11: data_dir: must not be empty"});
}

TEST_CASE("a number is held to its range on both sides", "[configuration]") {
  CHECK(problems_of("workers: 1").empty());
  CHECK(problems_of("workers: 256").empty());
  CHECK(problems_of("workers: -1") == Problems{"1:10: workers: must be from 0 to 256"});
  CHECK(problems_of("workers: 257") == Problems{"1:10: workers: must be from 0 to 256"});
  CHECK(problems_of("workers: 99999999999999999999") == Problems{"1:10: workers: expected a whole number"});
  CHECK(problems_of("workers: 4.0") == Problems{"1:10: workers: expected a whole number"});
  CHECK(problems_of("workers: 0x4") == Problems{"1:10: workers: expected a whole number"});
}

TEST_CASE("a duration carries its unit and is held to its range", "[configuration]") {
  CHECK(parse("stop_grace: 0s").stop_grace == 0s);
  CHECK(parse("stop_grace: 90 s").stop_grace == 90s);
  CHECK(parse("stop_grace: 60m").stop_grace == 1h);
  CHECK(problems_of("stop_grace: 61m") == Problems{"1:13: stop_grace: must be from 0ms to 1h"});
  for (const char* wrong : {"20", "-1s", "1.5s", "s", "1y", "1 s s", "99999999999999999d"}) {
    CAPTURE(wrong);
    CHECK(problems_of(std::string("stop_grace: ") + wrong).size() == 1);
  }
  CHECK(parse("retention: {jobs: 1h}").retention.jobs == 1h);
  CHECK(problems_of("retention: {jobs: 59m}") == Problems{"1:19: retention.jobs: must be from 1h to 3650d"});
}

TEST_CASE("a size may carry a binary unit and is held to its range", "[configuration]") {
  CHECK(parse("api: {body_bytes_max: 64KiB}").api.body_bytes_max == 65536);
  CHECK(parse("api: {body_bytes_max: 64MiB}").api.body_bytes_max == 64u * 1024 * 1024);
  CHECK(problems_of("api: {body_bytes_max: 65535}") ==
        Problems{"1:23: api.body_bytes_max: must be from 64KiB to 64MiB"});
  CHECK(problems_of("api: {body_bytes_max: 67108865}") ==
        Problems{"1:23: api.body_bytes_max: must be from 64KiB to 64MiB"});
  CHECK(problems_of("api: {body_bytes_max: 1MB}").size() == 1);
}

TEST_CASE("a rate is limited only when it is asked for, and its numbers are held to their ranges", "[configuration]") {
  CHECK_FALSE(parse("api: {}").api.rate_limit);
  CHECK(parse("api: {rate_limit: {requests: 7}}").api.rate_limit ==
        jobsd::RateLimitConfig{.requests = 7, .per = 1min, .burst = 7});
  CHECK(problems_of("api: {rate_limit: {}}") == Problems{"1:19: api.rate_limit: requests is missing"});
  CHECK(problems_of("api: {rate_limit: {requests: 0}}") ==
        Problems{"1:30: api.rate_limit.requests: must be from 1 to 1000000"});
  CHECK(problems_of("api: {rate_limit: {requests: 1000000, per: 1s, burst: 1000000}}").empty());
  CHECK(problems_of("api: {rate_limit: {requests: 1, burst: 0}}") ==
        Problems{"1:40: api.rate_limit.burst: must be from 1 to 1000000"});
  CHECK(problems_of("api: {rate_limit: {requests: 1, per: 999ms}}") ==
        Problems{"1:38: api.rate_limit.per: must be from 1s to 1d"});
  CHECK(problems_of("api: {rate_limit: {requests: 1, per: 24h}}").empty());
}

TEST_CASE("listen takes a Unix socket, whose path must fit", "[configuration]") {
  CHECK(parse("listen: unix:/run/jobsd/api.sock").listen.unix_socket == "/run/jobsd/api.sock");
  CHECK(parse("listen: unix:api.sock").listen.unix_socket == "/etc/jobsd/api.sock");
  CHECK(problems_of("listen: 'unix:'").size() == 1);
  CHECK(problems_of("listen: unix:/" + std::string(106, 'x')).empty());
  CHECK(problems_of("listen: unix:/" + std::string(107, 'x')).size() == 1);
}

TEST_CASE("tls needs a certificate and its key", "[configuration]") {
  CHECK_FALSE(parse("").tls);
  const Config config = parse("tls: {certificate: a.crt, key: /etc/ssl/a.key}");
  CHECK(config.tls == jobsd::TlsConfig{.certificate = "/etc/jobsd/a.crt", .key = "/etc/ssl/a.key"});
  CHECK(problems_of("tls: {certificate: a.crt}") == Problems{"1:6: tls: key is missing"});
}

TEST_CASE("an origin is written as browsers send it", "[configuration]") {
  for (const char* right : {"*", "https://a", "http://localhost:3000", "https://[::1]:8443"}) {
    CAPTURE(right);
    CHECK(problems_of(std::string("api: {cors_origins: [\"") + right + "\"]}").empty());
  }
  for (const char* wrong : {"a.example", "https://", "https://a/", "https://A", "https://a?b", "https://me@a", "*.example", "null"}) {
    CAPTURE(wrong);
    CHECK(problems_of(std::string("api: {cors_origins: [\"") + wrong + "\"]}").size() == 1);
  }
}

TEST_CASE("listen takes an address of either family and a port", "[configuration]") {
  CHECK(parse("listen: 0.0.0.0:65535").listen == jobsd::ListenAddress{.host = "0.0.0.0", .port = 65535});
  CHECK(parse("listen: '[::]:80'").listen == jobsd::ListenAddress{.host = "::", .port = 80});
  CHECK(parse("listen: localhost:0").listen == jobsd::ListenAddress{.host = "127.0.0.1", .port = 0});
  CHECK(problems_of("listen: 127.0.0.1:65536") ==
        Problems{"1:9: listen: the port must be from 0 (any free one) to 65535"});
  CHECK(problems_of("listen: ::1:80") == Problems{"1:9: listen: an IPv6 address stands in brackets: [::1]:8080"});
  for (const char* wrong : {"8080", "127.0.0.1", "127.0.0.1:", ":80", "127.0.0.1:+1", "127.0.0.1:-1", "127.0.0.1:8o",
                            "127.0.0.256:80", "example.org:80", "'[]:80'", "'[127.0.0.1]:80'", "'[::1'", "127.1:80"}) {
    CAPTURE(wrong);
    CHECK(problems_of(std::string("listen: ") + wrong).size() == 1);
  }
}

TEST_CASE("public_url is a web address and never shows a password", "[configuration]") {
  CHECK(parse("public_url: http://localhost:8080///").public_url == "http://localhost:8080");
  for (const char* wrong :
       {"localhost", "ftp://x", "http://", "https:///path", "http://a b", "http://x/?q", "http://x/#f"}) {
    CAPTURE(wrong);
    CHECK(problems_of(std::string("public_url: \"") + wrong + "\"").size() == 1);
  }
  const auto problems = problems_of("public_url: https://me:hunter2@example.org");
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].find("hunter2") == std::string::npos);
  CHECK(problems[0].find("password") != std::string::npos);
}

TEST_CASE("a value is never repeated in a problem, since it may be a secret", "[configuration]") {
  for (const char* text : {"workers: hunter2", "log: {level: hunter2}", "time_zone: hunter2", "listen: hunter2",
                           "webhooks: {allow_networks: [hunter2]}", "retention: {jobs: hunter2}"}) {
    CAPTURE(text);
    const auto problems = problems_of(text);
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].find("hunter2") == std::string::npos);
  }
}

TEST_CASE("a network is an address and a prefix that fits it", "[configuration]") {
  for (const char* right : {"0.0.0.0/0", "10.0.0.1/32", "::/0", "fe80::/128"}) {
    CAPTURE(right);
    CHECK(problems_of(std::string("webhooks: {allow_networks: [\"") + right + "\"]}").empty());
  }
  for (const char* wrong :
       {"10.0.0.0", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/", "/8", "x/8", "10.0.0.0/8/8"}) {
    CAPTURE(wrong);
    CHECK(problems_of(std::string("webhooks: {allow_networks: [\"") + wrong + "\"]}").size() == 1);
  }
  CHECK(problems_of("webhooks: {allow_ports: [0, 65536, 80]}") ==
        Problems{"1:26: webhooks.allow_ports[0]: must be from 1 to 65535",
                 "1:29: webhooks.allow_ports[1]: must be from 1 to 65535"});
}

TEST_CASE("a choice is told with what can be chosen", "[configuration]") {
  CHECK(problems_of("api: {state_names: omni}") == Problems{"1:20: api.state_names: expected one of: jobs, published"});
  CHECK(problems_of("analyst: {provider: clairvoyant}") == Problems{"1:21: analyst.provider: must be builtin"});
  CHECK(problems_of("connections: {a: {driver: oracle, path: x}}") ==
        Problems{"1:27: connections.a.driver: must be sqlite"});
}

TEST_CASE("a time zone must exist", "[configuration]") {
  CHECK(parse("time_zone: America/New_York").time_zone == "America/New_York");
  CHECK(problems_of("time_zone: Europe/Atlantis").size() == 1);
  CHECK(problems_of("time_zone: ../../etc/passwd").size() == 1);
}

TEST_CASE("a model without what it needs is a problem for each missing key", "[configuration]") {
  CHECK(problems_of(model_line).empty());
  CHECK(problems_of("models:\n  - {}\n") == Problems{"2:5: models[0]: id is missing", "2:5: models[0]: name is missing",
                                                     "2:5: models[0]: connection is missing"});
  CHECK(problems_of("connections: {shop: {}}") ==
        Problems{"1:21: connections.shop: driver is missing", "1:21: connections.shop: path is missing"});
}

TEST_CASE("a model names a connection that is there", "[configuration]") {
  CHECK(problems_of("connections: {shop: {driver: sqlite, path: shop.db}}\n"
                    "models: [{id: 770e8400-e29b-41d4-a716-446655440002, name: m, connection: shpo}]\n") ==
        Problems{R"(2:10: models[0].connection: there is no connection "shpo"; did you mean "shop"?)"});
  CHECK(problems_of("models: [{id: 770e8400-e29b-41d4-a716-446655440002, name: m, connection: shop}]\n") ==
        Problems{R"(1:10: models[0].connection: there is no connection "shop")"});
}

TEST_CASE("an id is a UUID and stands for one thing", "[configuration]") {
  const std::string start = "connections: {c: {driver: sqlite, path: x}}\nmodels:\n";
  const auto model = [](const std::string& id, const std::string& rest = "") {
    return "  - {id: " + id + ", name: m, connection: c" + rest + "}\n";
  };
  const std::string id = "770e8400-e29b-41d4-a716-446655440002";
  const std::string other = "770e8400-e29b-41d4-a716-446655440003";
  CHECK(problems_of(start + model(id) + model(other)).empty());
  CHECK(problems_of(start + model(id) + model(id)) == Problems{"4:5: models[1]: another model has the same id"});
  for (const char* wrong : {"7", "770e8400-e29b-41d4-a716-44665544000g", "00000000-0000-0000-0000-000000000000",
                            "770e8400e29b41d4a716446655440002"}) {
    CAPTURE(wrong);
    CHECK(problems_of(start + model(wrong)).size() == 1);
  }
  const std::string branch = "{id: " + other + ", name: b, path: p}";
  CHECK(problems_of(start + model(id, ", branches: [" + branch + "]")).empty());
  CHECK(problems_of(start + model(id, ", branches: [" + branch + ", " + branch + "]")).size() == 1);
}

TEST_CASE("what is no YAML is told with its place", "[configuration]") {
  CHECK(problems_of("listen: [1\nworkers: 2").size() == 1);
  CHECK(problems_of("a: b: c").size() == 1);
  CHECK(problems_of("\tworkers: 1").size() == 1);
  CHECK(problems_of("workers: 1\n---\nworkers: 2\n").size() == 1);
}

TEST_CASE("anchors, aliases and tags are refused", "[configuration]") {
  CHECK(problems_of("a: &x 1\nb: *x\n") == Problems{"1:4: anchors (&name) are not supported: write the value out"});
  CHECK(problems_of("a: !!binary aGk=\n") == Problems{"1:4: tags (!name) are not supported"});
}

TEST_CASE("nesting without end is refused before it is unfolded", "[configuration]") {
  CHECK(problems_of("a: " + std::string(31, '[') + std::string(31, ']')).size() == 1);
  const auto deep = problems_of("a: " + std::string(100'000, '['));
  REQUIRE(deep.size() == 1);
  CHECK(deep[0].find("nested too deeply") != std::string::npos);
  CHECK(problems_of(std::string(100'000, '{')).size() == 1);
}

TEST_CASE("a file with a thousand problems tells the first hundred", "[configuration]") {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "key_" + std::to_string(i) + ": 1\n";
  CHECK(problems_of(text).size() == 100);
}

TEST_CASE("a key of control characters and any length stays on one short line", "[configuration]") {
  const auto problems = problems_of("\"\\e[31m\\n" + std::string(5000, 'x') + "\": 1\n");
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].size() < 300);
  CHECK(problems[0].find('\n') == std::string::npos);
  CHECK(problems[0].find('\x1b') == std::string::npos);
}

TEST_CASE("random bytes are refused without harm", "[configuration]") {
  std::uint64_t state = 1;
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (int i = 0; i < 64; ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      text += static_cast<char>(state >> 56);
    }
    try {
      parse(text);
    } catch (const ConfigError& error) {
      CHECK_FALSE(error.problems().empty());
    }
  }
}

TEST_CASE("a file is read from the disk with paths relative to it", "[configuration]") {
  const TemporaryFolder folder;
  const auto file = folder.write("etc/jobsd.yaml", "data_dir: ../data\n");
  CHECK(jobsd::load_config(file).data_dir == folder.path() / "data");
}

TEST_CASE("a file that is not there, a folder and a huge file are told as such", "[configuration]") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(jobsd::load_config(folder / "none.yaml"), Catch::Contains("there is no such file"));
  CHECK_THROWS_WITH(jobsd::load_config(folder.path()), Catch::Contains("this is a folder"));
  CHECK_NOTHROW(jobsd::load_config(folder.write("large.yaml", std::string(1024 * 1024, '\n'))));
  CHECK_THROWS_WITH(jobsd::load_config(folder.write("huge.yaml", std::string(1024 * 1024 + 1, '\n'))),
                    Catch::Contains("larger than 1 MiB"));
}

}  // namespace
