#include "store/deliveries.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/endpoint_health.h"
#include "core/receiver_host.h"

namespace jobs::store {
namespace {

// As many due deliveries are looked at one by one; with more, hosts take turns.
constexpr int in_order_max = 256;
// Attempts that a delivery's log keeps. Its schedule makes ten; the rest are for those sent again by hand.
constexpr int attempts_kept = 50;

int in_flight_at(const DueQuery& query, const std::string& host) {
  const auto found = query.in_flight.find(host);
  return found == query.in_flight.end() ? 0 : static_cast<int>(found->second.size());
}

bool is_in_flight(const DueQuery& query, const std::string& host, std::int64_t id) {
  const auto found = query.in_flight.find(host);
  return found != query.in_flight.end() && found->second.contains(id);
}

}  // namespace

DeliveryReader::DeliveryReader(SQLite::Database& database, const KeyRing& keys)
    : keys_(keys),
      endpoints_(database),
      begin_(database, "BEGIN"),
      end_(database, "COMMIT"),
      due_(database, "SELECT id, host FROM deliveries WHERE state = 0 AND next_at <= ?1 ORDER BY next_at, id LIMIT ?2"),
      next_host_(database, "SELECT host FROM deliveries WHERE state = 0 AND host > ?1 ORDER BY host LIMIT 1"),
      due_at_host_(database,
                   "SELECT id FROM deliveries WHERE state = 0 AND host = ?1 AND next_at <= ?2 ORDER BY next_at, id "
                   "LIMIT ?3"),
      load_(database,
            "SELECT jobs.id, event_id, url, host, body, deliveries.attempts, secret, coalesce(trace, '') FROM deliveries "
            "JOIN jobs ON jobs.number = deliveries.job JOIN webhooks ON webhooks.number = deliveries.job "
            "WHERE deliveries.id = ?1"),
      next_at_(database, "SELECT next_at FROM deliveries WHERE state = 0 AND next_at > ?1 ORDER BY next_at LIMIT 1"),
      progress_target_(database,
                       "SELECT url, webhooks.metadata, secret, coalesce(trace, '') FROM jobs "
                       "JOIN webhooks ON webhooks.number = jobs.number "
                       "WHERE jobs.number = ?1 AND jobs.id = ?2 AND jobs.state = 1 AND webhooks.progress = 1") {}

DueDeliveries DeliveryReader::due(const DueQuery& query) {
  DueDeliveries found;
  found.last_host = query.after_host;
  begin_().run();
  try {
    bool complete = false;
    due_in_order_of_time(query, found, complete);
    if (!complete) due_host_by_host(query, found);
    auto row = next_at_(query.now);
    if (row.step()) found.next_at = std::min(found.next_at.value_or(Time::max()), row.time(0));
  } catch (...) {
    end_().run();
    throw;
  }
  end_().run();
  return found;
}

int DeliveryReader::free_places(const DueQuery& query, const std::string& host, DueDeliveries& found) {
  const int flying = in_flight_at(query, host);
  const auto held_until = endpoints_.held_until(host);
  if (!held_until) return query.per_host_max - flying;
  if (*held_until <= query.now) return 1 - flying;
  found.next_at = std::min(found.next_at.value_or(Time::max()), *held_until);
  return 0;
}

void DeliveryReader::due_in_order_of_time(const DueQuery& query, DueDeliveries& found, bool& complete) {
  std::vector<std::pair<std::int64_t, std::string>> candidates;
  {
    auto row = due_(query.now, in_order_max + 1);
    while (row.step()) candidates.emplace_back(row.integer(0), row.text(1));
  }
  complete = candidates.size() <= in_order_max;
  if (!complete) return;
  std::map<std::string, int> places;
  for (const auto& [id, host] : candidates) {
    if (static_cast<int>(found.deliveries.size()) >= query.limit) return;
    if (is_in_flight(query, host, id)) continue;
    auto place = places.find(host);
    if (place == places.end()) place = places.emplace(host, free_places(query, host, found)).first;
    if (place->second <= 0) continue;
    --place->second;
    load(id, found);
  }
}

void DeliveryReader::due_host_by_host(const DueQuery& query, DueDeliveries& found) {
  bool wrapped = false;
  std::string host = query.after_host;
  while (static_cast<int>(found.deliveries.size()) < query.limit) {
    {
      const std::string after = host;
      auto row = next_host_(after);
      if (row.step()) {
        host = row.text(0);
      } else if (!wrapped) {
        wrapped = true;
        host.clear();
        continue;
      } else {
        return;
      }
    }
    if (wrapped && host > query.after_host) return;
    found.last_host = host;

    const int flying = in_flight_at(query, host);
    int free = free_places(query, host, found);
    if (free <= 0) continue;
    std::vector<std::int64_t> candidates;
    {
      // Those on their way are still due in the store, and are the oldest.
      auto row = due_at_host_(host, query.now, free + flying);
      while (row.step()) candidates.push_back(row.integer(0));
    }
    for (const std::int64_t id : candidates) {
      if (free <= 0 || static_cast<int>(found.deliveries.size()) >= query.limit) break;
      if (is_in_flight(query, host, id)) continue;
      --free;
      load(id, found);
    }
  }
}

void DeliveryReader::load(std::int64_t id, DueDeliveries& found) {
  auto row = load_(id);
  if (!row.step()) return;
  DueDelivery delivery = {.id = id,
                          .job = JobId(row.uuid(0)),
                          .event_id = row.text(1),
                          .url = row.text(2),
                          .host = row.text(3),
                          .body = row.text(4),
                          .trace = row.text(7),
                          .attempts = row.small(5)};
  open_secret_into(row, 6, delivery.job, delivery);
  found.deliveries.push_back(std::move(delivery));
}

void DeliveryReader::open_secret_into(const Statement::Use& row, int column, const JobId& job,
                                      DueDelivery& delivery) const {
  if (row.null(column)) return;
  if (auto opened = keys_.open(row.blob(column), job.to_string())) {
    delivery.secret = std::move(opened->secret);
  } else if (!keys_.can_seal() && !keys_.has_old()) {
    delivery.secret_error =
        "The webhook's secret is stored encrypted, and the engine was started without a secret key.";
  } else {
    delivery.secret_error =
        "The webhook's secret cannot be decrypted: the engine was started with another secret key than it was stored "
        "with.";
  }
}

std::optional<ProgressTarget> DeliveryReader::progress_target(const JobId& job) {
  auto row = progress_target_(job.number(), job);
  if (!row.step() || endpoints_.held_until(receiver_host(row.text(0)))) return std::nullopt;
  DueDelivery opened;
  open_secret_into(row, 2, job, opened);
  if (!opened.secret_error.empty()) return std::nullopt;
  return ProgressTarget{.url = row.text(0), .secret = std::move(opened.secret), .metadata = row.text(1), .trace = row.text(3)};
}

DeliveryTable::DeliveryTable(SQLite::Database& database)
    : endpoints_(database),
      record_(database,
              "UPDATE deliveries SET attempts = attempts + 1, state = ?2, next_at = ?3 WHERE id = ?1 "
              "RETURNING attempts, host, job"),
      insert_attempt_(database,
                      "INSERT INTO delivery_attempts (delivery, number, at, took, status, error, body) "
                      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
      forget_attempts_(database, "DELETE FROM delivery_attempts WHERE delivery = ?1 AND number <= ?2"),
      send_again_(database,
                  "UPDATE deliveries SET state = 0, next_at = ?3 WHERE id = ?1 AND job = ?2 "
                  "AND EXISTS (SELECT 1 FROM jobs WHERE number = ?2 AND id = ?4)"),
      send_one_again_(database, "UPDATE deliveries SET state = 0, next_at = ?2 WHERE id = ?1") {}

std::optional<std::string> DeliveryTable::record(const AttemptRecord& made, std::uint64_t random) {
  int number = 0;
  std::string host;
  std::int64_t job = 0;
  {
    auto row = record_(made.delivery, static_cast<int>(made.state), made.next_at);
    if (!row.step()) return std::nullopt;
    number = row.small(0);
    host = row.text(1);
    job = row.integer(2);
  }
  const DeliveryAttempt& attempt = made.attempt;
  insert_attempt_(made.delivery, number, attempt.at, attempt.took, attempt.status, attempt.error, attempt.body).run();
  if (number > attempts_kept) forget_attempts_(made.delivery, number - attempts_kept).run();
  if (notices_) notices_->delivered(made, number, host, job);
  if (!made.sent) return std::nullopt;
  const bool answered = made.state == DeliveryState::delivered || refuses_one(attempt.status);
  if (!endpoints_.record(host, answered, attempt.at + attempt.took, random)) return std::nullopt;
  return host;
}

bool DeliveryTable::send_again(const JobId& job, std::int64_t delivery, Time now) {
  return send_again_(delivery, job.number(), now, job).run() > 0;
}

bool DeliveryTable::send_again(std::int64_t delivery, Time now) { return send_one_again_(delivery, now).run() > 0; }

std::vector<std::int64_t> read_deliveries(Reader& reader, Time since, Time until, const DeliveryFilter& filter,
                                          std::int64_t after, int limit) {
  const SqlValue state = filter.state ? SqlValue(static_cast<std::int64_t>(*filter.state)) : SqlValue(nullptr);
  const SqlValue host = filter.host ? SqlValue(*filter.host) : SqlValue(nullptr);
  std::vector<std::int64_t> found;
  const auto moment = [](Time time) { return static_cast<std::int64_t>(time.time_since_epoch().count()); };
  reader.query("SELECT id FROM deliveries WHERE id > ?1 AND created_at BETWEEN ?2 AND ?3 "
               "AND (?4 IS NULL OR state = ?4) AND (?5 IS NULL OR host = ?5) ORDER BY id LIMIT ?6",
               {after, moment(since), moment(until), state, host, std::int64_t{limit}},
               [&](const Row& row) { found.push_back(row.integer(0)); });
  return found;
}

}  // namespace jobs::store
