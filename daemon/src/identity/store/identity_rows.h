// identity/store/identity_rows.h - organizations, users and tokens as rows. The only SQL of this room.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "identity/identity.h"
#include "identity/secrets.h"
#include "jobs/transaction.h"

namespace jobsd {

struct OrganizationRow {
  std::int64_t number = 0;
  jobs::Uuid id = {};
  std::string name = {};
};

struct TokenRow {
  TokenHash hash = {};
  Principal principal = {};
};

std::vector<OrganizationRow> read_organizations(jobs::Reader& reader);
std::vector<User> read_users(jobs::Reader& reader);
// Those that were not revoked.
std::vector<TokenRow> read_tokens(jobs::Reader& reader);

void insert_organization(jobs::Transaction& tx, const OrganizationRow& organization);
void insert_user(jobs::Transaction& tx, const User& user);
// Returns the new token's number. `token.principal.token` is not looked at.
std::int64_t insert_token(jobs::Transaction& tx, const TokenRow& token);

}  // namespace jobsd
