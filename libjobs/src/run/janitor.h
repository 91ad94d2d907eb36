// run/janitor.h - removes finished jobs when their time is over, in bites small enough that nobody waits for them.
//
// A bite is what can be removed in a few milliseconds of the writer, as a stopwatch says: on a slow disk, or when the
// writer is busy with others, it is smaller. The search for what to remove reads beside the writer. It looks at the jobs
// once, remembers for each page of them when the next of it expires, and looks at a page again only then; so a long
// history that is kept costs nothing.
//
// Used by one thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "store/readers.h"
#include "store/retention.h"
#include "store/writer.h"

namespace jobs::run {

class Janitor {
 public:
  Janitor(store::Writer& writer, store::Readers& readers, store::RetentionTable& table, const Options& options,
          store::Patience::Stopwatch stopwatch = &std::chrono::steady_clock::now)
      : writer_(writer), readers_(readers), table_(table), rules_(options), stopwatch_(std::move(stopwatch)) {}

  // Takes one bite if it is time, and returns when it wants to be called again. Empty: never.
  std::optional<Time> run_once(Time now);

 private:
  // Jobs that lie one after the other, as they were looked at together.
  struct Page {
    // Before its first.
    std::int64_t after = 0;
    Time next = Time::max();
  };

  // Finds what is expired, in the next page that is due. False: none is.
  bool look(Time now);
  void bite();
  Time next_look() const;

  store::Writer& writer_;
  store::Readers& readers_;
  store::RetentionTable& table_;
  const store::RetentionRules rules_;
  const store::Patience::Stopwatch stopwatch_;

  // By their last job.
  std::map<std::int64_t, Page> pages_;
  // Jobs after `known_` are in no page, and none of them expires before `unknown_expire_`.
  std::int64_t known_ = 0;
  Time unknown_expire_ = Time::min();
  // Found and not removed yet, the next at the end.
  std::vector<store::Expired> expired_;
  Time next_ = Time::min();
  // What the last bite cost beside its own work.
  std::chrono::microseconds around_ = {};
};

}  // namespace jobs::run
