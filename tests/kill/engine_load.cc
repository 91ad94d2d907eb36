// engine_load - an engine at work that notes down what it does, so that what outlives its process can be held against it.
//
//   engine_load STORE HISTORY [--finish]
//
// Threads submit jobs whose handler has two steps; some fail, some are cancelled. One in eight waits as well: for another try
// of a step, a moment, a signal and two children, so that its handler runs again from its beginning many times. Each line of HISTORY is one fact, appended
// by one write(), which a killed process cannot take back:
//   submitted ID          the engine said so
//   ran ID ATTEMPT STEP   the step's function is about to run
//   stored ID STEP        the engine returned its result
//   began ID ATTEMPT      a handler was entered
//   signalled ID          the engine stored the job's signal
//   answered ID ANSWER    what the wait for the signal came to
//   told ID STATE         a subscriber heard that the job ended
// With --finish nothing new is submitted, and the program ends when no job is left.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstring>
#include <iostream>
#include <mutex>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "jobs/engine.h"

using namespace std::chrono_literals;

namespace {

class History {
 public:
  explicit History(const char* path) : file_(::open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
    if (file_ < 0) throw std::runtime_error(std::string("cannot open the history: ") + std::strerror(errno));
  }
  ~History() { ::close(file_); }
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  void note(std::string line) const {
    line += '\n';
    if (::write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::abort();
  }

 private:
  int file_;
};

// Threads that submit, each with at most a few jobs unfinished in the store.
class Load {
 public:
  Load(jobs::Engine& engine, const History& history) : engine_(engine), history_(history) {
    for (unsigned i = 0; i < 4; ++i) {
      threads_.emplace_back([this, i](std::stop_token stop) { submit(stop, i); });
    }
  }

  void ended(const std::vector<jobs::JobId>& ids) {
    const std::lock_guard lock(mutex_);
    for (const jobs::JobId& id : ids) {
      if (live_.erase(id) == 0) ended_first_.insert(id);
    }
    room_.notify_all();
  }

 private:
  void submit(std::stop_token stop, unsigned thread) {
    std::mt19937 random(std::random_device{}() + thread);
    while (!stop.stop_requested()) {
      {
        std::unique_lock lock(mutex_);
        if (!room_.wait(lock, stop, [this] { return live_.size() < 200; })) return;
      }
      const bool waits = random() % 8 == 0;
      const jobs::JobId id = engine_.submit({.kind = waits ? "flow" : "work",
                                             .payload = std::to_string(random() % 1000),
                                             .max_attempts = 100,
                                             .time_limit = 10s});
      history_.note("submitted " + id.to_string());
      {
        const std::lock_guard lock(mutex_);
        if (ended_first_.erase(id) == 0) live_.insert(id);
      }
      if (waits && engine_.signal(id, "go", "gone") == jobs::Signalled::stored) history_.note("signalled " + id.to_string());
      if (random() % 16 == 0) engine_.cancel(id, "the load");
    }
  }

  jobs::Engine& engine_;
  const History& history_;
  std::mutex mutex_;
  std::condition_variable_any room_;
  std::set<jobs::JobId> live_;
  // Ended before submit() had returned, or submitted by another: by the process before, or by a handler.
  std::set<jobs::JobId> ended_first_;
  std::vector<std::jthread> threads_;
};

jobs::Result work(jobs::Context& context, const History& history) {
  const std::string id = context.id().to_string();
  history.note("began " + id + " " + std::to_string(context.attempt()));
  std::string kept;
  for (const std::string name : {"first", "second"}) {
    const std::string result = context.step(name, [&] {
      history.note("ran " + id + " " + std::to_string(context.attempt()) + " " + name);
      return name + " of attempt " + std::to_string(context.attempt());
    });
    history.note("stored " + id + " " + name);
    kept += result + "; ";
    context.progress(1, name);
  }
  if (context.attempt() == 1 && context.payload().back() == '7') throw jobs::Failure{.code = "unlucky", .message = "one in ten"};
  return {.summary = kept};
}

jobs::Result flow(jobs::Context& context, const History& history) {
  const std::string id = context.id().to_string();
  const std::string attempt = std::to_string(context.attempt());
  history.note("began " + id + " " + attempt);
  const std::string kept = context.step(
      "flaky",
      [&] {
        history.note("ran " + id + " " + attempt + " flaky");
        if (context.attempt() % 2 == 1) throw std::runtime_error("every other time");
        return "flaky of attempt " + attempt;
      },
      {.retry = {.kind = jobs::RetryPolicy::Kind::fixed, .base = 1ms}, .max_attempts = 100});
  history.note("stored " + id + " flaky");
  for (const char* const name : {"left", "right"}) context.submit(name, {.kind = "part", .max_attempts = 100});
  context.sleep("moment", 2ms);
  // The submitter may be killed before it gives the signal.
  const auto go = context.wait_for_signal("go", 500ms);
  history.note("answered " + id + " " + go.value_or("late"));
  std::string parts;
  for (const jobs::Outcome& part : context.wait_children()) parts += part.summary;
  return {.summary = kept + "; " + parts};
}

int run(const char* store, const char* history_path, bool finish) {
  const History history(history_path);
  jobs::Engine engine({.path = store, .queues = {{"default", {.workers = 4}}}, .lease = 1s});
  engine.handle("work", [&](jobs::Context& context) { return work(context, history); },
                {.retry = {.kind = jobs::RetryPolicy::Kind::fixed, .base = 5ms}});
  engine.handle("flow", [&](jobs::Context& context) { return flow(context, history); },
                {.retry = {.kind = jobs::RetryPolicy::Kind::fixed, .base = 5ms}});
  engine.handle("part", [](jobs::Context&) { return jobs::Result{.summary = "part "}; });
  std::mutex mutex;
  std::condition_variable wake;
  std::unique_ptr<Load> load;
  const auto subscription = engine.subscribe([&](std::span<const jobs::Event> events) {
    std::vector<jobs::JobId> ended;
    for (const jobs::Event& event : events) {
      if (event.type < jobs::EventType::completed || event.type > jobs::EventType::cancelled) continue;
      history.note("told " + event.job.to_string() + " " + std::string(jobs::to_string(event.type)));
      ended.push_back(event.job);
    }
    const std::lock_guard lock(mutex);
    if (load) load->ended(ended);
    wake.notify_all();
  });
  if (!finish) {
    const std::lock_guard lock(mutex);
    load = std::make_unique<Load>(engine, history);
  }
  engine.start();
  std::cout << "ready" << std::endl;

  std::unique_lock lock(mutex);
  // Both in one view of the store: between two, the last job could go back from RUNNING to PENDING and be in neither.
  const auto left = [&] {
    bool found = false;
    engine.read([&](jobs::Reader& reader) {
      found = !reader.list({.state = jobs::State::pending, .limit = 1}).empty() ||
              !reader.list({.state = jobs::State::running, .limit = 1}).empty();
    });
    return found;
  };
  // Told of each end; the killer comes in between.
  while (!finish || left()) wake.wait_for(lock, 100ms);
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  const bool finish = count == 4 && std::strcmp(arguments[3], "--finish") == 0;
  if (count != 3 && !finish) {
    std::cerr << "usage: engine_load STORE HISTORY [--finish]\n";
    return 2;
  }
  try {
    return run(arguments[1], arguments[2], finish);
  } catch (const std::exception& error) {
    std::cerr << "engine_load: " << error.what() << '\n';
    return 1;
  }
}
