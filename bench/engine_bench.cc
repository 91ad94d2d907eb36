// engine_bench - how fast the engine is, beside what plain SQLite does with the same rows in the same run.
//
//   engine_bench [--seconds S] [--rounds N] [--dir FOLDER] [case…]
//
// Prints one JSON object a line: {"case", "value", "unit", "raw", "ratio"}. Each case is measured in rounds that alternate
// with its raw counterpart, since the speed of a machine drifts; value and raw are medians, ratio the median of the
// rounds' ratios. Every figure is with fsync before every acknowledgement and with all events kept.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "jobs/engine.h"
#include "raw_sqlite.h"

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;
namespace fs = std::filesystem;

const std::string payload = R"({"prompt":"What are the top 5 products by revenue?","model":"770e8400"})";

struct Settings {
  double seconds = 1.0;
  int rounds = 5;
  fs::path dir = fs::temp_directory_path();
  std::set<std::string> cases = {};
};

// A folder that goes when the bench does.
struct Folder {
  explicit Folder(const fs::path& parent) : path(parent / ("engine_bench-" + std::to_string(::getpid()))) {
    fs::create_directories(path);
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  fs::path fresh(const std::string& name) {
    for (const char* const suffix : {"", "-wal", "-shm", ".lock"}) fs::remove(path / (name + suffix));
    return path / name;
  }
  fs::path path;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double percentile(std::vector<double>& values, double share) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

// Calls `work` until the time is up and returns how often a second what it counts happened.
double rate(double seconds, const std::function<int()>& work) {
  const auto start = Clock::now();
  std::int64_t count = 0;
  for (;;) {
    count += work();
    const double passed = Seconds(Clock::now() - start).count();
    if (passed >= seconds) return static_cast<double>(count) / passed;
  }
}

class Bench {
 public:
  explicit Bench(Settings settings) : settings_(std::move(settings)), folder_(settings_.dir) {}

  void run() {
    if (wants("submit_1")) {
      measure("submit_1", "jobs/s", [this] { return submit(1, 1); }, [this] { return raw_insert(1); });
    }
    if (wants("submit_64")) {
      measure("submit_64", "jobs/s", [this] { return submit(64, 1); }, [this] { return raw_insert(64); });
    }
    if (wants("submit_async")) {
      measure("submit_async", "jobs/s", [this] { return submit_async(1024); }, [this] { return raw_insert(1024); });
    }
    if (wants("submit_bulk")) {
      measure("submit_bulk", "jobs/s", [this] { return submit(1, 1000); }, [this] { return raw_insert(1000); });
    }
    if (wants("drain_64")) {
      measure("drain_64", "jobs/s", [this] { return drain(64); }, [this] { return raw_drain(64); });
    }
    if (wants("start")) start_latency();
  }

 private:
  bool wants(const std::string& name) const { return settings_.cases.empty() || settings_.cases.contains(name); }

  void measure(const char* name, const char* unit, const std::function<double()>& ours,
               const std::function<double()>& raw) {
    std::vector<double> values, raws, ratios;
    for (int i = 0; i < settings_.rounds; ++i) {
      raws.push_back(raw());
      values.push_back(ours());
      ratios.push_back(values.back() / raws.back());
    }
    print(name, median(values), unit, median(raws), median(ratios));
  }

  static void print(const char* name, double value, const char* unit, double raw, double ratio) {
    const char* const format = std::strcmp(unit, "ms") == 0
                                   ? R"({"case": "%s", "value": %.3f, "unit": "%s", "raw": %.3f, "ratio": %.2f})"
                                   : R"({"case": "%s", "value": %.0f, "unit": "%s", "raw": %.0f, "ratio": %.2f})";
    std::printf(format, name, value, unit, raw, ratio);
    std::printf("\n");
    std::fflush(stdout);
  }

  jobs::Options options(int workers) {
    return {.path = folder_.fresh("engine.db"), .queues = {{"default", {.workers = workers}}}};
  }

  double submit(int callers, int bulk) {
    jobs::Engine engine(options(0));
    const std::vector<jobs::JobSpec> specs(static_cast<std::size_t>(bulk), {.kind = "bench", .payload = payload});
    std::atomic<std::int64_t> count = 0;
    std::atomic<bool> stop = false;
    std::vector<std::thread> threads;
    const auto start = Clock::now();
    for (int i = 0; i < callers; ++i) {
      threads.emplace_back([&] {
        while (!stop) {
          if (bulk == 1) {
            engine.submit(specs.front());
          } else {
            engine.submit_all(specs);
          }
          count += bulk;
        }
      });
    }
    std::this_thread::sleep_for(Seconds(settings_.seconds));
    stop = true;
    const double passed = Seconds(Clock::now() - start).count();
    const auto done = static_cast<double>(count.load());
    for (auto& thread : threads) thread.join();
    return done / passed;
  }

  // One thread that keeps `window` submissions on their way.
  double submit_async(int window) {
    jobs::Engine engine(options(0));
    std::mutex mutex;
    std::condition_variable wake;
    int in_flight = 0;
    std::int64_t done = 0;
    const jobs::JobSpec spec = {.kind = "bench", .payload = payload};
    const auto start = Clock::now();
    double passed = 0;
    do {
      int room = 0;
      {
        std::unique_lock lock(mutex);
        wake.wait(lock, [&] { return in_flight < window; });
        room = window - in_flight;
        in_flight = window;
      }
      for (int i = 0; i < room; ++i) {
        engine.submit_async(spec, [&](std::exception_ptr, jobs::Submitted) {
          const std::lock_guard lock(mutex);
          ++done;
          if (in_flight-- == window || in_flight == 0) wake.notify_one();
        });
      }
      passed = Seconds(Clock::now() - start).count();
    } while (passed < settings_.seconds);
    std::unique_lock lock(mutex);
    const auto counted = static_cast<double>(done);
    wake.wait(lock, [&] { return in_flight == 0; });
    return counted / passed;
  }

  double raw_insert(int group) {
    RawSqlite raw(folder_.fresh("raw.db"));
    return rate(settings_.seconds, [&] {
      raw.insert(group, payload);
      return group;
    });
  }

  double drain(int workers) {
    jobs::Engine engine(options(workers));
    const int count = jobs_to_drain();
    const std::vector<jobs::JobSpec> specs(1000, {.kind = "bench", .payload = payload});
    for (int i = 0; i < count; i += 1000) engine.submit_all(specs);
    std::mutex mutex;
    std::condition_variable wake;
    int completed = 0;
    const auto subscription = engine.subscribe([&](std::span<const jobs::Event> events) {
      int more = 0;
      for (const auto& event : events) more += event.type == jobs::EventType::completed;
      const std::lock_guard lock(mutex);
      completed += more;
      if (completed >= count) wake.notify_all();
    });
    engine.handle("bench", [](jobs::Context&) { return jobs::Result{}; });
    const auto start = Clock::now();
    engine.start();
    {
      std::unique_lock lock(mutex);
      wake.wait(lock, [&] { return completed >= count; });
    }
    return count / Seconds(Clock::now() - start).count();
  }

  double raw_drain(int group) {
    RawSqlite raw(folder_.fresh("raw.db"));
    const int count = jobs_to_drain();
    for (int i = 0; i < count; i += 1000) raw.insert(1000, payload);
    const auto start = Clock::now();
    while (raw.claim_and_complete(group) > 0) {
    }
    return count / Seconds(Clock::now() - start).count();
  }

  int jobs_to_drain() const { return std::max(1, static_cast<int>(settings_.seconds * 30)) * 1000; }

  // From submit() returning to the handler being entered, on an idle engine. `raw` is one commit with fsync.
  void start_latency() {
    jobs::Engine engine(options(4));
    std::mutex mutex;
    std::condition_variable wake;
    Clock::time_point entered;
    bool came = false;
    engine.handle("bench", [&](jobs::Context&) {
      const auto now = Clock::now();
      const std::lock_guard lock(mutex);
      entered = now;
      came = true;
      wake.notify_one();
      return jobs::Result{};
    });
    engine.start();
    RawSqlite raw(folder_.fresh("raw.db"));
    std::vector<double> starts, commits;
    const int samples = std::max(200, static_cast<int>(settings_.seconds * settings_.rounds * 400));
    for (int i = 0; i < samples; ++i) {
      const auto raw_start = Clock::now();
      raw.insert(1, payload);
      commits.push_back(Seconds(Clock::now() - raw_start).count() * 1000);
      engine.submit({.kind = "bench", .payload = payload});
      const auto submitted = Clock::now();
      std::unique_lock lock(mutex);
      wake.wait(lock, [&] { return came; });
      came = false;
      // Entered before submit() returned counts as no wait at all.
      starts.push_back(std::max(0.0, Seconds(entered - submitted).count() * 1000));
      lock.unlock();
      // Idle again: the run before has been stored.
      std::this_thread::sleep_for(std::chrono::microseconds(1500));
    }
    for (const auto& [name, share] : {std::pair{"start_p50_ms", 0.5}, std::pair{"start_p99_ms", 0.99}}) {
      const double value = percentile(starts, share);
      const double fsync = percentile(commits, share);
      print(name, value, "ms", fsync, value / fsync);
    }
  }

  Settings settings_;
  Folder folder_;
};

const char usage[] =
    "engine_bench [--seconds S] [--rounds N] [--dir FOLDER] [case…]\n"
    "Measures the job engine beside plain SQLite in the same run, and prints one JSON object a line.\n"
    "  --seconds S   time for each measurement (1)\n"
    "  --rounds N    measurements of each case; the median is printed (5)\n"
    "  --dir FOLDER  where the databases are written (the temporary folder)\n"
    "Cases: submit_1 submit_64 submit_async submit_bulk drain_64 start\n";

}  // namespace

int main(int count, char** arguments) {
  Settings settings;
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    const char* const value = i + 1 < count ? arguments[i + 1] : nullptr;
    if (argument == "--help") {
      std::fputs(usage, stdout);
      return 0;
    }
    if (argument == "--seconds" && value) {
      settings.seconds = std::atof(value);
    } else if (argument == "--rounds" && value) {
      settings.rounds = std::atoi(value);
    } else if (argument == "--dir" && value) {
      settings.dir = value;
    } else if (argument.starts_with("-")) {
      std::fputs(usage, stderr);
      return 2;
    } else {
      settings.cases.insert(argument);
      continue;
    }
    ++i;
  }
  if (settings.seconds <= 0 || settings.rounds < 1) {
    std::fputs(usage, stderr);
    return 2;
  }
  try {
    Bench(settings).run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "engine_bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
