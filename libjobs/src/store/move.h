// store/move.h - a job that went from one place to another, as taking turns and counting see it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace jobs::store {

// The first three are PENDING, numbered as jobs.due is.
enum class Place : std::uint8_t { scheduled = 0, ready = 1, waiting = 2, running, complete, failed, cancelled, nowhere };

struct Move {
  std::int64_t queue = 0;
  std::string key = {};
  Place from = Place::nowhere;
  Place to = Place::nowhere;
  // From ready: since it was due. From running: since it started.
  std::chrono::milliseconds took = {};
  // The attempt failed, and the job will be tried again.
  bool retried = false;
};

}  // namespace jobs::store
