// The beat that tells the service manager that the process works: only when event loop and writer have both answered.
#include "app/watchdog.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <future>

#include "jobs/engine.h"

namespace {

using namespace std::chrono_literals;

struct Watched {
  std::filesystem::path folder = std::filesystem::temp_directory_path() / ("watchdog-" + std::to_string(::getpid()));
  std::optional<jobs::Engine> engine;
  asio::io_context io;
  asio::executor_work_guard<asio::io_context::executor_type> keep_running = asio::make_work_guard(io);
  int beats = 0;

  Watched() {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    engine.emplace(jobs::Options{.path = folder / "jobs.db", .durability = jobs::Durability::process_crash});
  }
  ~Watched() {
    engine.reset();
    std::filesystem::remove_all(folder);
  }
  // Runs the event loop up to that many beats.
  void run_to(int count) {
    while (beats < count) io.run_one();
  }
};

TEST_CASE("a process whose event loop and writer answer beats again and again", "[watchdog]") {
  Watched process;
  const jobsd::Watchdog watchdog(process.io, *process.engine, 1ms, [&] { ++process.beats; });
  process.run_to(3);
  CHECK(process.beats == 3);
}

TEST_CASE("a process whose writer hangs beats no more, and again when it goes on", "[watchdog]") {
  Watched process;
  const jobsd::Watchdog watchdog(process.io, *process.engine, 1ms, [&] { ++process.beats; });
  process.run_to(1);
  std::promise<void> hangs;
  std::promise<void> release;
  std::jthread writer([&] {
    process.engine->transact([&](jobs::Transaction&) {
      hangs.set_value();
      release.get_future().wait();
    });
  });
  hangs.get_future().wait();
  // The timer that is running asks once more, and then there is nothing left to do until the writer answers.
  process.io.run_one();
  process.io.poll();
  CHECK(process.beats == 1);
  release.set_value();
  process.run_to(2);
  CHECK(process.beats == 2);
}

TEST_CASE("a process whose event loop hangs does not beat", "[watchdog]") {
  Watched process;
  const jobsd::Watchdog watchdog(process.io, *process.engine, 1ms, [&] { ++process.beats; });
  // The writer has done all that was asked of it; nobody runs the loop.
  process.engine->transact([](jobs::Transaction&) {});
  CHECK(process.beats == 0);
}

TEST_CASE("a watchdog that is gone beats no more, whatever was on its way", "[watchdog]") {
  Watched process;
  {
    const jobsd::Watchdog watchdog(process.io, *process.engine, 1ms, [&] { ++process.beats; });
    process.io.run_one();
  }
  process.engine->transact([](jobs::Transaction&) {});
  process.keep_running.reset();
  process.io.run();
  CHECK(process.beats == 0);
}

}  // namespace
