// Organizations, users and tokens: who is recognised, who is not, and what survives.
#include "identity/identity.h"

#include <catch2/catch.hpp>
#include <memory>
#include <thread>

#include "support/temporary_folder.h"
#include "jobs/engine.h"
#include "store/open.h"

namespace {

using jobsd::Identity;
using jobsd::IdentityError;
using jobsd::Principal;

// A store on disk that can be closed and opened again.
struct Store {
  TemporaryFolder folder;
  std::unique_ptr<jobs::Engine> engine;
  std::unique_ptr<Identity> identity;

  Store() { open(); }
  void open() {
    identity.reset();
    engine.reset();
    engine = std::make_unique<jobs::Engine>(
        jobsd::store_options(jobsd::parse_config("data_dir: data", folder / "jobsd.yaml")));
    identity = std::make_unique<Identity>(*engine);
  }
  std::string organization_key() { return identity->create_token({}); }
  std::string personal_token(const jobs::Uuid& user) {
    return identity->create_token({.kind = Principal::Kind::personal, .user = user});
  }
};

TEST_CASE("a new store has one organization, which stays the same", "[identity]") {
  Store store;
  const auto organization = store.identity->default_organization();
  CHECK(organization != jobs::Uuid());
  store.open();
  CHECK(store.identity->default_organization() == organization);
  CHECK(Store().identity->default_organization() != organization);
}

TEST_CASE("an organization key speaks for the organization alone", "[identity]") {
  Store store;
  const auto principal = store.identity->authenticate(store.organization_key());
  REQUIRE(principal);
  CHECK(principal->kind == Principal::Kind::organization);
  CHECK(principal->organization == store.identity->default_organization());
  CHECK_FALSE(principal->user);
  CHECK(principal->token > 0);
}

TEST_CASE("a personal token speaks for its user", "[identity]") {
  Store store;
  const auto user = store.identity->create_user({.name = "Ada"});
  const auto token = store.personal_token(user.id);
  CHECK(token.starts_with("jop_"));
  const auto principal = store.identity->authenticate(token);
  REQUIRE(principal);
  CHECK(principal->kind == Principal::Kind::personal);
  CHECK(principal->user == user.id);
  CHECK(principal->organization == store.identity->default_organization());
}

TEST_CASE("every token has a number of its own", "[identity]") {
  Store store;
  const auto first = store.identity->authenticate(store.organization_key());
  const auto second = store.identity->authenticate(store.organization_key());
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->token != second->token);
}

