#include "identity/identity.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <utility>

#include "config/time_zone.h"
#include "identity/secrets.h"
#include "identity/store/identity_rows.h"
#include "jobs/engine.h"
#include "text/utf8.h"

namespace jobsd {
namespace {

constexpr std::size_t name_length_max = 200;
constexpr std::size_t attributes_max = 100;
constexpr std::size_t attribute_name_bytes_max = 64;
constexpr std::size_t attribute_values_max = 1000;
constexpr std::size_t attribute_value_length_max = 1000;

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

void check(const NewUser& user) {
  const auto length = utf8_length(user.name);
  if (!length || *length == 0 || *length > name_length_max || !is_line_of_text(user.name)) {
    refuse("name: give 1 to 200 characters of UTF-8 on one line");
  }
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

}  // namespace

struct Identity::Impl {
  explicit Impl(jobs::Engine& e) : engine(e) {}

  // Set once.
  jobs::Engine& engine;
  jobs::Uuid organization = {};

  // Guarded by mutex. Nobody holds it while waiting for the disk.
  mutable std::shared_mutex mutex;
  std::unordered_map<TokenHash, Principal, HashOfHash, SameHash> tokens;
  std::unordered_map<jobs::Uuid, User, HashOfUuid> users;
};

Identity::Identity(jobs::Engine& engine) : impl_(std::make_unique<Impl>(engine)) {
  std::vector<OrganizationRow> organizations;
  engine.read([&](jobs::Reader& reader) { organizations = read_organizations(reader); });
  if (organizations.empty()) {
    organizations.push_back({.number = 1, .id = random_uuid(), .name = "default"});
    engine.transact([&](jobs::Transaction& tx) { insert_organization(tx, organizations.front()); });
  }
  impl_->organization = organizations.front().id;
  engine.read([&](jobs::Reader& reader) {
    for (User& user : read_users(reader)) impl_->users.emplace(user.id, std::move(user));
    for (const TokenRow& token : read_tokens(reader)) impl_->tokens.emplace(token.hash, token.principal);
  });
}

Identity::~Identity() = default;

std::optional<Principal> Identity::authenticate(std::string_view bearer) const {
  if (!looks_like_token(bearer)) return {};
  const TokenHash hash = hash_token(bearer);
  const std::shared_lock lock(impl_->mutex);
  const auto found = impl_->tokens.find(hash);
  return found == impl_->tokens.end() ? std::nullopt : std::optional(found->second);
}

std::optional<User> Identity::user(const jobs::Uuid& id) const {
  const std::shared_lock lock(impl_->mutex);
  const auto found = impl_->users.find(id);
  return found == impl_->users.end() ? std::nullopt : std::optional(found->second);
}

jobs::Uuid Identity::default_organization() const {
  return impl_->organization;
}

User Identity::create_user(NewUser user) {
  check(user);
  User made{.id = random_uuid(),
            .organization = impl_->organization,
            .name = std::move(user.name),
            .time_zone = std::move(user.time_zone),
            .attributes = std::move(user.attributes)};
  impl_->engine.transact([&](jobs::Transaction& tx) { insert_user(tx, made); });
  const std::unique_lock lock(impl_->mutex);
  impl_->users.emplace(made.id, made);
  return made;
}

std::string Identity::create_token(const NewToken& token) {
  const bool personal = token.kind == Principal::Kind::personal;
  if (personal && !token.user) refuse("user: a personal token needs the id of its user");
  if (!personal && token.user) refuse("user: an organization key has no user; ask for a personal token");
  if (personal && !user(*token.user)) {
    refuse("user: there is no user " + token.user->to_string() + "; create one with \"jobsd user create\"");
  }
  const std::string text = random_token(personal ? personal_prefix : organization_prefix);
  TokenRow row{.hash = hash_token(text),
               .principal = {.organization = impl_->organization, .user = token.user, .kind = token.kind}};
  impl_->engine.transact([&](jobs::Transaction& tx) { row.principal.token = insert_token(tx, row); });
  const std::unique_lock lock(impl_->mutex);
  impl_->tokens.emplace(row.hash, row.principal);
  return text;
}

}  // namespace jobsd
