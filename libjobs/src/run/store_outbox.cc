#include "run/store_outbox.h"

#include "store/errors.h"

namespace jobs::run {

DueDeliveries StoreOutbox::due(const DueQuery& query) {
  return store::translated([&] { return reader_.due(query); });
}

std::vector<std::string> StoreOutbox::record(std::span<const AttemptRecord> attempts) {
  std::vector<std::string> disabled;
  writer_.run([&] {
    disabled.clear();
    for (const AttemptRecord& one : attempts) {
      if (auto host = table_.record(one, random_())) disabled.push_back(std::move(*host));
    }
  });
  return disabled;
}

std::optional<ProgressTarget> StoreOutbox::progress_target(const JobId& job) {
  return store::translated([&] { return reader_.progress_target(job); });
}

}  // namespace jobs::run
