// The commands of jobsd, run as the built program: what they print, and how they end.
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <regex>
#include <sstream>

#include "config/config.h"
#include "control/control.h"
#include "daemon/admin/run_jobsd.h"
#include "support/temporary_folder.h"
#include "identity/identity.h"
#include "jobs/engine.h"
#include "store/open.h"

namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

const std::vector<Words> all_commands = {
    {"serve"},       {"check"},        {"organization", "create"}, {"organization", "list"}, {"user", "create"}, {"user", "list"},
    {"user", "disable"}, {"user", "enable"}, {"user", "role"}, {"key", "create"}, {"key", "list"}, {"key", "revoke"},
    {"audit", "list"}, {"model", "init"}, {"backup"}, {"check-store"}, {"receiver", "list"},
    {"receiver", "enable"}};

// A configuration with one database and nothing else that is not there by default.
struct Installation {
  TemporaryFolder folder;
  fs::path file = folder.write("jobsd.yaml",
                               "listen: 127.0.0.1:0\n"
                               "time_zone: Europe/Berlin\n"
                               "connections: {shop: {driver: sqlite, path: shop.db}}\n"
                               "models: [{id: 770e8400-e29b-41d4-a716-446655440002, name: shop, connection: shop}]\n");

  Installation() {
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open((folder / "shop.db").c_str(), &database) == SQLITE_OK);
    CHECK(sqlite3_exec(database,
                       "CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, price REAL);"
                       "INSERT INTO products VALUES (1, 'Shoe', 10.5)",
                       nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(database);
  }

  Ran run(Words words) const {
    words.insert(words.end(), {"--config", file.string()});
    return run_jobsd(words);
  }
  jobs::Options options() const { return jobsd::store_options(jobsd::load_config(file)); }
};

std::string without_newline(const std::string& text) {
  REQUIRE_FALSE(text.empty());
  REQUIRE(text.back() == '\n');
  REQUIRE(text.find('\n') == text.size() - 1);
  return text.substr(0, text.size() - 1);
}

TEST_CASE("jobsd --version prints the name and the release", "[cli]") {
  const Ran ran = run_jobsd({"--version"});
  CHECK(ran.status == 0);
  CHECK(std::regex_match(ran.out, std::regex("jobsd \\d+\\.\\d+\\.\\d+\n")));
  CHECK(ran.err.empty());
}

TEST_CASE("the --help of every command names its options, and the manual page has them all", "[cli]") {
  std::string manual = contents(JOBS_SOURCE_DIR "/packaging/jobsd.1");
  manual = std::regex_replace(manual, std::regex(R"(\\-)"), "-");
  CHECK(run_jobsd({"--help"}).status == 0);
  for (Words words : all_commands) {
    words.push_back("--help");
    const Ran ran = run_jobsd(words);
    CAPTURE(words);
    CHECK(ran.status == 0);
    CHECK(ran.err.empty());
    CHECK(ran.out.find("--config") != std::string::npos);
    const std::regex option("--[a-z-]+");
    for (std::sregex_iterator at(ran.out.begin(), ran.out.end(), option), end; at != end; ++at) {
      CAPTURE(at->str());
      CHECK(manual.find(at->str()) != std::string::npos);
    }
  }
}

TEST_CASE("wrong use ends with 2 and one line that says what is wrong", "[cli]") {
  const Installation here;
  const std::string config = here.file.string();
  for (const Words& words : std::vector<Words>{{},
                                               {"serv"},
                                               {"check"},
                                               {"check", "--config"},
                                               {"check", "--config", config, "--fast"},
                                               {"check", "--config", config, "more"},
                                               {"user"},
                                               {"user", "create", "--config", config},
                                               {"key", "create", "--config", config},
                                               {"key", "create", "--config", config, "--kind", "root"},
                                               {"key", "revoke", "--config", config},
                                               {"user", "role", "--config", config, "--user", "x", "--role", "root"},
                                               {"audit", "list", "--config", config, "--limit", "0"},
                                               {"model", "init", "--config", config, "--connection", "shop"}}) {
    CAPTURE(words);
    const Ran ran = run_jobsd(words);
    CHECK(ran.status == 2);
    CHECK(ran.out.empty());
    REQUIRE(ran.err_lines().size() == 1);
    CHECK(ran.err_lines()[0].starts_with("jobsd: "));
  }
}

TEST_CASE("every command refuses a broken configuration with every problem", "[cli]") {
  const TemporaryFolder folder;
  const std::string file = folder.write("jobsd.yaml", "listne: x\nworkers: many\n").string();
  for (Words words : std::vector<Words>{{"serve"},
                                        {"check"},
                                        {"user", "create", "--name", "a"},
                                        {"key", "create", "--kind", "organization"},
                                        {"model", "init", "--connection", "shop", "--out", "x"}}) {
    CAPTURE(words);
    words.insert(words.end(), {"--config", file});
    const Ran ran = run_jobsd(words);
    CHECK(ran.status == 1);
    CHECK(ran.out.empty());
    CHECK(ran.err_lines() == Words{file + R"(:1:1: error: unknown key "listne"; did you mean "listen"?)",
                                   file + ":2:10: error: workers: expected a whole number"});
  }
  CHECK_FALSE(fs::exists(folder / "data"));
}

TEST_CASE("check accepts what can be served, and changes nothing", "[cli]") {
  const Installation here;
  const Ran ran = here.run({"check"});
  CHECK(ran.err.empty());
  CHECK(ran.status == 0);
  CHECK(ran.out.find("ok") != std::string::npos);
  CHECK_FALSE(fs::exists(here.folder / "data"));
}

TEST_CASE("check tells of a database that is missing where the configuration names it", "[cli]") {
  const Installation here;
  fs::remove(here.folder / "shop.db");
  const Ran ran = here.run({"check"});
  CHECK(ran.status == 1);
  REQUIRE(ran.err_lines().size() == 1);
  CHECK(ran.err_lines()[0].starts_with(here.file.string() + ":3:15: error: connection shop "));
  CHECK_FALSE(fs::exists(here.folder / "shop.db"));
}

TEST_CASE("check tells of what is wrong in a model with file, line and column", "[cli]") {
  const Installation here;
  here.folder.write("model/products.view.yaml", "dimensions:\n  name: {lable: Name}\n");
  here.folder.write("branch/products.view.yaml", "dimensons: {}\n");
  here.folder.write("jobsd.yaml",
                    "connections: {shop: {driver: sqlite, path: shop.db}}\n"
                    "models: [{id: 770e8400-e29b-41d4-a716-446655440002, name: shop, connection: shop, path: model,\n"
                    "  branches: [{id: 550e8400-e29b-41d4-a716-446655440000, name: draft, path: branch}]}]\n");
  const Ran ran = here.run({"check"});
  CHECK(ran.status == 1);
  CHECK(std::regex_search(ran.err, std::regex("products\\.view\\.yaml:2:\\d+: error: .*label")));
  CHECK(std::regex_search(ran.err, std::regex("products\\.view\\.yaml:1:1: error: .*dimensions")));
}

TEST_CASE("check tells of a data directory too long for the control socket", "[cli]") {
  const Installation here;
  here.folder.write("jobsd.yaml", "data_dir: " + std::string(100, 'd') + "\n");
  const Ran ran = here.run({"check"});
  CHECK(ran.status == 1);
  CHECK(ran.err.find("choose a shorter data_dir") != std::string::npos);
}

TEST_CASE("without a daemon, users and keys are made in the store itself", "[cli]") {
  const Installation here;
  const Ran created = here.run({"user", "create", "--name", "Zoë", "--attribute", "region=Europe", "--attribute",
                                "region=Asia=x", "--attribute", "team="});
  INFO(created.err);
  REQUIRE(created.status == 0);
  const auto id = jobs::Uuid::parse(without_newline(created.out));
  REQUIRE(id);
  const Ran personal = here.run({"key", "create", "--kind", "personal", "--user", id->to_string()});
  const Ran organization = here.run({"key", "create", "--kind", "organization"});
  REQUIRE(personal.status == 0);
  REQUIRE(organization.status == 0);
  CHECK(personal.out.starts_with("jop_"));
  CHECK(organization.out.starts_with("jok_"));

  jobs::Engine engine(here.options());
  const jobsd::Identity identity(engine);
  const auto user = identity.user(*id);
  REQUIRE(user);
  CHECK(user->name == "Zoë");
  CHECK(user->time_zone == "Europe/Berlin");
  CHECK(user->attributes == std::map<std::string, Words>{{"region", {"Europe", "Asia=x"}}, {"team", {""}}});
  REQUIRE(identity.authenticate(without_newline(personal.out)));
  CHECK(identity.authenticate(without_newline(personal.out))->user == id);
  REQUIRE(identity.authenticate(without_newline(organization.out)));
}

TEST_CASE("with a daemon, users and keys are made through it and count at once", "[cli]") {
  const Installation here;
  jobs::Engine engine(here.options());
  jobsd::Identity identity(engine);
  const jobsd::ControlServer control(here.folder / "data/control.sock", identity, engine);

  const Ran created = here.run({"user", "create", "--name", "Ada", "--time-zone", "Asia/Tokyo"});
  INFO(created.err);
  REQUIRE(created.status == 0);
  const auto id = jobs::Uuid::parse(without_newline(created.out));
  REQUIRE(id);
  REQUIRE(identity.user(*id));
  CHECK(identity.user(*id)->time_zone == "Asia/Tokyo");
  const Ran key = here.run({"key", "create", "--kind", "personal", "--user", id->to_string()});
  REQUIRE(key.status == 0);
  CHECK(identity.authenticate(without_newline(key.out)));
}

// The rows of a list without its heading, each as its columns.
std::vector<Words> rows(const Ran& ran) {
  REQUIRE(ran.status == 0);
  std::vector<Words> all;
  std::istringstream lines(ran.out);
  for (std::string line; std::getline(lines, line);) {
    all.emplace_back();
    std::istringstream columns(line);
    for (std::string column; std::getline(columns, column, '\t');) all.back().push_back(column);
  }
  REQUIRE_FALSE(all.empty());
  CHECK(std::all_of(all.begin(), all.end(), [&](const Words& row) { return row.size() == all.front().size(); }));
  all.erase(all.begin());
  return all;
}

TEST_CASE("organizations, users and keys are made, listed and ended, with a daemon and without", "[cli]") {
  const bool with_daemon = GENERATE(false, true);
  CAPTURE(with_daemon);
  const Installation here;
  std::unique_ptr<jobs::Engine> engine;
  std::unique_ptr<jobsd::Identity> identity;
  std::unique_ptr<jobsd::ControlServer> control;
  const auto start = [&] {
    engine = std::make_unique<jobs::Engine>(here.options());
    identity = std::make_unique<jobsd::Identity>(*engine);
    control = std::make_unique<jobsd::ControlServer>(here.folder / "data/control.sock", *identity, *engine);
  };
  if (with_daemon) start();

  const std::string other = without_newline(here.run({"organization", "create", "--name", "Other"}).out);
  CHECK(rows(here.run({"organization", "list"})).size() == 2);
  const std::string bob =
      without_newline(here.run({"user", "create", "--name", "Bob", "--organization", other, "--role", "admin"}).out);
  here.run({"user", "create", "--name", "Ada"});
  CHECK(rows(here.run({"user", "list"})).size() == 2);
  auto users = rows(here.run({"user", "list", "--organization", other}));
  REQUIRE(users.size() == 1);
  users[0].pop_back();
  CHECK(users[0] == Words{bob, other, "Bob", "Europe/Berlin", "admin", "active"});
  CHECK(here.run({"user", "role", "--user", bob, "--role", "member"}).status == 0);
  CHECK(here.run({"user", "disable", "--user", bob}).status == 0);
  users = rows(here.run({"user", "list", "--organization", other}));
  CHECK(users[0][4] == "member");
  CHECK(users[0][5] == "disabled");
  CHECK(here.run({"user", "enable", "--user", bob}).status == 0);

  const std::string token = without_newline(
      here.run({"key", "create", "--kind", "personal", "--user", bob, "--name", "laptop", "--expires", "90d"}).out);
  const std::string key = without_newline(here.run({"key", "create", "--kind", "organization", "--organization", other}).out);
  const auto keys = rows(here.run({"key", "list", "--organization", other}));
  REQUIRE(keys.size() == 2);
  CHECK(keys[0][2] == "personal");
  CHECK(keys[0][3] == bob);
  CHECK(keys[0][4] == "laptop");
  CHECK(std::regex_match(keys[0][6], std::regex("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z")));
  CHECK(keys[1][3] == "-");
  CHECK(keys[1][6] == "-");
  CHECK(rows(here.run({"key", "list", "--user", bob})) == std::vector<Words>{keys[0]});
  CHECK(here.run({"key", "revoke", "--key", keys[0][0]}).status == 0);
  CHECK(rows(here.run({"key", "list", "--user", bob}))[0][8] != "-");

  const auto acts = rows(here.run({"audit", "list"}));
  REQUIRE(acts.size() == 9);
  CHECK(acts[0][1] == "uid:" + std::to_string(::geteuid()));
  CHECK(acts[0][2] == "key.revoke");
  CHECK(acts[0][3] == keys[0][0]);
  CHECK(acts[8][2] == "organization.create");
  CHECK(rows(here.run({"audit", "list", "--limit", "2"})) == std::vector<Words>(acts.begin(), acts.begin() + 2));
  CHECK(rows(here.run({"audit", "list", "--organization", other})).size() == 8);

  if (!with_daemon) start();
  CHECK_FALSE(identity->authenticate(token));
  REQUIRE(identity->authenticate(key));
  CHECK(identity->authenticate(key)->organization.to_string() == other);
}

TEST_CASE("a list longer than a page is printed whole", "[cli]") {
  const Installation here;
  jobs::Engine engine(here.options());
  jobsd::Identity identity(engine);
  const jobsd::ControlServer control(here.folder / "data/control.sock", identity, engine);
  engine.transact([](jobs::Transaction& tx) {
    for (std::int64_t i = 0; i < 1001; ++i) {
      tx.execute("INSERT INTO users (id, organization, name, time_zone, created_at) VALUES (randomblob(16), 1, ?1, 'UTC', 0)",
                 {std::to_string(i)});
    }
  });
  const auto users = rows(here.run({"user", "list"}));
  REQUIRE(users.size() == 1001);
  CHECK(users.front()[2] == "0");
  CHECK(users.back()[2] == "1000");
}

TEST_CASE("a request that cannot be granted ends with 1 and the same line either way", "[cli]") {
  const Installation here;
  const std::vector<Words> refused = {
      {"key", "create", "--kind", "personal"},
      {"key", "create", "--kind", "personal", "--user", "7"},
      {"key", "create", "--kind", "personal", "--user", "770e8400-e29b-41d4-a716-446655440002"},
      {"key", "create", "--kind", "organization", "--user", "770e8400-e29b-41d4-a716-446655440002"},
      {"user", "create", "--name", ""},
      {"user", "create", "--name", "a\nb"},
      {"user", "create", "--name", "\xff"},
      {"user", "create", "--name", "a", "--attribute", "region"},
      {"user", "create", "--name", "a", "--attribute", "=x"},
      {"user", "create", "--name", "a", "--attribute", "a b=x"},
      {"user", "create", "--name", "a", "--time-zone", "Europe/Atlantis"},
      {"user", "create", "--name", "a", "--organization", "770e8400-e29b-41d4-a716-446655440002"},
      {"user", "disable", "--user", "770e8400-e29b-41d4-a716-446655440002"},
      {"user", "role", "--user", "Ada", "--role", "admin"},
      {"organization", "create", "--name", "default"},
      {"organization", "create", "--name", ""},
      {"key", "create", "--kind", "organization", "--expires", "tomorrow"},
      {"key", "create", "--kind", "organization", "--expires", "59s"},
      {"key", "revoke", "--key", "770e8400-e29b-41d4-a716-446655440002"},
      {"key", "revoke", "--key", "7"},
      {"user", "list", "--organization", "7"}};
  std::vector<std::string> alone;
  for (const Words& words : refused) {
    CAPTURE(words);
    const Ran ran = here.run(words);
    CHECK(ran.status == 1);
    CHECK(ran.out.empty());
    CHECK(ran.err_lines().size() == 1);
    alone.push_back(ran.err);
  }
  jobs::Engine engine(here.options());
  jobsd::Identity identity(engine);
  const jobsd::ControlServer control(here.folder / "data/control.sock", identity, engine);
  for (std::size_t i = 0; i < refused.size(); ++i) {
    CAPTURE(refused[i]);
    const Ran ran = here.run(refused[i]);
    CHECK(ran.status == 1);
    CHECK(ran.err == alone[i]);
  }
}

TEST_CASE("a store that is owned by a process that does not answer is an error, not a wait without end", "[cli]") {
  const Installation here;
  const jobs::Engine engine(here.options());
  const Ran ran = here.run({"key", "create", "--kind", "organization"});
  CHECK(ran.status == 1);
  REQUIRE(ran.err_lines().size() == 1);
  CHECK(ran.err_lines()[0].find("does not answer on") != std::string::npos);
}

TEST_CASE("a token that could not be printed is told as lost", "[cli]") {
  const Installation here;
  const Ran ran = run_jobsd({"key", "create", "--kind", "organization", "--config", here.file.string()}, "/dev/full");
  CHECK(ran.status == 1);
  CHECK(ran.err.find("standard output") != std::string::npos);
}

TEST_CASE("a secret key that others may read stops every command that opens the store", "[cli]") {
  const Installation here;
  REQUIRE(here.run({"key", "create", "--kind", "organization"}).status == 0);
  fs::permissions(here.folder / "data/secret.key", fs::perms::owner_read | fs::perms::others_read);
  const Ran ran = here.run({"key", "create", "--kind", "organization"});
  CHECK(ran.status == 1);
  CHECK(ran.err.find("chmod 600") != std::string::npos);
}

TEST_CASE("model init writes a model that check accepts", "[cli]") {
  const Installation here;
  const auto out = here.folder / "model";
  const Ran ran = here.run({"model", "init", "--connection", "shop", "--out", out.string()});
  INFO(ran.err);
  REQUIRE(ran.status == 0);
  CHECK_FALSE(fs::is_empty(out));
  here.folder.write(
      "jobsd.yaml",
      "connections: {shop: {driver: sqlite, path: shop.db}}\n"
      "models: [{id: 770e8400-e29b-41d4-a716-446655440002, name: shop, connection: shop, path: model}]\n");
  const Ran checked = here.run({"check"});
  CHECK(checked.err.empty());
  CHECK(checked.status == 0);
}

TEST_CASE("model init writes over nothing, and names the connection that was meant", "[cli]") {
  const Installation here;
  here.folder.write("full/precious.txt", "precious");
  const Ran full = here.run({"model", "init", "--connection", "shop", "--out", (here.folder / "full").string()});
  CHECK(full.status == 1);
  CHECK(full.err_lines().size() == 1);
  CHECK(contents(here.folder / "full/precious.txt") == "precious");
  CHECK(std::distance(fs::directory_iterator(here.folder / "full"), fs::directory_iterator()) == 1);

  const Ran other = here.run({"model", "init", "--connection", "shp", "--out", (here.folder / "new").string()});
  CHECK(other.status == 1);
  CHECK(other.err.find("did you mean \"shop\"?") != std::string::npos);
  CHECK_FALSE(fs::exists(here.folder / "new"));
}

TEST_CASE("receivers that fail are listed, and one is taken for good again", "[cli]") {
  const Installation here;
  const std::string heading = "HOST\tFAILING SINCE\tFAILURES\tHELD UNTIL\tDISABLED\n";
  CHECK(here.run({"receiver", "list"}).out == heading);
  jobs::Engine(here.options()).transact([](jobs::Transaction& tx) {
    tx.execute("INSERT INTO endpoints (host, failing_since, failures, retry_at, disabled_at) VALUES "
               "('a.example:443', 1735689600000, 40, 4102444800000, 1736121600000), ('b.example:443', ?1, 3, 4102444800000, NULL)",
               {jobs::system_clock().now().time_since_epoch().count()});
  });
  const Ran listed = here.run({"receiver", "list"});
  CHECK(listed.status == 0);
  CHECK(listed.out.starts_with(heading + "a.example:443\t2025-01-01T00:00:00.000Z\t40\t2100-01-01T00:00:00.000Z\t2025-01-06T00:00:00.000Z\n"
                               "b.example:443\t"));
  CHECK(listed.out.ends_with("\t3\t-\t-\n"));

  CHECK(here.run({"receiver", "enable", "--host", "a.example:443"}).status == 0);
  CHECK(here.run({"receiver", "list"}).out.find("a.example") == std::string::npos);
  const Ran again = here.run({"receiver", "enable", "--host", "a.example:443"});
  CHECK(again.status == 1);
  CHECK(again.err.find("no receiver of this name has failed; see \"jobsd receiver list\"") != std::string::npos);
}

TEST_CASE("the store is copied and checked while no daemon runs", "[cli]") {
  const Installation here;
  const fs::path copy = here.folder / "copy.db";
  const Ran made = here.run({"backup", "--to", copy.string()});
  CHECK(made.err.empty());
  CHECK(made.status == 0);
  CHECK(made.out.starts_with(copy.string() + ": written ("));
  const Ran again = here.run({"backup", "--to", copy.string()});
  CHECK(again.status == 1);
  CHECK(again.err.find("exists, and a backup replaces nothing") != std::string::npos);
  for (Words words : {Words{"check-store"}, Words{"check-store", "--quick"}}) {
    const Ran checked = here.run(words);
    CHECK(checked.status == 0);
    CHECK(checked.out.find("jobs.db: ok\n") != std::string::npos);
  }
  sqlite3* store = nullptr;
  REQUIRE(sqlite3_open((here.folder / "data" / "jobs.db").c_str(), &store) == SQLITE_OK);
  CHECK(sqlite3_exec(store,
                     "INSERT INTO events (id, job, previous, type, at, attempt) VALUES (7, 999, 0, 0, 0, 0)",
                     nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(store);
  const Ran broken = here.run({"check-store"});
  CHECK(broken.status == 1);
  CHECK(broken.err.find("an event belongs to no job: 7") != std::string::npos);
  CHECK(here.run({"check-store", "--quick"}).status == 0);
}

}  // namespace
