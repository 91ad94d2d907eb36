#include "identity/store/identity_rows.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

namespace jobsd {
namespace {

template <std::size_t N>
std::array<std::uint8_t, N> bytes_of(const std::string& blob) {
  std::array<std::uint8_t, N> bytes;
  if (blob.size() != N) throw std::logic_error("a key in the store has the wrong length");
  std::transform(blob.begin(), blob.end(), bytes.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
  return bytes;
}

template <std::size_t N>
jobs::Blob blob_of(const std::array<std::uint8_t, N>& bytes) {
  return {std::string(bytes.begin(), bytes.end())};
}

jobs::Uuid uuid_of(const std::string& blob) {
  return jobs::Uuid(bytes_of<16>(blob));
}

std::int64_t millis(jobs::Time time) {
  return time.time_since_epoch().count();
}

}  // namespace

std::vector<OrganizationRow> read_organizations(jobs::Reader& reader) {
  std::vector<OrganizationRow> all;
  reader.query("SELECT number, id, name FROM organizations ORDER BY number", {}, [&](const jobs::Row& row) {
    all.push_back({row.integer(0), uuid_of(row.blob(1)), row.text(2)});
  });
  return all;
}

std::vector<User> read_users(jobs::Reader& reader) {
  std::map<std::int64_t, User> users;
  reader.query(
      "SELECT u.number, u.id, o.id, u.name, u.time_zone FROM users u JOIN organizations o ON o.number = u.organization",
      {}, [&](const jobs::Row& row) {
        users[row.integer(0)] = {.id = uuid_of(row.blob(1)),
                                 .organization = uuid_of(row.blob(2)),
                                 .name = row.text(3),
                                 .time_zone = row.text(4)};
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
      "SELECT t.number, t.hash, t.kind, o.id, u.id FROM tokens t JOIN organizations o ON o.number = t.organization"
      " LEFT JOIN users u ON u.number = t.user WHERE t.revoked_at IS NULL",
      {}, [&](const jobs::Row& row) {
        TokenRow token{.hash = bytes_of<32>(row.blob(1))};
        token.principal.organization = uuid_of(row.blob(3));
        if (!row.null(4)) token.principal.user = uuid_of(row.blob(4));
        token.principal.kind = row.integer(2) == 1 ? Principal::Kind::personal : Principal::Kind::organization;
        token.principal.token = row.integer(0);
        all.push_back(std::move(token));
      });
  return all;
}

void insert_organization(jobs::Transaction& tx, const OrganizationRow& organization) {
  tx.execute("INSERT INTO organizations (number, id, name, created_at) VALUES (?1, ?2, ?3, ?4)",
             {organization.number, blob_of(organization.id.bytes()), organization.name, millis(tx.now())});
}

void insert_user(jobs::Transaction& tx, const User& user) {
  const jobs::Blob id = blob_of(user.id.bytes());
  tx.execute(
      "INSERT INTO users (id, organization, name, time_zone, created_at)"
      " SELECT ?1, number, ?3, ?4, ?5 FROM organizations WHERE id = ?2",
      {id, blob_of(user.organization.bytes()), user.name, user.time_zone, millis(tx.now())});
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

std::int64_t insert_token(jobs::Transaction& tx, const TokenRow& token) {
  const bool personal = token.principal.kind == Principal::Kind::personal;
  const jobs::SqlValue user = token.principal.user ? jobs::SqlValue(blob_of(token.principal.user->bytes())) : nullptr;
  const jobs::Blob hash = blob_of(token.hash);
  tx.execute(
      "INSERT INTO tokens (hash, kind, organization, user, created_at)"
      " SELECT ?1, ?2, number, (SELECT number FROM users WHERE id = ?4), ?5 FROM organizations WHERE id = ?3",
      {hash, std::int64_t{personal}, blob_of(token.principal.organization.bytes()), user, millis(tx.now())});
  std::int64_t number = 0;
  tx.query("SELECT number FROM tokens WHERE hash = ?1", {hash}, [&](const jobs::Row& row) { number = row.integer(0); });
  return number;
}

}  // namespace jobsd
