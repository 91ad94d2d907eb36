#include "identity/identity.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <future>
#include <mutex>
#include <nlohmann/json.hpp>
#include <shared_mutex>
#include <unordered_map>
#include <utility>

#include "config/time_zone.h"
#include "identity/secrets.h"
#include "identity/store/identity_rows.h"
#include "identity/token_uses.h"
#include "jobs/engine.h"
#include "text/utf8.h"

namespace jobsd {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr std::size_t name_length_max = 200;
constexpr std::size_t attributes_max = 100;
constexpr std::size_t attribute_name_bytes_max = 64;
constexpr std::size_t attribute_values_max = 1000;
constexpr std::size_t attribute_value_length_max = 1000;
constexpr milliseconds lifetime_min = minutes(1);
constexpr milliseconds lifetime_max = std::chrono::hours(24 * 3650);

// A hash is random already: its first bytes are as good as any.
struct HashOfHash {
  std::size_t operator()(const TokenHash& hash) const noexcept {
    std::size_t value;
    std::memcpy(&value, hash.data(), sizeof(value));
    return value;
  }
};
// Whoever could time a comparison would learn about hashes, not about tokens; it is constant-time all the same.
struct SameHash {
  bool operator()(const TokenHash& a, const TokenHash& b) const noexcept {
    return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
  }
};

// The id of a user is random in the bytes that std::hash<Uuid> may not look at: take the first eight.
struct HashOfUuid {
  std::size_t operator()(const jobs::Uuid& id) const noexcept {
    std::size_t value;
    std::memcpy(&value, id.bytes().data(), sizeof(value));
    return value;
  }
};

[[noreturn]] void refuse(const std::string& message) {
  throw IdentityError(message);
}

bool is_attribute_name(std::string_view name) {
  return !name.empty() && name.size() <= attribute_name_bytes_max && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  });
}

void check_name(const std::string& name) {
  const auto length = utf8_length(name);
  if (!length || *length == 0 || *length > name_length_max || !is_line_of_text(name)) {
    refuse("name: give 1 to 200 characters of UTF-8 on one line");
  }
}

void check(const NewUser& user) {
  check_name(user.name);
  if (!known_time_zone(user.time_zone)) {
    refuse("time zone: give an IANA name, such as Europe/Berlin or UTC");
  }
  if (user.attributes.size() > attributes_max) refuse("attributes: at most 100 names");
  for (const auto& [name, values] : user.attributes) {
    if (!is_attribute_name(name)) {
      refuse("attribute: a name is 1 to 64 letters, digits, \"_\", \"-\" or \".\"");
    }
    if (values.empty() || values.size() > attribute_values_max)
      refuse("attribute " + name + ": give 1 to 1,000 values");
    for (const std::string& value : values) {
      const auto value_length = utf8_length(value);
      if (!value_length || *value_length > attribute_value_length_max || !is_line_of_text(value)) {
        refuse("attribute " + name + ": a value is at most 1,000 characters of UTF-8 on one line");
      }
    }
  }
}

// A user as requests see it: what may change is changed in place, so that tokens refer to it.
struct KnownUser {
  User user;
};

struct KnownToken {
  KnownToken(Principal p, const KnownUser* u, std::optional<jobs::Time> end, std::optional<jobs::Time> used)
      : principal(std::move(p)), user(u), expires_at(end.value_or(jobs::Time::max())), used_at(used.value_or(jobs::Time())) {}

  // Set once.
  const Principal principal;
  // Null for an organization key.
  const KnownUser* const user;
  const jobs::Time expires_at;
  // Locks for itself: the minute of its last use.
  mutable std::atomic<jobs::Time> used_at;

  bool accepted(jobs::Time now) const { return now < expires_at && (user == nullptr || !user->user.disabled); }
};

}  // namespace

Actor Actor::user_of_machine(std::uint32_t uid) { return {"uid:" + std::to_string(uid)}; }

Actor Actor::user(const jobs::Uuid& id) { return {"user:" + id.to_string()}; }

