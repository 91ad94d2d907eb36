// Organizations, roles, and the life of users and tokens: what ends when, who is told apart from whom, and what stays on record.
#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "identity/identity.h"
#include "identity/secrets.h"
#include "jobs/engine.h"
#include "store/open.h"
#include "support/manual_clock.h"
#include "support/temporary_folder.h"

namespace {

using namespace std::chrono_literals;
using jobsd::Identity;
using jobsd::IdentityError;
using jobsd::Principal;
using jobsd::Role;

jobsd::Actor operator_zero() { return jobsd::Actor::user_of_machine(0); }

// A store on disk that can be closed and opened again, with a clock of its own.
struct Store {
  TemporaryFolder folder;
  ManualClock clock;
  jobsd::IdentityOptions limits;
  std::unique_ptr<jobs::Engine> engine;
  std::unique_ptr<Identity> identity;

  explicit Store(jobsd::IdentityOptions options = {}) : limits(std::move(options)) { open(); }

  jobs::Options options() {
    jobs::Options made = jobsd::store_options(jobsd::parse_config("data_dir: data", folder / "jobsd.yaml"));
    made.clock = &clock;
    made.durability = jobs::Durability::process_crash;
    return made;
  }
  void open() {
    identity.reset();
    engine.reset();
    engine = std::make_unique<jobs::Engine>(options());
    jobsd::IdentityOptions with_clock = limits;
    with_clock.now = [this] { return clock.now(); };
    identity = std::make_unique<Identity>(*engine, with_clock);
  }

