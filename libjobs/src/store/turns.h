// store/turns.h - whose turn it is: the keys of a queue that have something to run, in a row, and what is in their way.
//
// The key in front is served and goes to the back. A key stands in the row while it has ready jobs and its limits leave room;
// one that is held up leaves it, and comes back at its end when a run of it ends or its time has come. So each turn is O(1)
// however many keys and jobs there are, and a key in the row is served within as many turns as the row has keys.
//
// Everything here mirrors the file: counted at open, moved with each transition, moved back when that is undone. Holds and
// the order of the row are only in memory; a hold that is lifted too early costs one look and is set again.
//
// Invariants:
//  1. A key is known while it has a ready job or a run, and forgotten after. The empty key, of jobs without one, stays.
//  2. A key is in the row exactly if it has a ready job, is not held, and is below its own limits.
// Used inside the writer's turn only.
#pragma once

#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "jobs/clock.h"
#include "jobs/queue.h"
#include "store/effects.h"

namespace jobs::store {

class Turns {
 public:
  explicit Turns(Effects& effects) : effects_(effects) {}

  // ---- At open ----

  // A queue without options has no limits.
  void set_options(std::int64_t queue, const QueueOptions& options);
  // So many jobs are in that place.
  void load(std::int64_t queue, const std::string& key, Place place, std::int64_t count);

  // ---- Moves ----

  // A job changes its place. Notes it in the effects, and the queue too if it may have something to start now.
  void move(Move move);
  // Takes back the moves that the effects hold from `first` on, and notes their queues.
  void undo(std::size_t first);

  // ---- Turns ----

  struct Turn {
    std::string key = {};
    // How many of the key's jobs may start in this turn: more than one when nobody else waits for one.
    int count = 0;
  };
  // Whose turn it is, for up to `limit` jobs. A start (a move from ready to running) ends it.
  std::optional<Turn> next(std::int64_t queue, int limit, Time now);
  // Passes over a key, or the whole queue, until then.
  void hold(std::int64_t queue, const std::string& key, Time until);
  void hold(std::int64_t queue, Time until);
  // Passes over a key until one of its jobs moves.
  void hold_until_moved(std::int64_t queue, const std::string& key) { hold(queue, key, Time::max()); }
  // Notes the queues in which a hold has ended.
  void release(Time now);
  // When release() has something to do. Empty: never, as far as is known.
  std::optional<Time> next_release() const;

  const QueueOptions& options(std::int64_t queue) { return queues_[queue].options; }
  std::size_t known_keys(std::int64_t queue) const {
    const auto found = queues_.find(queue);
    return found == queues_.end() ? 0 : found->second.keys.size();
  }

 private:
  using Row = std::list<const std::string*>;
  struct Key {
    std::int64_t ready = 0;
    std::int64_t running = 0;
    // The beginning of time: not held. The end of it: until a job of the key moves.
    Time held_until = Time::min();
    std::optional<Row::iterator> in_row = {};
  };
  using Keys = std::unordered_map<std::string, Key>;
  struct Queue {
    QueueOptions options = {};
    std::int64_t running = 0;
    Time held_until = Time::min();
    Keys keys = {};
    Row row = {};
    // Keys held until a moment, soonest first.
    std::set<std::pair<Time, std::string>> held = {};
  };

  void apply(const Move& move, bool undone);
  // How many more of the key may run by its own limits.
  static std::int64_t room(const Queue& queue, const std::string& name, const Key& key);
  static void lift(Queue& queue, Keys::iterator key);
  // Puts the key into the row or takes it out, and forgets it, as it must be.
  static void settle(Queue& queue, Keys::iterator key);
  // Lifts the holds that have ended, and notes the queue if there was one.
  void release(std::int64_t number, Queue& queue, Time now);

  Effects& effects_;
  std::map<std::int64_t, Queue> queues_;
};

}  // namespace jobs::store
