// Idempotency keys in time: 24 hours, to the millisecond, and what happens to those that are over.
#include <catch2/catch.hpp>
#include <unistd.h>

#include <filesystem>

#include "conversations/conversations.h"
#include "store/migrations.h"

using namespace std::chrono_literals;

namespace {

class ManualClock : public jobs::Clock {
 public:
  jobs::Time now() const override { return now_; }
  void wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable& wake, jobs::Time) override {
    wake.wait(lock);
  }
  void advance(std::chrono::milliseconds by) { now_ += by; }

 private:
  jobs::Time now_ = jobs::Time(std::chrono::hours(500'000));
};

struct Store {
  Store() : folder(std::filesystem::temp_directory_path() / ("keys-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    engine.emplace(jobs::Options{.path = folder / "jobs.db",
                                 .migrations = jobsd::migrations(),
                                 .durability = jobs::Durability::process_crash,
                                 .clock = &clock});
  }
  ~Store() {
    engine.reset();
    std::filesystem::remove_all(folder);
  }

  jobsd::Admission admit(const std::string& key) {
    jobsd::NewJob job{.ask = {.prompt = "x"}, .key = jobsd::IdempotencyKey{.token = 1, .key = key}};
    jobsd::Admission admission;
    engine->transact([&](jobs::Transaction& tx) { admission = jobsd::admit(tx, job); });
    return admission;
  }
  std::int64_t keys() {
    std::int64_t count = 0;
    engine->read([&](jobs::Reader& reader) {
      reader.query("SELECT count(*) FROM idempotency_keys", {}, [&](const jobs::Row& row) { count = row.integer(0); });
    });
    return count;
  }

  ManualClock clock;
  std::filesystem::path folder;
  std::optional<jobs::Engine> engine;
};

using Outcome = jobsd::Admission::Outcome;

}  // namespace

TEST_CASE("a key is remembered for 24 hours and not a millisecond longer", "[idempotency]") {
  Store store;
  const auto first = store.admit("k");
  store.clock.advance(24h - 1ms);
  const auto again = store.admit("k");
  CHECK(again.outcome == Outcome::replayed);
  CHECK(again.job == first.job);
  store.clock.advance(1ms);
  const auto anew = store.admit("k");
  CHECK(anew.outcome == Outcome::created);
  CHECK(anew.job != first.job);
}

TEST_CASE("expired keys go in small bites, faster than new ones come", "[idempotency]") {
  Store store;
  for (int i = 0; i < 10; ++i) CHECK(store.admit("old " + std::to_string(i)).outcome == Outcome::created);
  store.clock.advance(24h);
  CHECK(store.admit("new 1").outcome == Outcome::created);
  CHECK(store.keys() == 10 - 4 + 1);
  CHECK(store.admit("new 2").outcome == Outcome::created);
  CHECK(store.admit("new 3").outcome == Outcome::created);
  CHECK(store.keys() == 3);
}
