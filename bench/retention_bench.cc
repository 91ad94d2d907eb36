// retention_bench - how long the writer is held while a long history is removed.
//
//   retention_bench [JOBS] [FOLDER]
//
// Makes a file with JOBS finished jobs (default 1,000,000; two events each), lets their time pass, and removes them while one
// caller submits. Prints one JSON object: the longest and the usual group of the writer with its fsync, what the caller
// waited at most, how many jobs went in a second, and beside it how long an fsync of 64 KiB alone took on the same disk, half
// of them before and half after.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "jobs/engine.h"

namespace {

using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

double ms(Clock::duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

double percentile(std::vector<double>& values, double share) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

// Jumps over the time that jobs are kept.
class Later : public jobs::Clock {
 public:
  jobs::Time now() const override { return jobs::system_clock().now() + passed; }
  void wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable& wake, jobs::Time until) override {
    jobs::system_clock().wait_until(lock, wake, until - passed);
  }
  std::chrono::milliseconds passed{0};
};

class Groups : public jobs::Observer {
 public:
  void committed(const jobs::CommitNotice& commit) override {
    if (counting) took.push_back(static_cast<double>(commit.took.count()) / 1000);
  }
  std::atomic<bool> counting = false;
  std::vector<double> took;
};

// Appends to a file of its own, 64 KiB a time.
void raw_fsyncs(const fs::path& file, std::vector<double>& took) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const std::vector<char> bytes(64 * 1024, 'x');
  for (int i = 0; i < 500; ++i) {
    const auto before = Clock::now();
    if (::write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) || ::fdatasync(fd) != 0) {
      throw std::runtime_error("cannot write " + file.string());
    }
    took.push_back(ms(Clock::now() - before));
  }
  ::close(fd);
}

void run(std::int64_t count, const fs::path& folder) {
  Later clock;
  Groups groups;
  jobs::Engine engine({.path = folder / "jobs.db",
                       .queues = {{"default", {.workers = 0}}},
                       .retention = std::chrono::hours(1),
                       .observer = &groups,
                       .clock = &clock});
  for (std::int64_t made = 0; made < count; made += 1000) {
    engine.transact([&](jobs::Transaction& tx) {
      for (int i = 0; i < 1000; ++i) tx.cancel(tx.submit({.kind = "k", .payload = R"({"order":7231,"photo":"a.png"})"}), "");
    });
  }
  std::vector<double> raw;
  raw_fsyncs(folder / "raw", raw);
  clock.passed = std::chrono::hours(2);
  groups.counting = true;
  std::atomic<bool> over = false;
  std::vector<double> waits;
  std::thread caller([&] {
    while (!over) {
      const auto before = Clock::now();
      engine.submit({.kind = "k"});
      waits.push_back(ms(Clock::now() - before));
    }
  });
  const auto began = Clock::now();
  engine.start();
  while (!engine.list({.state = jobs::State::cancelled, .limit = 1}).empty()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const double seconds = ms(Clock::now() - began) / 1000;
  over = true;
  caller.join();
  groups.counting = false;
  raw_fsyncs(folder / "raw", raw);
  std::printf("{\"case\": \"retention\", \"jobs\": %lld, \"jobs_per_second\": %.0f, \"group_ms_max\": %.2f, "
              "\"group_ms_p99\": %.2f, \"group_ms_p50\": %.2f, \"submit_ms_max\": %.2f, \"submit_ms_p99\": %.2f, "
              "\"raw_fsync_ms_max\": %.2f, \"raw_fsync_ms_p99\": %.2f}\n",
              static_cast<long long>(count), static_cast<double>(count) / seconds, percentile(groups.took, 1),
              percentile(groups.took, 0.99), percentile(groups.took, 0.5), percentile(waits, 1), percentile(waits, 0.99),
              percentile(raw, 1), percentile(raw, 0.99));
}

}  // namespace

int main(int argc, char** argv) {
  const std::int64_t count = argc > 1 ? std::atoll(argv[1]) : 1'000'000;
  const fs::path parent = argc > 2 ? fs::path(argv[2]) : fs::temp_directory_path();
  const fs::path folder = parent / ("retention_bench-" + std::to_string(::getpid()));
  if (count < 1) {
    std::fputs("usage: retention_bench [JOBS] [FOLDER]\n", stderr);
    return 2;
  }
  fs::create_directories(folder);
  int status = 0;
  try {
    run(count, folder);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "retention_bench: %s\n", error.what());
    status = 1;
  }
  fs::remove_all(folder);
  return status;
}
