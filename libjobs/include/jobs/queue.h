// jobs/queue.h - how the jobs of one queue are run.
#pragma once

namespace jobs {

struct QueueOptions {
  // Threads that run handlers of this queue. Zero: the queue is only claimed by hand.
  int workers = 4;
};

}  // namespace jobs
