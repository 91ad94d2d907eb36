#include "store/turns.h"

#include <algorithm>
#include <limits>

namespace jobs::store {

void Turns::set_options(std::int64_t queue, const QueueOptions& options) { queues_[queue].options = options; }

void Turns::load(std::int64_t queue, const std::string& key, Place place, std::int64_t count) {
  if (place != Place::ready && place != Place::running) return;
  Queue& known = queues_[queue];
  const auto entry = known.keys.try_emplace(key).first;
  if (place == Place::ready) {
    entry->second.ready += count;
  } else {
    entry->second.running += count;
    known.running += count;
  }
  settle(known, entry);
}

void Turns::move(Move move) {
  apply(move, false);
  effects_.moves.push_back(std::move(move));
}

void Turns::undo(std::size_t first) {
  for (std::size_t i = effects_.moves.size(); i > first; --i) {
    Move back = effects_.moves[i - 1];
    std::swap(back.from, back.to);
    apply(back, true);
    effects_.ready_queues.insert(back.queue);
  }
}

void Turns::apply(const Move& move, bool undone) {
  Queue& queue = queues_[move.queue];
  const auto entry = queue.keys.try_emplace(move.key).first;
  Key& key = entry->second;
  const bool was_in_row = key.in_row.has_value();
  if (move.from == Place::ready) --key.ready;
  if (move.to == Place::ready) ++key.ready;
  const int runs = (move.to == Place::running ? 1 : 0) - (move.from == Place::running ? 1 : 0);
  key.running += runs;
  queue.running += runs;
  // In an ordered queue a new job opens no way for those before it.
  const bool news = !queue.options.ordered || move.from != Place::nowhere;
  if (undone || (key.held_until == Time::max() && news)) lift(queue, entry);
  if (undone) queue.held_until = Time::min();
  if (was_in_row && move.to == Place::running) queue.row.splice(queue.row.end(), queue.row, *key.in_row);
  settle(queue, entry);

  const bool run_ended = move.from == Place::running && queue.options.concurrency > 0;
  const bool came_back = !was_in_row && move.from != Place::nowhere;
  if (move.to == Place::ready || ((run_ended || came_back) && !queue.row.empty())) effects_.ready_queues.insert(move.queue);
}

std::int64_t Turns::room(const Queue& queue, const std::string& name, const Key& key) {
  if (name.empty()) return std::numeric_limits<std::int64_t>::max();
  if (queue.options.ordered) return 1 - key.running;
  if (queue.options.key_concurrency > 0) return queue.options.key_concurrency - key.running;
  return std::numeric_limits<std::int64_t>::max();
}

void Turns::lift(Queue& queue, Keys::iterator key) {
  if (key->second.held_until == Time::min()) return;
  queue.held.erase({key->second.held_until, key->first});
  key->second.held_until = Time::min();
}

void Turns::settle(Queue& queue, Keys::iterator key) {
  Key& known = key->second;
  const bool serve = known.ready > 0 && known.held_until == Time::min() && room(queue, key->first, known) > 0;
  if (serve && !known.in_row) {
    known.in_row = queue.row.insert(queue.row.end(), &key->first);
  } else if (!serve && known.in_row) {
    queue.row.erase(*known.in_row);
    known.in_row.reset();
  }
  if (known.ready != 0 || known.running != 0 || key->first.empty()) return;
  lift(queue, key);
  queue.keys.erase(key);
}

std::optional<Turns::Turn> Turns::next(std::int64_t number, int limit, Time now) {
  const auto found = queues_.find(number);
  if (found == queues_.end()) return std::nullopt;
  Queue& queue = found->second;
  release(number, queue, now);
  if (queue.row.empty() || queue.held_until > now) return std::nullopt;
  const QueueOptions& options = queue.options;
  std::int64_t count = limit;
  if (options.concurrency > 0) count = std::min(count, options.concurrency - queue.running);
  if (count <= 0) return std::nullopt;
  const std::string& name = *queue.row.front();
  const Key& key = queue.keys.find(name)->second;
  count = std::min({count, key.ready, room(queue, name, key)});
  const bool counted = options.rate.count > 0 || (options.key_rate.count > 0 && !name.empty());
  if (counted || queue.row.size() > 1) count = 1;
  return Turn{.key = name, .count = static_cast<int>(count)};
}

void Turns::hold(std::int64_t number, const std::string& name, Time until) {
  Queue& queue = queues_[number];
  const auto key = queue.keys.find(name);
  if (key == queue.keys.end()) return;
  lift(queue, key);
  key->second.held_until = until;
  if (until != Time::max()) {
    queue.held.emplace(until, name);
    effects_.wake_timers_by(until);
  }
  settle(queue, key);
}

void Turns::hold(std::int64_t queue, Time until) {
  queues_[queue].held_until = until;
  effects_.wake_timers_by(until);
}

void Turns::release(std::int64_t number, Queue& queue, Time now) {
  if (queue.held_until != Time::min() && queue.held_until <= now) {
    queue.held_until = Time::min();
    effects_.ready_queues.insert(number);
  }
  while (!queue.held.empty() && queue.held.begin()->first <= now) {
    const auto key = queue.keys.find(queue.held.begin()->second);
    lift(queue, key);
    settle(queue, key);
    effects_.ready_queues.insert(number);
  }
}

void Turns::release(Time now) {
  for (auto& [number, queue] : queues_) release(number, queue, now);
}

std::optional<Time> Turns::next_release() const {
  std::optional<Time> next;
  const auto by = [&](Time at) { next = next ? std::min(*next, at) : at; };
  for (const auto& [number, queue] : queues_) {
    if (queue.held_until != Time::min()) by(queue.held_until);
    if (!queue.held.empty()) by(queue.held.begin()->first);
  }
  return next;
}

}  // namespace jobs::store
