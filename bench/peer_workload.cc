// peer_workload - the workload on which the engine is compared with other job queues.
//
//   peer_workload [--dir FOLDER]
//
// 1,000 jobs submitted one after the other; 10,000 more with 64 on their way; all of them drained by 64 workers whose
// handler does nothing; then 200 times the wait from before a submission until its handler is entered, on an idle queue.
// Each payload is a JSON text of half a kilobyte, and nothing is acknowledged before it is durable. Prints one JSON object
// of the form that draw_peers.py reads.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <functional>
#include <future>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "jobs/engine.h"

namespace {

using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr int one_by_one = 1'000;
constexpr int in_flight = 10'000;
constexpr int window = 64;
constexpr int workers = 64;
constexpr int starts = 200;

double seconds(const std::function<void()>& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Counts up to a number that someone waits for.
class Counter {
 public:
  void add() {
    const std::lock_guard lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  void wait_for(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return count_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

void run(const fs::path& file) {
  const std::string payload = R"({"k":")" + std::string(500, 'x') + R"("})";
  const jobs::JobSpec job = {.kind = "bench", .payload = payload};
  double alone = 0, together = 0, drained = 0;
  {
    jobs::Engine engine({.path = file, .queues = {{"default", {.workers = workers}}}});
    alone = seconds([&] {
      for (int i = 0; i < one_by_one; ++i) engine.submit(job);
    });
    Counter stored;
    together = seconds([&] {
      for (int i = 0; i < in_flight; ++i) {
        stored.wait_for(i - window + 1);
        engine.submit_async(job, [&](std::exception_ptr, jobs::Submitted) { stored.add(); });
      }
      stored.wait_for(in_flight);
    });
    Counter done;
    const auto subscription = engine.subscribe([&](std::span<const jobs::Event> events) {
      for (const jobs::Event& event : events) {
        if (event.type == jobs::EventType::completed) done.add();
      }
    });
    engine.handle("bench", [](jobs::Context&) { return jobs::Result{}; });
    drained = seconds([&] {
      engine.start();
      done.wait_for(one_by_one + in_flight);
    });
  }
  jobs::Engine engine({.path = file, .queues = {{"default", {.workers = 1}}}});
  std::promise<Clock::time_point>* entered = nullptr;
  engine.handle("start", [&](jobs::Context&) {
    entered->set_value(Clock::now());
    return jobs::Result{};
  });
  engine.start();
  std::vector<double> waits;
  for (int i = 0; i < starts; ++i) {
    std::promise<Clock::time_point> next;
    entered = &next;
    const auto before = Clock::now();
    engine.submit({.kind = "start"});
    waits.push_back(std::chrono::duration<double, std::milli>(next.get_future().get() - before).count());
  }
  engine.stop();
  std::sort(waits.begin(), waits.end());
  std::printf(
      R"({"engine": "libjobs", "durability": "SQLite WAL, synchronous=FULL", "enqueue_1": %.0f, "enqueue_w": %.0f, )"
      R"("drain": %.0f, "start_p50_ms": %.3f, "start_p99_ms": %.3f})"
      "\n",
      one_by_one / alone, in_flight / together, (one_by_one + in_flight) / drained, waits[starts / 2],
      waits[starts * 99 / 100]);
}

}  // namespace

int main(int count, char** arguments) {
  fs::path parent = fs::temp_directory_path();
  if (count == 3 && std::strcmp(arguments[1], "--dir") == 0) {
    parent = arguments[2];
  } else if (count != 1) {
    std::fputs("usage: peer_workload [--dir FOLDER]\n", stderr);
    return 2;
  }
  const fs::path folder = parent / ("peer_workload-" + std::to_string(::getpid()));
  int outcome = 0;
  try {
    fs::create_directories(folder);
    run(folder / "jobs.db");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "peer_workload: %s\n", error.what());
    outcome = 1;
  }
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  return outcome;
}
