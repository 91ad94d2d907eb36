// run/feed.h - tells subscribers of new events, without polling.
// Thread safety: every member may be called from any thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>

#include "jobs/job.h"

namespace jobs::run {

class Feed {
 public:
  using Callback = std::function<void(std::span<const Event>)>;

  // The subscription lasts as long as what is returned, which may outlive the feed.
  std::shared_ptr<void> subscribe(Callback callback);
  void publish(std::span<const Event> events);

 private:
  struct Subscribers {
    std::mutex mutex;
    std::map<std::int64_t, Callback> callbacks;
    std::int64_t next = 0;
  };
  std::shared_ptr<Subscribers> subscribers_ = std::make_shared<Subscribers>();
};

}  // namespace jobs::run
