// engine_bench - how fast the engine is, beside what plain SQLite does with the same rows in the same run.
//
//   engine_bench [--seconds S] [--rounds N] [--dir FOLDER] [--history N] [case…]
//
// Prints one JSON object a line: {"case", "value", "unit", "raw", "ratio", "events"}. Each case is measured in rounds that alternate
// with its raw counterpart, since the speed of a machine drifts; value and raw are medians, ratio the median of the
// rounds' ratios. With --history the counterpart is the engine itself on an empty file, and "raw" is called "empty". Every
// figure is with fsync before every acknowledgement and with all events kept ("events").
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
#include <utility>
#include <vector>

#include "history.h"
#include "idle.h"
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
  std::int64_t history = 0;
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
    if (settings_.history > 0) {
      history_ = settings_.dir / ("engine_bench-history-" + std::to_string(settings_.history) + ".db");
      make_history(history_, settings_.history);
    }
    throughput("submit_1", [this] { return submit(1, 1); }, [this] { return raw_insert(1); });
    throughput("submit_64", [this] { return submit(64, 1); }, [this] { return raw_insert(64); });
    throughput("submit_async", [this] { return submit_async(1024); }, [this] { return raw_insert(1024); });
    throughput("submit_bulk", [this] { return submit(1, 1000); }, [this] { return raw_insert(1000); });
    throughput("drain_64", [this] { return drain(64); }, [this] { return raw_drain(64); });
    if (wants("start")) start_latency();
    if (wants("idle") && settings_.history == 0) idle();
  }

 private:
  bool wants(const std::string& name) const { return settings_.cases.empty() || settings_.cases.contains(name); }

  // Jobs a second: the engine's, and what stands beside it.
  void throughput(const char* name, const std::function<double()>& engine, const std::function<double()>& raw) {
    if (!wants(name)) return;
    std::vector<double> values, others, ratios;
    for (int i = 0; i < settings_.rounds; ++i) {
      others.push_back(settings_.history > 0 ? on_empty_file(engine) : raw());
      values.push_back(engine());
      ratios.push_back(values.back() / others.back());
    }
    print(name, median(values), "jobs/s", median(others), median(ratios));
  }

  double on_empty_file(const std::function<double()>& engine) {
    const fs::path history = std::exchange(history_, fs::path());
    const double value = engine();
    history_ = history;
    return value;
  }

  void print(const char* name, double value, const char* unit, double other, double ratio) const {
    const int digits = std::strcmp(unit, "ms") == 0 ? 3 : 0;
    std::printf(R"({"case": "%s", "value": %.*f, "unit": "%s", "%s": %.*f, "ratio": %.2f, "events": "all"})", name, digits, value, unit,
                settings_.history > 0 ? "empty" : "raw", digits, other, ratio);
    std::printf("\n");
    std::fflush(stdout);
  }

  // A file with history is the same for all cases, so each has a queue of its own.
  jobs::Options options(int workers) {
    queue_ = "bench-" + std::to_string(::getpid()) + "-" + std::to_string(++opened_);
    return {.path = history_.empty() ? folder_.fresh("engine.db") : history_, .queues = {{queue_, {.workers = workers}}}};
  }

  jobs::JobSpec spec() const { return {.kind = "bench", .payload = payload, .queue = queue_}; }

  double submit(int callers, int bulk) {
    jobs::Engine engine(options(0));
    const std::vector<jobs::JobSpec> specs(static_cast<std::size_t>(bulk), spec());
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
    const jobs::JobSpec job = spec();
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
        engine.submit_async(job, [&](std::exception_ptr, jobs::Submitted) {
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
    const std::vector<jobs::JobSpec> specs(1000, spec());
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

  struct Latency {
    std::vector<double> starts = {};
    std::vector<double> commits = {};
  };

  // From submit() returning to the handler being entered, on an idle engine. `raw` is one commit with fsync.
  void start_latency() {
    Latency here = start_latencies();
    const fs::path history = std::exchange(history_, fs::path());
    Latency empty = history.empty() ? Latency() : start_latencies();
    history_ = history;
    for (const auto& [name, share] : {std::pair{"start_p50_ms", 0.5}, std::pair{"start_p99_ms", 0.99}}) {
      const double value = percentile(here.starts, share);
      const double other = percentile(history.empty() ? here.commits : empty.starts, share);
      print(name, value, "ms", other, value / other);
    }
  }

  Latency start_latencies() {
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
    Latency found;
    const int samples = std::max(200, static_cast<int>(settings_.seconds * settings_.rounds * 400));
    for (int i = 0; i < samples; ++i) {
      const auto raw_start = Clock::now();
      raw.insert(1, payload);
      found.commits.push_back(Seconds(Clock::now() - raw_start).count() * 1000);
      engine.submit(spec());
      const auto submitted = Clock::now();
      std::unique_lock lock(mutex);
      wake.wait(lock, [&] { return came; });
      came = false;
      // Entered before submit() returned counts as no wait at all.
      found.starts.push_back(std::max(0.0, Seconds(entered - submitted).count() * 1000));
      lock.unlock();
      // Idle again: the run before has been stored.
      std::this_thread::sleep_for(std::chrono::microseconds(1500));
    }
    return found;
  }

  void idle() {
    constexpr int seconds = 10;
    const Idle found = watch_idle_engine(folder_.fresh("engine.db"), 100'000, seconds);
    std::printf(R"({"case": "idle_switches", "value": %ld, "unit": "in %d s"})" "\n", found.switches, seconds);
    std::printf(R"({"case": "idle_cpu", "value": %.3f, "unit": "ms in %d s"})" "\n", found.cpu_ms, seconds);
    std::printf(R"({"case": "idle_memory", "value": %.1f, "unit": "MB beside SQLite's own"})" "\n", found.memory_mb);
    std::fflush(stdout);
  }

  Settings settings_;
  Folder folder_;
  // The file with history; empty: a fresh file for each measurement.
  fs::path history_ = {};
  std::string queue_ = {};
  int opened_ = 0;
};

const char usage[] =
    "engine_bench [--seconds S] [--rounds N] [--dir FOLDER] [--history N] [case…]\n"
    "Measures the job engine beside plain SQLite in the same run, and prints one JSON object a line.\n"
    "  --seconds S   time for each measurement (1)\n"
    "  --rounds N    measurements of each case; the median is printed (5)\n"
    "  --dir FOLDER  where the databases are written (the temporary folder)\n"
    "  --history N   on a file with N finished jobs, beside the engine on an empty file. It is made in FOLDER, a quarter of a\n"
    "                gigabyte a million, and stays there for the next run\n"
    "Cases: submit_1 submit_64 submit_async submit_bulk drain_64 start idle\n";

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
    } else if (argument == "--history" && value) {
      settings.history = std::atoll(value);
    } else if (argument.starts_with("-")) {
      std::fputs(usage, stderr);
      return 2;
    } else {
      settings.cases.insert(argument);
      continue;
    }
    ++i;
  }
  if (settings.seconds <= 0 || settings.rounds < 1 || settings.history < 0) {
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
