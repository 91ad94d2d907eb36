// api/queue_quota.h - how many queues an organization may have. A queue is made by its first job and stays, so without a bound
// a client that makes up names would fill the store.
//
// Thread safety: used on the event loop only.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "jobs/queue.h"
#include "jobs/uuid.h"

namespace jobsd {

inline constexpr std::size_t work_queues_max = 1000;

class QueueQuota {
 public:
  // What the store holds already.
  explicit QueueQuota(const std::vector<jobs::QueueStatistics>& stored);

  // `queue` is the engine's name of the organization's queue. Throws ApiError 409 for a new one that is too many.
  void take(const jobs::Uuid& organization, const std::string& queue);

 private:
  // By what stands in front of a queue's name.
  std::map<std::string, std::set<std::string>, std::less<>> queues_;
};

}  // namespace jobsd