struct Identity::Impl {
  Impl(jobs::Engine& e, IdentityOptions o) : engine(e), options(std::move(o)), uses(std::make_shared<TokenUses>(e)) {
    if (!options.now) options.now = [] { return jobs::system_clock().now(); };
  }

  // Set once.
  jobs::Engine& engine;
  IdentityOptions options;
  jobs::Uuid default_organization = {};
  // Locks for itself.
  std::shared_ptr<TokenUses> uses;
  // Held from the beginning of a change of a user to its end, so that memory and store change in the same order.
  std::mutex changing;

  // Guarded by mutex. Nobody holds it while waiting for the disk.
  mutable std::shared_mutex mutex;
  std::unordered_map<jobs::Uuid, Organization, HashOfUuid> organizations;
  // Never removed from.
  std::unordered_map<jobs::Uuid, KnownUser, HashOfUuid> users;
  std::unordered_map<TokenHash, KnownToken, HashOfHash, SameHash> tokens;
  std::unordered_map<std::int64_t, const KnownToken*> tokens_by_number;

  void add(const TokenRow& row) {
    const KnownUser* user = row.principal.user ? &users.at(*row.principal.user) : nullptr;
    const auto [at, added] = tokens.try_emplace(row.hash, row.principal, user, row.expires_at, row.last_used_at);
    tokens_by_number.emplace(row.principal.token, &at->second);
  }

  void forget(const TokenHash& hash) {
    const std::unique_lock lock(mutex);
    const auto found = tokens.find(hash);
    if (found == tokens.end()) return;
    tokens_by_number.erase(found->second.principal.token);
    tokens.erase(found);
  }

  User existing_user(const jobs::Uuid& id) const {
    const std::shared_lock lock(mutex);
    const auto found = users.find(id);
    if (found == users.end()) {
      refuse("user: there is no user " + id.to_string() + "; create one with \"jobsd user create\"");
    }
    return found->second.user;
  }

  jobs::Uuid existing_organization(const std::optional<jobs::Uuid>& named) const {
    const jobs::Uuid id = named.value_or(default_organization);
    const std::shared_lock lock(mutex);
    if (!organizations.contains(id)) {
      refuse("organization: there is no organization " + id.to_string() +
             "; create one with \"jobsd organization create\"");
    }
    return id;
  }

  void record(jobs::Transaction& tx, AuditRecord act) const {
    insert_act(tx, act, options.records_kept, options.acts_max);
  }

  // Changes a user who is there; `change` says whether there is anything to change.
  void change_user(const jobs::Uuid& id, const Actor& by, const std::string& act, const json& detail,
                   const std::function<bool(User&)>& change, const std::function<void(jobs::Transaction&)>& write) {
    const std::lock_guard one_at_a_time(changing);
    User changed = existing_user(id);
    if (!change(changed)) return;
    engine.transact([&](jobs::Transaction& tx) {
      write(tx);
      record(tx, {.organization = changed.organization, .actor = by.name, .act = act, .subject = id, .detail = detail.dump()});
    });
    const std::unique_lock lock(mutex);
    change(users.at(id).user);
  }
};

Identity::Identity(jobs::Engine& engine, IdentityOptions options)
    : impl_(std::make_shared<Impl>(engine, std::move(options))) {
  std::vector<Organization> organizations;
  engine.read([&](jobs::Reader& reader) { organizations = read_organizations(reader); });
  if (organizations.empty()) {
    organizations.push_back({.id = random_uuid(), .name = "default"});
    engine.transact([&](jobs::Transaction& tx) { insert_organization(tx, organizations.front()); });
  }
  impl_->default_organization = organizations.front().id;
  for (Organization& organization : organizations) impl_->organizations.emplace(organization.id, std::move(organization));
  engine.read([&](jobs::Reader& reader) {
    for (User& user : read_users(reader)) impl_->users.emplace(user.id, KnownUser{std::move(user)});
    for (const TokenRow& token : read_tokens(reader)) impl_->add(token);
  });
}

