// identity/store/identity_rows.h - organizations, users and tokens as rows that are loaded and changed. With the lists beside
// it, the only SQL of this room.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "identity/identity.h"
#include "identity/secrets.h"
#include "jobs/transaction.h"

namespace jobsd {

// A token that is accepted, unless it is over by now.
struct TokenRow {
  TokenHash hash = {};
  jobs::Uuid id = {};
  // Its role is the user's, and not here.
  Principal principal = {};
  std::string name = {};
  std::optional<jobs::Time> expires_at = {};
  std::optional<jobs::Time> last_used_at = {};
};

// ---- What is loaded at the start ----

std::vector<Organization> read_organizations(jobs::Reader& reader);
// With their attributes.
std::vector<User> read_users(jobs::Reader& reader);
// Those that were not revoked.
std::vector<TokenRow> read_tokens(jobs::Reader& reader);

// ---- Changes ----

// The first one is the default organization.
void insert_organization(jobs::Transaction& tx, const Organization& organization);
void insert_user(jobs::Transaction& tx, const User& user);
void update_disabled(jobs::Transaction& tx, const jobs::Uuid& user, bool disabled);
void update_role(jobs::Transaction& tx, const jobs::Uuid& user, Role role);
// Returns the new token's number. `token.principal.token` is not looked at.
std::int64_t insert_token(jobs::Transaction& tx, const TokenRow& token);

struct RevokedToken {
  TokenHash hash = {};
  jobs::Uuid organization = {};
  // False: it was revoked before.
  bool now = false;
};
std::optional<RevokedToken> revoke_token(jobs::Transaction& tx, const jobs::Uuid& token, const RevokeScope& scope);

void write_token_uses(jobs::Transaction& tx, const std::map<std::int64_t, jobs::Time>& uses);

enum class Table { organizations, users, tokens };
std::int64_t count_rows(jobs::Reader& reader, Table table);

// ---- The audit log ----

// `number` and `at` are not looked at. Takes with it what is older than `kept`, tokens that ended before then, and the oldest
// acts beyond `acts_max`; a bite of them at a time.
void insert_act(jobs::Transaction& tx, const AuditRecord& act, std::chrono::milliseconds kept, std::int64_t acts_max);

}  // namespace jobsd