TEST_CASE("what is no token of this store is nobody", "[identity]") {
  Store store;
  const std::string token = store.organization_key();
  std::string changed = token;
  changed.back() = changed.back() == 'a' ? 'b' : 'a';
  for (const std::string& wrong : {std::string(), changed, "Bearer " + token, token + " ", token.substr(1),
                                   "jop_" + token.substr(4), std::string(100'000, 'x'), Store().organization_key()}) {
    CHECK_FALSE(store.identity->authenticate(wrong));
  }
  CHECK(store.identity->authenticate(token));
}

TEST_CASE("users and tokens survive a restart", "[identity]") {
  Store store;
  const auto user = store.identity->create_user(
      {.name = "Zoë ✓", .time_zone = "Europe/Berlin", .attributes = {{"region", {"Europe", "Asia"}}, {"team", {"a"}}}});
  const auto key = store.organization_key();
  const auto token = store.personal_token(user.id);
  const auto before = store.identity->authenticate(token);
  store.open();
  const auto found = store.identity->user(user.id);
  REQUIRE(found);
  CHECK(found->name == "Zoë ✓");
  CHECK(found->time_zone == "Europe/Berlin");
  CHECK(found->organization == store.identity->default_organization());
  CHECK(found->attributes == user.attributes);
  CHECK(store.identity->authenticate(key));
  const auto after = store.identity->authenticate(token);
  REQUIRE(before);
  REQUIRE(after);
  CHECK(after->user == user.id);
  CHECK(after->token == before->token);
}

TEST_CASE("a token is nowhere in the files of the store", "[identity]") {
  Store store;
  const auto key = store.organization_key();
  store.identity.reset();
  store.engine.reset();
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(store.folder.path())) {
    if (!entry.is_regular_file()) continue;
    ++files;
    CHECK(contents(entry.path()).find(key.substr(4)) == std::string::npos);
  }
  CHECK(files >= 2);
}

TEST_CASE("a user who is not there is nobody, and gets no token", "[identity]") {
  Store store;
  const auto id = jobs::Uuid::parse("770e8400-e29b-41d4-a716-446655440002").value();
  CHECK_FALSE(store.identity->user(id));
  CHECK_THROWS_WITH(store.personal_token(id), Catch::Contains("there is no user"));
}

TEST_CASE("a personal token needs a user and an organization key takes none", "[identity]") {
  Store store;
  const auto user = store.identity->create_user({.name = "Ada"});
  CHECK_THROWS_AS(store.identity->create_token({.kind = Principal::Kind::personal}), IdentityError);
  CHECK_THROWS_AS(store.identity->create_token({.user = user.id}), IdentityError);
}

TEST_CASE("a user's name is one line of 1 to 200 characters", "[identity]") {
  Store store;
  std::string longest;
  for (int i = 0; i < 200; ++i) longest += "é";
  CHECK(store.identity->create_user({.name = longest}).name == longest);
  for (const std::string& wrong : {std::string(), longest + "x", std::string("a\nb"), std::string("\xff")}) {
    CHECK_THROWS_AS(store.identity->create_user({.name = wrong}), IdentityError);
  }
}

TEST_CASE("a user's time zone must exist", "[identity]") {
  Store store;
  CHECK_THROWS_AS(store.identity->create_user({.name = "a", .time_zone = "Europe/Atlantis"}), IdentityError);
  CHECK_THROWS_AS(store.identity->create_user({.name = "a", .time_zone = ""}), IdentityError);
}

TEST_CASE("attributes are held to their limits on both sides", "[identity]") {
  Store store;
  const auto create = [&](std::map<std::string, std::vector<std::string>> attributes) {
    return store.identity->create_user({.name = "a", .attributes = std::move(attributes)});
  };
  CHECK_NOTHROW(create({{std::string(64, 'n'), {std::string(1000, 'v'), ""}}}));
  CHECK_THROWS_AS(create({{std::string(65, 'n'), {"v"}}}), IdentityError);
  CHECK_THROWS_AS(create({{"n", {std::string(1001, 'v')}}}), IdentityError);
  CHECK_THROWS_AS(create({{"", {"v"}}}), IdentityError);
  CHECK_THROWS_AS(create({{"a b", {"v"}}}), IdentityError);
  CHECK_THROWS_AS(create({{"n", {}}}), IdentityError);
  CHECK_THROWS_AS(create({{"n", {"a\nb"}}}), IdentityError);
  std::map<std::string, std::vector<std::string>> many;
  for (int i = 0; i < 100; ++i) many["n" + std::to_string(i)] = {"v"};
  CHECK_NOTHROW(create(many));
  many["one_more"] = {"v"};
  CHECK_THROWS_AS(create(many), IdentityError);
  CHECK_NOTHROW(create({{"n", std::vector<std::string>(1000, "v")}}));
  CHECK_THROWS_AS(create({{"n", std::vector<std::string>(1001, "v")}}), IdentityError);
}

TEST_CASE("text that looks like SQL is stored as text", "[identity]") {
  Store store;
  const std::string name = "Robert'); DROP TABLE users;--";
  const auto user = store.identity->create_user({.name = name, .attributes = {{"a", {name}}}});
  store.open();
  REQUIRE(store.identity->user(user.id));
  CHECK(store.identity->user(user.id)->name == name);
}

TEST_CASE("tokens made by many threads are recognised while others are made", "[identity]") {
  Store store;
  std::vector<std::jthread> threads;
  std::atomic<int> recognised = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        if (store.identity->authenticate(store.organization_key())) ++recognised;
      }
    });
  }
  threads.clear();
  CHECK(recognised == 80);
}

TEST_CASE("the data directory is made for its owner alone", "[identity]") {
  Store store;
  const auto rights = std::filesystem::status(store.folder / "data").permissions();
  CHECK((rights & std::filesystem::perms::all) == std::filesystem::perms::owner_all);
}

TEST_CASE("the store takes the largest payload that the configuration lets in", "[identity]") {
  const TemporaryFolder folder;
  const auto payload_bytes_max = [&](std::string_view text) {
    return jobsd::store_options(jobsd::parse_config(text, folder / "jobsd.yaml")).payload_bytes_max;
  };
  CHECK(payload_bytes_max("api: {body_bytes_max: 64MiB}") == 64 * 1024 * 1024);
  CHECK(payload_bytes_max("api: {body_bytes_max: 64KiB}") == jobs::Options{}.payload_bytes_max);
}

TEST_CASE("a file in the data directory's place is an error that says what to do", "[identity]") {
  const TemporaryFolder folder;
  folder.write("data", "x");
  CHECK_THROWS_WITH(jobsd::store_options(jobsd::parse_config("", folder / "jobsd.yaml")),
                    Catch::Contains("change data_dir in the configuration"));
  CHECK_THROWS_WITH(jobsd::store_options(jobsd::parse_config("data_dir: data/below", folder / "jobsd.yaml")),
                    Catch::Contains("change data_dir in the configuration"));
}

}  // namespace
