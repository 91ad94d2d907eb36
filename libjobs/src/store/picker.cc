#include "store/picker.h"

namespace jobs::store {
namespace {

const std::string whole_queue;

}  // namespace

Picker::Picker(SQLite::Database& database, Effects& effects, QueueTable& queues, Turns& turns)
    : queues_(queues),
      turns_(turns),
      rates_(database, effects),
      first_(database,
             "SELECT number, state, due FROM jobs INDEXED BY jobs_key_order "
             "WHERE queue = ?1 AND key = ?2 AND key <> '' AND state IN (0, 1) ORDER BY number LIMIT 1") {}

std::optional<Picker::Pick> Picker::next(std::int64_t queue, int limit, Time now) {
  if (queues_.paused(queue)) return std::nullopt;
  const QueueOptions& options = turns_.options(queue);
  while (const auto turn = turns_.next(queue, limit, now)) {
    if (options.rate.count > 0) {
      if (const Time at = rates_.conforms_at(queue, whole_queue, options.rate, now); at > now) {
        turns_.hold(queue, at);
        return std::nullopt;
      }
    }
    Pick pick = {.key = turn->key, .count = turn->count};
    const bool keyed = !turn->key.empty();
    if (keyed && options.key_rate.count > 0) {
      if (const Time at = rates_.conforms_at(queue, turn->key, options.key_rate, now); at > now) {
        turns_.hold(queue, turn->key, at);
        continue;
      }
    }
    if (keyed && options.ordered) {
      auto row = first_(queue, turn->key);
      const bool ready = row.step() && row.small(1) == 0 && row.small(2) == static_cast<int>(Place::ready);
      if (!ready) {
        turns_.hold_until_moved(queue, turn->key);
        continue;
      }
      pick.number = row.integer(0);
    }
    if (options.rate.count > 0) rates_.count(queue, whole_queue, options.rate, now);
    if (keyed && options.key_rate.count > 0) rates_.count(queue, turn->key, options.key_rate, now);
    return pick;
  }
  return std::nullopt;
}

}  // namespace jobs::store
