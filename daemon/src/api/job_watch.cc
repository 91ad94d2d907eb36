#include "api/job_watch.h"

#include "conversations/conversations.h"

namespace jobsd {
namespace {

std::int64_t change_of_unfinished(std::span<const jobs::Event> events) {
  std::int64_t change = 0;
  for (const jobs::Event& event : events) {
    if (event.type == jobs::EventType::created) ++change;
    if (event.type == jobs::EventType::completed || event.type == jobs::EventType::failed ||
        event.type == jobs::EventType::cancelled) {
      --change;
    }
  }
  return change;
}

}  // namespace

JobWatch::JobWatch(asio::io_context& io, jobs::Engine& engine) : jobs_(io), queues_(io) {
  engine.read([this](jobs::Reader& reader) { *unfinished_ = count_unfinished(reader); });
  events_ = engine.subscribe([jobs = jobs_.teller(), unfinished = unfinished_](std::span<const jobs::Event> events) {
    *unfinished += change_of_unfinished(events);
    jobs.tell(events, [](const jobs::Event& event) { return event.job; });
  });
  ready_ = engine.on_ready([queues = queues_.teller()](std::span<const std::string> names) {
    queues.tell(names, [](const std::string& name) { return name; });
  });
}

JobWatch::~JobWatch() = default;

void JobWatch::close() {
  events_ = {};
  ready_ = {};
  jobs_.close();
  queues_.close();
}

}  // namespace jobsd