  jobsd::User user(const std::string& name = "Ada") const { return identity->create_user({.name = name}); }
  std::string personal_token(const jobs::Uuid& user) const {
    return identity->create_token({.kind = Principal::Kind::personal, .user = user});
  }
  template <typename Record>
  jobsd::Page<Record> page(jobsd::Page<Record> (*list)(jobs::Reader&, const jobsd::ListFilter&),
                           const jobsd::ListFilter& filter = {}) const {
    jobsd::Page<Record> found;
    identity->read([&](jobs::Reader& reader) { found = list(reader, filter); });
    return found;
  }
  std::vector<jobsd::TokenRecord> tokens() const { return page(jobsd::list_tokens).items; }
  std::vector<jobsd::AuditRecord> acts() const { return page(jobsd::list_audit).items; }
  bool accepts(const std::string& token) const { return identity->authenticate(token).has_value(); }
};

TEST_CASE("an organization has users and keys of its own, after a restart as well", "[administration]") {
  Store store;
  const auto other = store.identity->create_organization("Other");
  CHECK(other.id != store.identity->default_organization());
  const auto user = store.identity->create_user({.name = "Bob", .organization = other.id});
  const auto key = store.identity->create_token({.organization = other.id});
  const auto token = store.personal_token(user.id);
  for (int i = 0; i < 2; ++i) {
    CHECK(store.identity->user(user.id)->organization == other.id);
    CHECK(store.identity->authenticate(key)->organization == other.id);
    CHECK(store.identity->authenticate(token)->organization == other.id);
    store.open();
  }
}

TEST_CASE("an organization's name is taken once, and there is none of an id that was not given out", "[administration]") {
  Store store;
  store.identity->create_organization("Other");
  CHECK_THROWS_WITH(store.identity->create_organization("Other"), Catch::Contains("called that already"));
  CHECK_THROWS_AS(store.identity->create_organization(""), IdentityError);
  const auto nobody = jobsd::random_uuid();
  CHECK_THROWS_WITH(store.identity->create_user({.name = "a", .organization = nobody}),
                    Catch::Contains("there is no organization"));
  CHECK_THROWS_WITH(store.identity->create_token({.organization = nobody}), Catch::Contains("there is no organization"));
  const auto ada = store.user();
  CHECK_THROWS_WITH(store.identity->create_token({.kind = Principal::Kind::personal, .user = ada.id, .organization = nobody}),
                    Catch::Contains("belongs to"));
  CHECK(store.page(jobsd::list_organizations).items.size() == 2);
}

TEST_CASE("a token with a lifetime is nobody's from its last millisecond on", "[administration]") {
  Store store;
  const auto token = store.identity->create_token({.lifetime = 90min});
  const auto principal = store.identity->authenticate(token).value();
  store.clock.advance(90min - 1ms);
  CHECK(store.accepts(token));
  CHECK(store.identity->stands(principal));
  store.open();
  CHECK(store.accepts(token));
  store.clock.advance(1ms);
  CHECK_FALSE(store.accepts(token));
  CHECK_FALSE(store.identity->stands(principal));
  store.open();
  CHECK_FALSE(store.accepts(token));
}

TEST_CASE("a lifetime is a minute to ten years", "[administration]") {
  Store store;
  CHECK_NOTHROW(store.identity->create_token({.lifetime = 1min}));
  CHECK_NOTHROW(store.identity->create_token({.lifetime = 24h * 3650}));
  CHECK_THROWS_AS(store.identity->create_token({.lifetime = 1min - 1ms}), IdentityError);
  CHECK_THROWS_AS(store.identity->create_token({.lifetime = 24h * 3650 + 1ms}), IdentityError);
}

TEST_CASE("a revoked token is nobody's at once, and after a restart", "[administration]") {
  Store store;
  const auto token = store.identity->create_token({});
  const auto kept = store.identity->create_token({});
  const auto principal = store.identity->authenticate(token).value();
  const auto id = store.tokens().at(0).id;
  CHECK(store.identity->revoke(id));
  CHECK_FALSE(store.accepts(token));
  CHECK_FALSE(store.identity->stands(principal));
  CHECK(store.accepts(kept));
  CHECK(store.tokens().at(0).revoked_at == store.clock.now());
  const auto acts = store.acts().size();
  CHECK(store.identity->revoke(id));
  CHECK(store.acts().size() == acts);
  store.open();
  CHECK_FALSE(store.accepts(token));
  CHECK(store.accepts(kept));
  CHECK_FALSE(store.identity->revoke(jobsd::random_uuid()));
}

TEST_CASE("a token outside the scope of who revokes is not there, and stays", "[administration]") {
  Store store;
  const auto ada = store.user();
  const auto other = store.identity->create_organization("Other");
  const auto token = store.personal_token(ada.id);
  const auto id = store.tokens().at(0).id;
  CHECK_FALSE(store.identity->revoke(id, {.organization = other.id}));
  CHECK_FALSE(store.identity->revoke(id, {.organization = ada.organization, .user = store.user("Bob").id}));
  CHECK(store.accepts(token));
  CHECK(store.identity->revoke(id, {.organization = ada.organization, .user = ada.id}));
  CHECK_FALSE(store.accepts(token));
}

TEST_CASE("nobody acts as a user who is disabled, until the user is enabled", "[administration]") {
  Store store;
  const auto ada = store.user();
  const auto token = store.personal_token(ada.id);
  const auto principal = store.identity->authenticate(token).value();
  store.identity->disable_user(ada.id, true);
  for (int i = 0; i < 2; ++i) {
    CHECK_FALSE(store.accepts(token));
    CHECK_FALSE(store.identity->stands(principal));
    CHECK_THROWS_WITH(store.personal_token(ada.id), Catch::Contains("user enable"));
    store.open();
  }
  store.identity->disable_user(ada.id, false);
  CHECK(store.accepts(token));
  CHECK(store.identity->stands(principal));
  CHECK_THROWS_WITH(store.identity->disable_user(jobsd::random_uuid(), true), Catch::Contains("there is no user"));
}

TEST_CASE("a role is the user's, counts at once for tokens made before, and an organization key has none", "[administration]") {
  Store store;
  const auto ada = store.user();
  const auto token = store.personal_token(ada.id);
  CHECK(store.identity->authenticate(token)->role == Role::member);
  store.identity->set_role(ada.id, Role::admin);
  CHECK(store.identity->authenticate(token)->role == Role::admin);
  store.open();
  CHECK(store.identity->authenticate(token)->role == Role::admin);
  CHECK(store.identity->authenticate(store.identity->create_token({}))->role == Role::member);
  const auto bob = store.identity->create_user({.name = "Bob", .role = Role::admin});
  CHECK(store.identity->authenticate(store.personal_token(bob.id))->role == Role::admin);
}

TEST_CASE("any number of requests writes a token's last use once a minute", "[administration]") {
  Store store;
  const auto first = store.identity->create_token({});
  const auto second = store.identity->create_token({});
  store.engine->transact([](jobs::Transaction& tx) {
    tx.execute("CREATE TABLE writes (token INTEGER)", {});
    tx.execute("CREATE TRIGGER each_write AFTER UPDATE OF last_used_at ON tokens BEGIN INSERT INTO writes VALUES (new.number); END",
               {});
  });
  const auto writes = [&] {
    std::int64_t count = 0;
    store.identity->read([&](jobs::Reader& reader) {
      reader.query("SELECT count(*) FROM writes", {}, [&](const jobs::Row& row) { count = row.integer(0); });
    });
    return count;
  };
  CHECK_FALSE(store.tokens().at(0).last_used_at);
  const auto minute = std::chrono::ceil<std::chrono::minutes>(store.clock.now());
  store.clock.advance(minute - store.clock.now());
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(store.accepts(first));
    store.clock.advance(59ms);
  }
  REQUIRE(store.accepts(second));
  CHECK(writes() == 2);
  CHECK(store.tokens().at(0).last_used_at == jobs::Time(minute));
  store.clock.advance(1min);
  for (int i = 0; i < 1000; ++i) REQUIRE(store.accepts(first));
  CHECK(writes() == 3);
  CHECK(store.tokens().at(0).last_used_at == jobs::Time(minute + 1min));
  CHECK(store.tokens().at(1).last_used_at == jobs::Time(minute));
}