Identity::~Identity() = default;

std::optional<Principal> Identity::authenticate(std::string_view bearer) const {
  if (!looks_like_token(bearer)) return {};
  const TokenHash hash = hash_token(bearer);
  const jobs::Time now = impl_->options.now();
  const jobs::Time minute = std::chrono::floor<minutes>(now);
  std::optional<Principal> principal;
  {
    const std::shared_lock lock(impl_->mutex);
    const auto found = impl_->tokens.find(hash);
    if (found == impl_->tokens.end() || !found->second.accepted(now)) return {};
    const KnownToken& token = found->second;
    principal = token.principal;
    if (token.user != nullptr) principal->role = token.user->user.role;
    if (token.used_at.load(std::memory_order_relaxed) >= minute) return principal;
    token.used_at.store(minute, std::memory_order_relaxed);
  }
  impl_->uses->note(principal->token, minute);
  return principal;
}

bool Identity::stands(const Principal& principal) const {
  const std::shared_lock lock(impl_->mutex);
  const auto found = impl_->tokens_by_number.find(principal.token);
  return found != impl_->tokens_by_number.end() && found->second->accepted(impl_->options.now());
}

std::optional<User> Identity::user(const jobs::Uuid& id) const {
  const std::shared_lock lock(impl_->mutex);
  const auto found = impl_->users.find(id);
  return found == impl_->users.end() ? std::nullopt : std::optional(found->second.user);
}

jobs::Uuid Identity::default_organization() const { return impl_->default_organization; }

Organization Identity::create_organization(std::string name, const Actor& by) {
  check_name(name);
  const std::lock_guard one_at_a_time(impl_->changing);
  {
    const std::shared_lock lock(impl_->mutex);
    for (const auto& [id, other] : impl_->organizations) {
      if (other.name == name) refuse("name: organization " + id.to_string() + " is called that already");
    }
  }
  Organization made{.id = random_uuid(), .name = std::move(name)};
  impl_->engine.transact([&](jobs::Transaction& tx) {
    if (count_rows(tx, Table::organizations) >= impl_->options.organizations_max) {
      refuse("the store holds as many organizations as it may: " + std::to_string(impl_->options.organizations_max));
    }
    made.created_at = tx.now();
    insert_organization(tx, made);
    impl_->record(tx, {.organization = made.id,
                       .actor = by.name,
                       .act = "organization.create",
                       .subject = made.id,
                       .detail = json{{"name", made.name}}.dump()});
  });
  const std::unique_lock lock(impl_->mutex);
  impl_->organizations.emplace(made.id, made);
  return made;
}

User Identity::create_user(NewUser user, const Actor& by) {
  check(user);
  User made{.id = random_uuid(),
            .organization = impl_->existing_organization(user.organization),
            .name = std::move(user.name),
            .time_zone = std::move(user.time_zone),
            .attributes = std::move(user.attributes),
            .role = user.role};
  impl_->engine.transact([&](jobs::Transaction& tx) {
    if (count_rows(tx, Table::users) >= impl_->options.users_max) {
      refuse("the store holds as many users as it may: " + std::to_string(impl_->options.users_max));
    }
    made.created_at = tx.now();
    insert_user(tx, made);
    // Attributes may be nobody's business; that there are some is enough.
    impl_->record(tx, {.organization = made.organization,
                       .actor = by.name,
                       .act = "user.create",
                       .subject = made.id,
                       .detail = json{{"name", made.name}, {"role", to_string(made.role)}}.dump()});
  });
  const std::unique_lock lock(impl_->mutex);
  impl_->users.emplace(made.id, KnownUser{made});
  return made;
}

void Identity::disable_user(const jobs::Uuid& id, bool disabled, const Actor& by) {
  impl_->change_user(
      id, by, disabled ? "user.disable" : "user.enable", json::object(),
      [&](User& user) { return std::exchange(user.disabled, disabled) != disabled; },
      [&](jobs::Transaction& tx) { update_disabled(tx, id, disabled); });
}

