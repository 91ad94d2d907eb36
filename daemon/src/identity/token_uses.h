// identity/token_uses.h - when tokens were last used, written to the store now and then.
//
// A use is kept to the minute. The first one is written at once, behind the request's back; those of the following minute are
// collected and go together with the next use after it, so that any number of requests costs one small write a minute. A
// process that dies loses at most what was collected since.
//
// Thread safety: every member may be called from any thread. note() never waits for the disk, write() does.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "jobs/clock.h"

namespace jobs {
class Engine;
}

namespace jobsd {

class TokenUses : public std::enable_shared_from_this<TokenUses> {
 public:
  // The engine must outlive every call, though not this.
  explicit TokenUses(jobs::Engine& engine) : engine_(engine) {}

  // `at` is a whole minute, and later than what was noted for this token before.
  void note(std::int64_t token, jobs::Time at);
  // Everything that was collected, in one commit. What a store refuses is forgotten: it has worse to tell.
  void write();

 private:
  using Uses = std::map<std::int64_t, jobs::Time>;

  jobs::Engine& engine_;
  std::mutex mutex_;
  // Guarded by mutex_.
  Uses unwritten_;
  jobs::Time last_write_ = {};
  bool writing_ = false;
};

}  // namespace jobsd
