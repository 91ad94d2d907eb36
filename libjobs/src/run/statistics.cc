#include "run/statistics.h"

#include <algorithm>
#include <bit>

namespace jobs::run {
namespace {

using store::Place;

// The counter of the jobs that are in that place, if they are alive.
std::int64_t* depth(QueueStatistics& queue, Place place) {
  switch (place) {
    case Place::scheduled:
      return &queue.scheduled;
    case Place::ready:
      return &queue.ready;
    case Place::waiting:
      return &queue.waiting;
    case Place::running:
      return &queue.running;
    default:
      return nullptr;
  }
}

void add(Throughput& to, const store::Move& move) {
  if (move.from == Place::nowhere) ++to.submitted;
  if (move.retried) ++to.retried;
  if (move.to == Place::running) ++to.started;
  if (move.to == Place::complete) ++to.completed;
  if (move.to == Place::failed) ++to.failed;
  if (move.to == Place::cancelled) ++to.cancelled;
}

void add(Throughput& to, const Throughput& more) {
  to.submitted += more.submitted;
  to.started += more.started;
  to.retried += more.retried;
  to.completed += more.completed;
  to.failed += more.failed;
  to.cancelled += more.cancelled;
}

void add(Histogram& to, std::chrono::milliseconds took) {
  const auto width = static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0))));
  ++to.buckets[std::min(width, Histogram::size - 1)];
  ++to.count;
  to.sum += took;
}

std::int64_t second_of(Time now) { return std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count(); }

}  // namespace

void Statistics::load(std::int64_t queue, Place place, std::int64_t count) {
  const Lock lock(mutex_);
  if (std::int64_t* const jobs = depth(queues_[queue].statistics, place)) *jobs += count;
}

void Statistics::count(std::span<const store::Move> moves, Time now) {
  if (moves.empty()) return;
  const std::int64_t second = second_of(now);
  const Lock lock(mutex_);
  Queue* queue = nullptr;
  std::int64_t number = 0;
  for (const store::Move& move : moves) {
    if (queue == nullptr || number != move.queue) {
      number = move.queue;
      queue = &queues_[number];
    }
    count(*queue, move, second);
  }
}

void Statistics::count(Queue& queue, const store::Move& move, std::int64_t second) {
  QueueStatistics& now = queue.statistics;
  if (std::int64_t* const jobs = depth(now, move.from)) --*jobs;
  if (std::int64_t* const jobs = depth(now, move.to)) ++*jobs;
  if (move.from == Place::ready && move.to == Place::running) add(now.wait, move.took);
  if (move.from == Place::running) add(now.run, move.took);
  add(now.since_open, move);
  Second& current = queue.seconds[static_cast<std::size_t>(second % 60)];
  if (current.second != second) current = {.second = second};
  add(current.happened, move);
}

std::map<std::int64_t, QueueStatistics> Statistics::read(Time now) const {
  const std::int64_t second = second_of(now);
  std::map<std::int64_t, QueueStatistics> found;
  const Lock lock(mutex_);
  for (const auto& [number, queue] : queues_) {
    QueueStatistics& statistics = found[number] = queue.statistics;
    for (const Second& one : queue.seconds) {
      if (one.second > second - 60 && one.second <= second) add(statistics.last_minute, one.happened);
    }
  }
  return found;
}

}  // namespace jobs::run