TEST_CASE("a refused token is no use of it", "[administration]") {
  Store store;
  const auto token = store.identity->create_token({.lifetime = 1min});
  store.clock.advance(1min);
  CHECK_FALSE(store.accepts(token));
  CHECK_FALSE(store.tokens().at(0).last_used_at);
}

TEST_CASE("every act is on record: who, what, when, to whom, and no secret", "[administration]") {
  Store store;
  const auto by = operator_zero();
  const auto other = store.identity->create_organization("Other", by);
  const auto bob = store.identity->create_user(
      {.name = "Bob", .attributes = {{"salary", {"90000"}}}, .organization = other.id}, by);
  store.identity->set_role(bob.id, Role::admin, by);
  const auto token = store.identity->create_token(
      {.kind = Principal::Kind::personal, .user = bob.id, .name = "laptop", .lifetime = 24h}, by);
  const auto key = store.tokens().at(0).id;
  store.identity->disable_user(bob.id, true, by);
  store.identity->disable_user(bob.id, true, by);  // It is so already.
  store.identity->disable_user(bob.id, false, by);
  store.identity->revoke(key, {}, jobsd::Actor::user(bob.id));

  const auto acts = store.acts();
  std::vector<std::pair<std::string, jobs::Uuid>> found;
  for (const auto& act : acts) {
    found.emplace_back(act.act, act.subject);
    CHECK(act.at == store.clock.now());
    CHECK(act.organization == other.id);
    CHECK(act.actor == (act.act == "key.revoke" ? "user:" + bob.id.to_string() : "uid:0"));
    CHECK(nlohmann::json::parse(act.detail).is_object());
    CHECK(act.detail.find(token.substr(4)) == std::string::npos);
    CHECK(act.detail.find("90000") == std::string::npos);
  }
  CHECK(found == std::vector<std::pair<std::string, jobs::Uuid>>{{"key.revoke", key},
                                                                 {"user.enable", bob.id},
                                                                 {"user.disable", bob.id},
                                                                 {"key.create", key},
                                                                 {"user.role", bob.id},
                                                                 {"user.create", bob.id},
                                                                 {"organization.create", other.id}});
  CHECK(store.page(jobsd::list_audit, {.organization = store.identity->default_organization()}).items.empty());
}

TEST_CASE("what is refused is no act", "[administration]") {
  Store store;
  CHECK_THROWS_AS(store.identity->create_token({.lifetime = 1ms}), IdentityError);
  CHECK_THROWS_AS(store.identity->create_user({.name = ""}), IdentityError);
  store.identity->revoke(jobsd::random_uuid());
  CHECK(store.acts().empty());
}

TEST_CASE("acts and tokens that ended stay on record for their time, and go with the next act", "[administration]") {
  Store store({.records_kept = 24h * 30});
  const auto ended = store.identity->create_token({.name = "ended", .lifetime = 1min});
  store.identity->create_token({.name = "revoked"});
  store.clock.advance(1min);
  store.identity->revoke(store.tokens().at(1).id);
  store.clock.advance(24h * 30);
  store.user();
  // Made a minute before the time, and revoked or over just within it.
  CHECK(store.tokens().size() == 2);
  CHECK(store.acts().size() == 2);
  store.clock.advance(1ms);
  store.user();
  CHECK(store.tokens().empty());
  CHECK(store.acts().size() == 2);
}

