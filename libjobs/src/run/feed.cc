#include "run/feed.h"

namespace jobs::run {

std::shared_ptr<void> Feed::subscribe(Callback callback) {
  const std::lock_guard lock(subscribers_->mutex);
  const std::int64_t number = subscribers_->next++;
  subscribers_->callbacks.emplace(number, std::move(callback));
  return {nullptr, [subscribers = subscribers_, number](void*) {
            const std::lock_guard inner(subscribers->mutex);
            subscribers->callbacks.erase(number);
          }};
}

void Feed::publish(std::span<const Event> events) {
  if (events.empty()) return;
  const std::lock_guard lock(subscribers_->mutex);
  for (const auto& [number, callback] : subscribers_->callbacks) callback(events);
}

}  // namespace jobs::run
