#include <limits>

#include "conversations/conversations.h"
#include "conversations/store/values.h"

namespace jobsd {
namespace {

// How many deliveries one call looks at. Everything that it sends again is one transaction, which holds up the writer.
constexpr std::int64_t rows_looked_at_max = 500;

struct StoredDelivery {
  std::int64_t id = 0;
  jobs::Time created_at = {};
  jobs::DeliveryState state = {};
  // Empty: it is not the viewer's.
  std::optional<jobs::JobId> job = {};
};

// Newest first, whoever they belong to: there is no index by owner, and none is needed for what is so rare.
std::vector<StoredDelivery> newest(jobs::Reader& reader, const Viewer& viewer, std::int64_t before) {
  std::vector<StoredDelivery> found;
  reader.query(
      "SELECT d.id, d.created_at, d.state, a.id FROM deliveries d LEFT JOIN ai_jobs a"
      " ON a.number = d.job AND a.organization = ?1 AND (?2 IS NULL OR a.user = ?2)"
      " WHERE d.id < ?3 ORDER BY d.id DESC LIMIT ?4",
      {store::value(viewer.organization), store::value(viewer.user), before, rows_looked_at_max},
      [&](const jobs::Row& row) {
        StoredDelivery one{.id = row.integer(0),
                           .created_at = store::time(row, 1),
                           .state = static_cast<jobs::DeliveryState>(row.integer(2))};
        if (const auto job = store::optional_uuid(row, 3)) one.job = jobs::JobId(*job);
        found.push_back(one);
      });
  return found;
}

}  // namespace

std::optional<jobs::JobId> job_of_delivery(jobs::Reader& reader, std::int64_t delivery, const Viewer& viewer) {
  std::optional<jobs::JobId> job;
  reader.query(
      "SELECT a.id FROM deliveries d JOIN ai_jobs a ON a.number = d.job"
      " WHERE d.id = ?1 AND a.organization = ?2 AND (?3 IS NULL OR a.user = ?3)",
      {delivery, store::value(viewer.organization), store::value(viewer.user)},
      [&](const jobs::Row& row) { job = jobs::JobId(store::uuid(row, 0)); });
  return job;
}

SentAgain send_again_since(jobs::Transaction& tx, const Viewer& viewer, const SendAgainFilter& filter) {
  SentAgain sent;
  const auto rows = newest(tx, viewer, filter.before.value_or(std::numeric_limits<std::int64_t>::max()));
  for (const StoredDelivery& delivery : rows) {
    // Deliveries are numbered in the order of their creation: nothing further down can match.
    if (delivery.created_at < filter.since) return sent;
    if (!delivery.job || (filter.state && delivery.state != *filter.state)) continue;
    if (tx.send_again(*delivery.job, delivery.id)) ++sent.count;
  }
  if (static_cast<std::int64_t>(rows.size()) == rows_looked_at_max) sent.next = rows.back().id;
  return sent;
}

}  // namespace jobsd
