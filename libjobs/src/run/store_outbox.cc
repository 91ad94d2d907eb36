#include "run/store_outbox.h"

#include "store/errors.h"

namespace jobs::run {

DueDeliveries StoreOutbox::due(const DueQuery& query) {
  return store::translated([&] { return reader_.due(query); });
}

void StoreOutbox::record(std::span<const AttemptRecord> attempts) {
  writer_.run([&] {
    for (const AttemptRecord& one : attempts) table_.record(one);
  });
}

std::optional<ProgressTarget> StoreOutbox::progress_target(const JobId& job) {
  return store::translated([&] { return reader_.progress_target(job); });
}

}  // namespace jobs::run
