// api/status_cache.h - the last answers to GET /ai/jobs/{id}, for clients that ask until something has changed.
//
// An answer is given again to whom it was given, for as long as the engine says that the job has not changed. Thread safety: used on
// the event loop only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>

#include "conversations/conversations.h"
#include "jobs/uuid.h"

namespace jobsd {

class StatusCache {
 public:
  // At most so many answers, of at most 4 KiB each.
  explicit StatusCache(std::size_t answers_max) : answers_max_(answers_max) {}

  // `changes` is what Engine::changes() says now. Null: there is none that is still true.
  const std::string* find(const jobs::JobId& job, const Viewer& viewer, std::uint64_t changes);
  // `changes` is what it said before the job was read. The answer that was used least recently makes way.
  void keep(const jobs::JobId& job, const Viewer& viewer, std::uint64_t changes, const std::string& body);

 private:
  struct Answer {
    jobs::JobId job = {};
    Viewer viewer = {};
    std::uint64_t changes = 0;
    std::string body = {};
  };

  const std::size_t answers_max_;
  // The most recently used first.
  std::list<Answer> answers_;
  std::unordered_map<jobs::JobId, std::list<Answer>::iterator> by_job_;
};

}  // namespace jobsd
