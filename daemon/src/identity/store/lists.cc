#include "identity/records.h"
#include "identity/store/values.h"

namespace jobsd {
namespace {

// One row more than the page is read, to know whether another page follows; `numbers` are those of the items.
template <typename Record>
void cut(Page<Record>& page, const std::vector<std::int64_t>& numbers, int page_size) {
  const auto size = static_cast<std::size_t>(page_size);
  if (page.items.size() <= size) return;
  page.items.resize(size);
  page.next = numbers[size - 1];
}

}  // namespace

Page<Organization> list_organizations(jobs::Reader& reader, const ListFilter& filter) {
  Page<Organization> page;
  std::vector<std::int64_t> numbers;
  reader.query("SELECT number, id, name, created_at FROM organizations WHERE number > ?1 ORDER BY number LIMIT ?2",
               {filter.cursor.value_or(0), std::int64_t{filter.page_size} + 1}, [&](const jobs::Row& row) {
                 numbers.push_back(row.integer(0));
                 page.items.push_back({.id = uuid_of(row, 1), .name = row.text(2), .created_at = time_of(row, 3)});
               });
  cut(page, numbers, filter.page_size);
  return page;
}

Page<User> list_users(jobs::Reader& reader, const ListFilter& filter) {
  Page<User> page;
  std::vector<std::int64_t> numbers;
  const auto take = [&](const jobs::Row& row) {
    numbers.push_back(row.integer(0));
    page.items.push_back({.id = uuid_of(row, 1),
                          .organization = uuid_of(row, 2),
                          .name = row.text(3),
                          .time_zone = row.text(4),
                          .role = row.integer(5) == 1 ? Role::admin : Role::member,
                          .created_at = time_of(row, 6),
                          .disabled = !row.null(7)});
  };
  const std::int64_t after = filter.cursor.value_or(0);
  const std::int64_t limit = std::int64_t{filter.page_size} + 1;
  if (filter.organization) {
    reader.query(
        "SELECT u.number, u.id, o.id, u.name, u.time_zone, u.role, u.created_at, u.disabled_at"
        " FROM users u JOIN organizations o ON o.number = u.organization"
        " WHERE u.organization = (SELECT number FROM organizations WHERE id = ?3) AND u.number > ?1"
        " ORDER BY u.number LIMIT ?2",
        {after, limit, blob_of(*filter.organization)}, take);
  } else {
    reader.query(
        "SELECT u.number, u.id, o.id, u.name, u.time_zone, u.role, u.created_at, u.disabled_at"
        " FROM users u JOIN organizations o ON o.number = u.organization WHERE u.number > ?1 ORDER BY u.number LIMIT ?2",
        {after, limit}, take);
  }
  cut(page, numbers, filter.page_size);
  return page;
}

Page<TokenRecord> list_tokens(jobs::Reader& reader, const ListFilter& filter) {
  Page<TokenRecord> page;
  std::vector<std::int64_t> numbers;
  const auto take = [&](const jobs::Row& row) {
    numbers.push_back(row.integer(0));
    page.items.push_back({.id = uuid_of(row, 1),
                          .kind = row.integer(2) == 1 ? TokenKind::personal : TokenKind::organization,
                          .organization = uuid_of(row, 3),
                          .user = optional_uuid_of(row, 4),
                          .name = row.text(5),
                          .created_at = time_of(row, 6),
                          .expires_at = optional_time_of(row, 7),
                          .last_used_at = optional_time_of(row, 8),
                          .revoked_at = optional_time_of(row, 9)});
  };
  const std::int64_t after = filter.cursor.value_or(0);
  const std::int64_t limit = std::int64_t{filter.page_size} + 1;
  const jobs::SqlValue user = blob_or_null(filter.user);
  if (filter.organization) {
    reader.query(
        "SELECT t.number, t.id, t.kind, o.id, u.id, t.name, t.created_at, t.expires_at, t.last_used_at, t.revoked_at"
        " FROM tokens t JOIN organizations o ON o.number = t.organization LEFT JOIN users u ON u.number = t.user"
        " WHERE t.organization = (SELECT number FROM organizations WHERE id = ?4) AND t.number > ?1"
        " AND (?3 IS NULL OR u.id = ?3) ORDER BY t.number LIMIT ?2",
        {after, limit, user, blob_of(*filter.organization)}, take);
  } else {
    reader.query(
        "SELECT t.number, t.id, t.kind, o.id, u.id, t.name, t.created_at, t.expires_at, t.last_used_at, t.revoked_at"
        " FROM tokens t JOIN organizations o ON o.number = t.organization LEFT JOIN users u ON u.number = t.user"
        " WHERE t.number > ?1 AND (?3 IS NULL OR u.id = ?3) ORDER BY t.number LIMIT ?2",
        {after, limit, user}, take);
  }
  cut(page, numbers, filter.page_size);
  return page;
}

Page<AuditRecord> list_audit(jobs::Reader& reader, const ListFilter& filter) {
  Page<AuditRecord> page;
  std::vector<std::int64_t> numbers;
  const auto take = [&](const jobs::Row& row) {
    numbers.push_back(row.integer(0));
    page.items.push_back({.number = row.integer(0),
                          .at = time_of(row, 1),
                          .organization = optional_uuid_of(row, 2),
                          .actor = row.text(3),
                          .act = row.text(4),
                          .subject = uuid_of(row, 5),
                          .detail = row.text(6)});
  };
  const std::int64_t before = filter.cursor.value_or(INT64_MAX);
  const std::int64_t limit = std::int64_t{filter.page_size} + 1;
  if (filter.organization) {
    reader.query(
        "SELECT number, at, organization, actor, act, subject, detail FROM audit_log"
        " WHERE organization = ?3 AND number < ?1 ORDER BY number DESC LIMIT ?2",
        {before, limit, blob_of(*filter.organization)}, take);
  } else {
    reader.query(
        "SELECT number, at, organization, actor, act, subject, detail FROM audit_log"
        " WHERE number < ?1 ORDER BY number DESC LIMIT ?2",
        {before, limit}, take);
  }
  cut(page, numbers, filter.page_size);
  return page;
}

}  // namespace jobsd