void Identity::set_role(const jobs::Uuid& id, Role role, const Actor& by) {
  impl_->change_user(
      id, by, "user.role", {{"role", to_string(role)}},
      [&](User& user) { return std::exchange(user.role, role) != role; },
      [&](jobs::Transaction& tx) { update_role(tx, id, role); });
}

std::string Identity::create_token(const NewToken& token, const Actor& by) {
  const bool personal = token.kind == TokenKind::personal;
  if (personal && !token.user) refuse("user: a personal token needs the id of its user");
  if (!personal && token.user) refuse("user: an organization key has no user; ask for a personal token");
  if (!token.name.empty()) check_name(token.name);
  if (token.lifetime && (*token.lifetime < lifetime_min || *token.lifetime > lifetime_max)) {
    refuse("lifetime: give a minute to 3650 days, such as 90d");
  }
  jobs::Uuid organization;
  if (personal) {
    const User user = impl_->existing_user(*token.user);
    if (user.disabled) refuse("user: " + user.id.to_string() + " is disabled; enable it first with \"jobsd user enable\"");
    if (token.organization && *token.organization != user.organization) {
      refuse("organization: the user belongs to " + user.organization.to_string() + "; leave it out");
    }
    organization = user.organization;
  } else {
    organization = impl_->existing_organization(token.organization);
  }
  const std::string text = random_token(personal ? personal_prefix : organization_prefix);
  TokenRow row{.hash = hash_token(text),
               .id = random_uuid(),
               .principal = {.organization = organization, .user = token.user, .kind = token.kind},
               .name = token.name};
  if (token.lifetime) row.expires_at = impl_->options.now() + *token.lifetime;
  json detail = {{"kind", to_string(token.kind)}};
  if (token.user) detail["user"] = token.user->to_string();
  if (!token.name.empty()) detail["name"] = token.name;
  if (token.lifetime) detail["lifetime_ms"] = token.lifetime->count();
  impl_->engine.transact([&](jobs::Transaction& tx) {
    if (count_rows(tx, Table::tokens) >= impl_->options.tokens_max) {
      refuse("the store holds as many tokens as it may: " + std::to_string(impl_->options.tokens_max));
    }
    row.principal.token = insert_token(tx, row);
    impl_->record(tx, {.organization = organization,
                       .actor = by.name,
                       .act = "key.create",
                       .subject = row.id,
                       .detail = detail.dump()});
  });
  const std::unique_lock lock(impl_->mutex);
  impl_->add(row);
  return text;
}

bool Identity::revoke(const jobs::Uuid& token, const RevokeScope& scope, const Actor& by) {
  std::promise<bool> outcome;
  revoke_async(token, scope, by, [&](const std::exception_ptr& error, bool found) {
    if (error) {
      outcome.set_exception(error);
    } else {
      outcome.set_value(found);
    }
  });
  return outcome.get_future().get();
}

void Identity::revoke_async(const jobs::Uuid& token, const RevokeScope& scope, const Actor& by,
                            std::function<void(std::exception_ptr, bool found)> done) {
  const auto found = std::make_shared<std::optional<RevokedToken>>();
  impl_->engine.transact_async(
      [impl = impl_, token, scope, by, found](jobs::Transaction& tx) {
        *found = revoke_token(tx, token, scope);
        if (!*found || !(*found)->now) return;
        impl->record(tx, {.organization = (*found)->organization,
                          .actor = by.name,
                          .act = "key.revoke",
                          .subject = token,
                          .detail = "{}"});
      },
      [impl = impl_, found, done = std::move(done)](const std::exception_ptr& error) {
        if (!error && *found) impl->forget((*found)->hash);
        done(error, !error && found->has_value());
      });
}

void Identity::read(const std::function<void(jobs::Reader&)>& work) const {
  impl_->uses->write();
  impl_->engine.read(work);
}

void Identity::write_uses() const { impl_->uses->write(); }

}  // namespace jobsd
