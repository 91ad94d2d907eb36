// identity/records.h - organizations, users, tokens and administrative acts as they are stored: for lists.
//
// Thread safety: free functions; each uses the reader it is given and nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/transaction.h"
#include "jobs/uuid.h"

namespace jobsd {

// What a user may do beside asking questions: docs/administration.md.
enum class Role { member, admin };
std::string_view to_string(Role role);
std::optional<Role> parse_role(std::string_view text);

enum class TokenKind { organization, personal };
std::string_view to_string(TokenKind kind);

struct Organization {
  jobs::Uuid id = {};
  std::string name = {};
  jobs::Time created_at = {};
};

struct User {
  jobs::Uuid id = {};
  jobs::Uuid organization = {};
  std::string name = {};
  // IANA name.
  std::string time_zone = "UTC";
  // Each attribute may have several values. Access filters and grants of models refer to them by name.
  std::map<std::string, std::vector<std::string>> attributes = {};
  Role role = Role::member;
  jobs::Time created_at = {};
  // Nobody may act as a user who is disabled. Jobs that were accepted before end as they would have.
  bool disabled = false;
};

// All that is known of a token. The token itself is not.
struct TokenRecord {
  jobs::Uuid id = {};
  TokenKind kind = TokenKind::organization;
  jobs::Uuid organization = {};
  // Of personal tokens alone.
  std::optional<jobs::Uuid> user = {};
  std::string name = {};
  jobs::Time created_at = {};
  std::optional<jobs::Time> expires_at = {};
  // To the minute.
  std::optional<jobs::Time> last_used_at = {};
  std::optional<jobs::Time> revoked_at = {};
};

// What somebody did.
struct AuditRecord {
  std::int64_t number = 0;
  jobs::Time at = {};
  // The organization that it concerns.
  std::optional<jobs::Uuid> organization = {};
  // "uid:1000": a command of that user of the machine. "user:<id>": a request with that user's token. "jobsd": the program itself.
  std::string actor = {};
  // "user.create", "key.revoke": docs/administration.md has them all.
  std::string act = {};
  // What it was done to.
  jobs::Uuid subject = {};
  // A JSON object, without secrets.
  std::string detail = {};
};

// One page of a list. `next` is the cursor of the page that follows; empty: this is the last.
template <typename Record>
struct Page {
  std::vector<Record> items = {};
  std::optional<std::int64_t> next = {};
};

struct ListFilter {
  std::optional<jobs::Uuid> organization = {};
  // For tokens alone.
  std::optional<jobs::Uuid> user = {};
  // The `next` of the page before.
  std::optional<std::int64_t> cursor = {};
  int page_size = 100;
};

// In the order in which they were made; users without their attributes.
Page<Organization> list_organizations(jobs::Reader& reader, const ListFilter& filter);
Page<User> list_users(jobs::Reader& reader, const ListFilter& filter);
Page<TokenRecord> list_tokens(jobs::Reader& reader, const ListFilter& filter);
// Newest first.
Page<AuditRecord> list_audit(jobs::Reader& reader, const ListFilter& filter);

}  // namespace jobsd
