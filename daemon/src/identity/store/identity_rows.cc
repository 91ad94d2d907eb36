#include "identity/store/identity_rows.h"

#include <map>
#include <utility>

#include "identity/store/values.h"

namespace jobsd {

std::vector<Organization> read_organizations(jobs::Reader& reader) {
  std::vector<Organization> all;
  reader.query("SELECT id, name, created_at FROM organizations ORDER BY number", {}, [&](const jobs::Row& row) {
    all.push_back({.id = uuid_of(row, 0), .name = row.text(1), .created_at = time_of(row, 2)});
  });
  return all;
}

std::vector<User> read_users(jobs::Reader& reader) {
  std::map<std::int64_t, User> users;
  reader.query(
      "SELECT u.number, u.id, o.id, u.name, u.time_zone, u.role, u.created_at, u.disabled_at"
      " FROM users u JOIN organizations o ON o.number = u.organization",
      {}, [&](const jobs::Row& row) {
        users[row.integer(0)] = {.id = uuid_of(row, 1),
                                 .organization = uuid_of(row, 2),
                                 .name = row.text(3),
                                 .time_zone = row.text(4),
                                 .role = row.integer(5) == 1 ? Role::admin : Role::member,
                                 .created_at = time_of(row, 6),
                                 .disabled = !row.null(7)};
      });
  reader.query("SELECT user, name, value FROM user_attributes ORDER BY user, name, position", {},
               [&](const jobs::Row& row) { users[row.integer(0)].attributes[row.text(1)].push_back(row.text(2)); });
  std::vector<User> all;
  for (auto& [number, user] : users) all.push_back(std::move(user));
  return all;
}

std::vector<TokenRow> read_tokens(jobs::Reader& reader) {
  std::vector<TokenRow> all;
  reader.query(
      "SELECT t.number, t.hash, t.kind, o.id, u.id, t.id, t.expires_at, t.last_used_at"
      " FROM tokens t JOIN organizations o ON o.number = t.organization"
      " LEFT JOIN users u ON u.number = t.user WHERE t.revoked_at IS NULL",
      {}, [&](const jobs::Row& row) {
        TokenRow token{.hash = bytes_of<32>(row.blob(1)), .id = uuid_of(row, 5)};
        token.principal.organization = uuid_of(row, 3);
        token.principal.user = optional_uuid_of(row, 4);
        token.principal.kind = row.integer(2) == 1 ? TokenKind::personal : TokenKind::organization;
        token.principal.token = row.integer(0);
        token.expires_at = optional_time_of(row, 6);
        token.last_used_at = optional_time_of(row, 7);
        all.push_back(std::move(token));
      });
  return all;
}

void insert_organization(jobs::Transaction& tx, const Organization& organization) {
  tx.execute("INSERT INTO organizations (id, name, created_at) VALUES (?1, ?2, ?3)",
             {blob_of(organization.id), organization.name, millis(tx.now())});
}

void insert_user(jobs::Transaction& tx, const User& user) {
  const jobs::Blob id = blob_of(user.id);
  tx.execute(
      "INSERT INTO users (id, organization, name, time_zone, role, created_at)"
      " SELECT ?1, number, ?3, ?4, ?5, ?6 FROM organizations WHERE id = ?2",
      {id, blob_of(user.organization), user.name, user.time_zone, std::int64_t{user.role == Role::admin},
       millis(tx.now())});
  for (const auto& [name, values] : user.attributes) {
    std::int64_t position = 0;
    for (const std::string& value : values) {
      tx.execute(
          "INSERT INTO user_attributes (user, name, position, value) SELECT number, ?2, ?3, ?4 FROM users WHERE id = "
          "?1",
          {id, name, position++, value});
    }
  }
}

void update_disabled(jobs::Transaction& tx, const jobs::Uuid& user, bool disabled) {
  const jobs::SqlValue at = disabled ? jobs::SqlValue(millis(tx.now())) : jobs::SqlValue(nullptr);
  tx.execute("UPDATE users SET disabled_at = ?2 WHERE id = ?1", {blob_of(user), at});
}

void update_role(jobs::Transaction& tx, const jobs::Uuid& user, Role role) {
  tx.execute("UPDATE users SET role = ?2 WHERE id = ?1", {blob_of(user), std::int64_t{role == Role::admin}});
}

std::int64_t insert_token(jobs::Transaction& tx, const TokenRow& token) {
  const bool personal = token.principal.kind == TokenKind::personal;
  const jobs::Blob hash = blob_of(token.hash);
  tx.execute(
      "INSERT INTO tokens (hash, kind, organization, user, created_at, id, name, expires_at)"
      " SELECT ?1, ?2, number, (SELECT number FROM users WHERE id = ?4), ?5, ?6, ?7, ?8 FROM organizations WHERE id = ?3",
      {hash, std::int64_t{personal}, blob_of(token.principal.organization), blob_or_null(token.principal.user),
       millis(tx.now()), blob_of(token.id), token.name, millis_or_null(token.expires_at)});
  std::int64_t number = 0;
  tx.query("SELECT number FROM tokens WHERE hash = ?1", {hash}, [&](const jobs::Row& row) { number = row.integer(0); });
  return number;
}

std::optional<RevokedToken> revoke_token(jobs::Transaction& tx, const jobs::Uuid& token, const RevokeScope& scope) {
  std::optional<RevokedToken> found;
  tx.query(
      "SELECT t.hash, o.id, t.revoked_at FROM tokens t JOIN organizations o ON o.number = t.organization"
      " LEFT JOIN users u ON u.number = t.user"
      " WHERE t.id = ?1 AND (?2 IS NULL OR o.id = ?2) AND (?3 IS NULL OR u.id = ?3)",
      {blob_of(token), blob_or_null(scope.organization), blob_or_null(scope.user)}, [&](const jobs::Row& row) {
        found = RevokedToken{.hash = bytes_of<32>(row.blob(0)), .organization = uuid_of(row, 1), .now = row.null(2)};
      });
  if (found && found->now) {
    tx.execute("UPDATE tokens SET revoked_at = ?2 WHERE id = ?1", {blob_of(token), millis(tx.now())});
  }
  return found;
}

void write_token_uses(jobs::Transaction& tx, const std::map<std::int64_t, jobs::Time>& uses) {
  for (const auto& [token, at] : uses) {
    tx.execute("UPDATE tokens SET last_used_at = ?2 WHERE number = ?1", {token, millis(at)});
  }
}

std::int64_t count_rows(jobs::Reader& reader, Table table) {
  std::int64_t count = 0;
  const auto take = [&](const jobs::Row& row) { count = row.integer(0); };
  switch (table) {
    case Table::organizations:
      reader.query("SELECT count(*) FROM organizations", {}, take);
      break;
    case Table::users:
      reader.query("SELECT count(*) FROM users", {}, take);
      break;
    case Table::tokens:
      reader.query("SELECT count(*) FROM tokens", {}, take);
      break;
  }
  return count;
}

void insert_act(jobs::Transaction& tx, const AuditRecord& act, std::chrono::milliseconds kept, std::int64_t acts_max) {
  constexpr std::int64_t bite = 1000;
  const std::int64_t now = millis(tx.now());
  tx.execute("INSERT INTO audit_log (at, organization, actor, act, subject, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
             {now, blob_or_null(act.organization), act.actor, act.act, blob_of(act.subject), act.detail});
  const std::int64_t before = now - kept.count();
  tx.execute(
      "DELETE FROM audit_log WHERE number IN (SELECT number FROM audit_log WHERE at < ?1 ORDER BY at LIMIT ?2)",
      {before, bite});
  tx.execute("DELETE FROM audit_log WHERE number <= (SELECT max(number) FROM audit_log) - ?1", {acts_max});
  tx.execute("DELETE FROM tokens WHERE revoked_at < ?1 OR expires_at < ?1", {before});
}

}  // namespace jobsd
