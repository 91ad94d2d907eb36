// run/feed.h - tells subscribers what happened, without polling.
// Thread safety: every member may be called from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>

#include "core/guarded.h"

namespace jobs::run {

template <class Item>
class Feed {
 public:
  using Callback = std::function<void(std::span<const Item>)>;

  // The subscription lasts as long as what is returned, which may outlive the feed.
  std::shared_ptr<void> subscribe(Callback callback) {
    const Lock lock(subscribers_->mutex);
    const std::int64_t number = subscribers_->next++;
    subscribers_->callbacks.emplace(number, std::move(callback));
    return {nullptr, [subscribers = subscribers_, number](void*) {
              const Lock inner(subscribers->mutex);
              subscribers->callbacks.erase(number);
            }};
  }

  void publish(std::span<const Item> items) {
    if (items.empty()) return;
    const Lock lock(subscribers_->mutex);
    for (const auto& [number, callback] : subscribers_->callbacks) callback(items);
  }

  bool has_subscribers() const {
    const Lock lock(subscribers_->mutex);
    return !subscribers_->callbacks.empty();
  }

 private:
  struct Subscribers {
    Mutex mutex;
    std::map<std::int64_t, Callback> callbacks JOBS_GUARDED_BY(mutex);
    std::int64_t next JOBS_GUARDED_BY(mutex) = 0;
  };
  std::shared_ptr<Subscribers> subscribers_ = std::make_shared<Subscribers>();
};

}  // namespace jobs::run
