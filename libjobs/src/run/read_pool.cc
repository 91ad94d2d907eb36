#include "run/read_pool.h"

#include <algorithm>
#include <utility>

namespace jobs::run {
namespace {

// One that takes long holds up those that share its snapshot, so they are not many.
constexpr std::size_t reads_of_a_snapshot_max = 16;

}  // namespace

ReadPool::~ReadPool() {
  {
    const Lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ReadPool::post(Read read) {
  const Lock lock(mutex_);
  while (static_cast<int>(threads_.size()) < threads_wanted_) threads_.emplace_back([this] { main(); });
  waiting_.push_back(std::move(read));
  wake_.notify_one();
}

void ReadPool::main() {
  Lock lock(mutex_);
  for (;;) {
    wake_.wait(lock.native(), [this] {
      mutex_.assert_held();
      return stopping_ || !waiting_.empty();
    });
    if (waiting_.empty()) return;
    std::vector<Read> reads = take();
    mutex_.unlock();
    run(reads);
    reads.clear();
    mutex_.lock();
  }
}

std::vector<ReadPool::Read> ReadPool::take() {
  const std::size_t share = waiting_.size() / static_cast<std::size_t>(threads_wanted_);
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::clamp<std::size_t>(share, 1, reads_of_a_snapshot_max));
  std::vector<Read> reads(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  return reads;
}

void ReadPool::run(std::vector<Read>& reads) {
  const auto finish = [](const Read& read, std::exception_ptr error) noexcept { read.done(std::move(error)); };
  std::size_t next = 0;
  while (next < reads.size()) {
    std::exception_ptr thrown;
    try {
      readers_.read([&](Reader& reader) {
        while (next < reads.size()) {
          reads[next].work(reader);
          finish(reads[next++], nullptr);
        }
      });
    } catch (...) {
      thrown = std::current_exception();
    }
    // The others go on in a snapshot of their own. Ending one whose reads are done may fail without harm. The exception is given
    // away: who handles it, on whichever thread, also destroys it.
    if (thrown && next < reads.size()) finish(reads[next++], std::move(thrown));
  }
}

}  // namespace jobs::run
