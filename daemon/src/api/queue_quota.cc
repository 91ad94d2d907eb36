#include "api/queue_quota.h"

#include "api/error.h"
#include "api/work_names.h"

namespace jobsd {

QueueQuota::QueueQuota(const std::vector<jobs::QueueStatistics>& stored) {
  for (const jobs::QueueStatistics& one : stored) {
    if (const auto slash = one.queue.find('/'); slash != std::string::npos) {
      queues_[one.queue.substr(0, slash + 1)].insert(one.queue);
    }
  }
}

void QueueQuota::take(const jobs::Uuid& organization, const std::string& queue) {
  auto& own = queues_[work_name(organization, {})];
  if (own.contains(queue)) return;
  if (own.size() >= work_queues_max) {
    throw ApiError{.status = 409,
                   .code = "too_many_queues",
                   .detail = "There are " + std::to_string(work_queues_max) + " queues, which is the most; use one of them"};
  }
  own.insert(queue);
}

}  // namespace jobsd
