#include "store/endpoints.h"

#include "core/endpoint_health.h"

namespace jobs::store {
namespace {

constexpr std::chrono::hours forgotten_after = std::chrono::hours(24 * 30);

}  // namespace

EndpointTable::EndpointTable(SQLite::Database& database)
    : find_(database, "SELECT failing_since, failures, disabled_at FROM endpoints WHERE host = ?1"),
      store_(database,
             "INSERT INTO endpoints (host, failing_since, failures, retry_at, disabled_at) VALUES (?1, ?2, ?3, ?4, ?5) "
             "ON CONFLICT (host) DO UPDATE SET failures = ?3, retry_at = ?4, disabled_at = ?5"),
      remove_(database, "DELETE FROM endpoints WHERE host = ?1"),
      tidy_(database,
            "DELETE FROM endpoints WHERE retry_at < ?1 AND NOT EXISTS "
            "(SELECT 1 FROM deliveries WHERE deliveries.state = 0 AND deliveries.host = endpoints.host)") {}

bool EndpointTable::record(const std::string& host, bool taken, Time now, std::uint64_t random) {
  if (taken) {
    remove_(host).run();
    return false;
  }
  Time since = now;
  std::int64_t failures = 0;
  std::optional<Time> disabled_at;
  {
    auto row = find_(host);
    if (row.step()) {
      since = row.time(0);
      failures = row.integer(1);
      disabled_at = row.time_or_none(2);
    }
  }
  const EndpointOutcome outcome = after_failure(failures + 1, since, now, random);
  const bool disables = outcome.disabled && !disabled_at;
  if (disables) disabled_at = now;
  store_(host, since, failures + 1, outcome.retry_at, disabled_at).run();
  return disables;
}

bool EndpointTable::enable(const std::string& host) { return remove_(host).run() > 0; }

void EndpointTable::tidy(Time now) { tidy_(now - forgotten_after).run(); }

EndpointReader::EndpointReader(SQLite::Database& database)
    : held_(database, "SELECT retry_at FROM endpoints WHERE host = ?1 AND failures >= ?2") {}

std::optional<Time> EndpointReader::held_until(const std::string& host) {
  auto row = held_(host, failures_tolerated);
  return row.step() ? std::optional<Time>(row.time(0)) : std::nullopt;
}

std::vector<Endpoint> read_endpoints(Reader& reader) {
  std::vector<Endpoint> found;
  const auto time = [](const Row& row, int column) { return Time(std::chrono::milliseconds(row.integer(column))); };
  reader.query("SELECT host, failing_since, failures, retry_at, disabled_at FROM endpoints ORDER BY host", {},
               [&](const Row& row) {
                 Endpoint& one = found.emplace_back();
                 one.host = row.text(0);
                 one.failing_since = time(row, 1);
                 one.failures = row.integer(2);
                 if (one.failures >= failures_tolerated) one.held_until = time(row, 3);
                 if (!row.null(4)) one.disabled_at = time(row, 4);
               });
  return found;
}

}  // namespace jobs::store