TEST_CASE("of more acts than may be kept the oldest go", "[administration]") {
  Store store({.acts_max = 3});
  for (const char* name : {"a", "b", "c", "d"}) store.user(name);
  const auto acts = store.acts();
  REQUIRE(acts.size() == 3);
  CHECK(nlohmann::json::parse(acts.back().detail).at("name") == "b");
}

TEST_CASE("a store takes as many organizations, users and tokens as it may, and not one more", "[administration]") {
  Store store({.organizations_max = 2, .users_max = 2, .tokens_max = 2});
  store.identity->create_organization("second");
  CHECK_THROWS_WITH(store.identity->create_organization("third"), Catch::Contains("as many organizations as it may"));
  store.user("first");
  store.user("second");
  CHECK_THROWS_WITH(store.user("third"), Catch::Contains("as many users as it may"));
  store.identity->create_token({});
  store.identity->create_token({});
  CHECK_THROWS_WITH(store.identity->create_token({}), Catch::Contains("as many tokens as it may"));
  CHECK(store.tokens().size() == 2);
}

TEST_CASE("a list is read page by page, without gap or repetition", "[administration]") {
  Store store;
  const auto other = store.identity->create_organization("Other");
  for (int i = 0; i < 5; ++i) {
    store.user("user " + std::to_string(i));
    store.identity->create_user({.name = "stranger", .organization = other.id});
  }
  std::vector<std::string> names;
  jobsd::ListFilter filter{.organization = store.identity->default_organization(), .page_size = 2};
  std::vector<std::size_t> sizes;
  do {
    const auto page = store.page(jobsd::list_users, filter);
    for (const auto& user : page.items) names.push_back(user.name);
    sizes.push_back(page.items.size());
    filter.cursor = page.next;
  } while (filter.cursor);
  CHECK(names == std::vector<std::string>{"user 0", "user 1", "user 2", "user 3", "user 4"});
  CHECK(sizes == std::vector<std::size_t>{2, 2, 1});
  CHECK(store.page(jobsd::list_users, {.page_size = 10}).next == std::nullopt);
}

TEST_CASE("users and tokens of a store from before administration are carried over", "[administration]") {
  Store store;
  store.identity.reset();
  store.engine.reset();
  std::filesystem::remove_all(store.folder / "data");
  const std::string token = jobsd::random_token(jobsd::organization_prefix);
  const auto hash = jobsd::hash_token(token);
  {
    jobs::Options before = store.options();
    before.migrations.resize(2);
    jobs::Engine engine(before);
    engine.transact([&](jobs::Transaction& tx) {
      tx.execute("INSERT INTO organizations (number, id, name, created_at) VALUES (1, randomblob(16), 'default', 0)", {});
      tx.execute("INSERT INTO users (id, organization, name, time_zone, created_at) VALUES (randomblob(16), 1, 'Ada', 'UTC', 7)",
                 {});
      for (const std::string& blob : {std::string(hash.begin(), hash.end()), std::string(32, 'x')}) {
        tx.execute("INSERT INTO tokens (hash, kind, organization, created_at) VALUES (?1, 0, 1, 7)", {jobs::Blob{blob}});
      }
    });
  }
  store.open();
  CHECK(store.accepts(token));
  const auto tokens = store.tokens();
  REQUIRE(tokens.size() == 2);
  CHECK(tokens[0].id != tokens[1].id);
  CHECK((tokens[0].id.bytes()[6] & 0xf0) == 0x40);
  CHECK((tokens[0].id.bytes()[8] & 0xc0) == 0x80);
  CHECK(store.identity->revoke(tokens[0].id));
  CHECK_FALSE(store.accepts(token));
  const auto users = store.page(jobsd::list_users).items;
  REQUIRE(users.size() == 1);
  CHECK(users[0].role == Role::member);
  CHECK_FALSE(users[0].disabled);
}

TEST_CASE("tokens are revoked while they are used, and none is accepted afterwards", "[administration]") {
  Store store;
  std::vector<std::string> tokens;
  for (int i = 0; i < 20; ++i) tokens.push_back(store.identity->create_token({}));
  const auto records = store.tokens();
  std::atomic<bool> stop = false;
  std::jthread user([&] {
    while (!stop) {
      for (const std::string& token : tokens) {
        if (const auto principal = store.identity->authenticate(token)) store.identity->stands(*principal);
      }
      store.clock.advance(1min);
    }
  });
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    store.identity->revoke(records[i].id);
    CHECK_FALSE(store.accepts(tokens[i]));
  }
  stop = true;
}

}  // namespace
