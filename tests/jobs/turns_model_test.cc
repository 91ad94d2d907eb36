// Random submissions, claims, ends, pauses, restarts and undone transactions over a few keys, against a plain model: no
// limit is exceeded, the order is kept, nothing that may start is passed over, and no key waits longer than one round.
#include <algorithm>
#include <catch2/catch.hpp>

#include "store/turns.h"
#include "test_engine.h"

using namespace std::chrono_literals;
using jobs::Claim;
using jobs::QueueOptions;

namespace {

const std::vector<std::string> keys = {"", "a", "b", "c", "d"};

// A leaky bucket: the other way to say what GCRA says.
struct Bucket {
  std::chrono::milliseconds level = 0ms;
  jobs::Time at = {};

  bool takes(const jobs::Rate& rate, jobs::Time now) {
    if (rate.count == 0) return true;
    level = std::max(0ms, level - (now - at));
    at = now;
    const auto interval = rate.per / rate.count;
    return level + interval <= interval * (rate.burst ? rate.burst : rate.count);
  }
  void take(const jobs::Rate& rate) {
    if (rate.count > 0) level += rate.per / rate.count;
  }
};

struct ModelJob {
  std::string key = {};
  int priority = 0;
  enum { scheduled, ready, running } place = ready;
  jobs::Time run_at = {};
};

struct Model {
  explicit Model(QueueOptions given) : options(given) {}

  int running(const std::optional<std::string>& key = {}) const {
    return static_cast<int>(std::count_if(live.begin(), live.end(), [&](const auto& one) {
      return one.second.place == ModelJob::running && (!key || one.second.key == *key);
    }));
  }

  // The number of the job of that key that may start.
  std::optional<std::int64_t> next_of(const std::string& key, jobs::Time now) {
    if (!key.empty()) {
      if (options.key_concurrency > 0 && running(key) >= options.key_concurrency) return std::nullopt;
      if (!buckets[key].takes(options.key_rate, now)) return std::nullopt;
    }
    std::optional<std::int64_t> best;
    for (const auto& [number, job] : live) {
      if (job.key != key) continue;
      if (options.ordered && !key.empty()) return job.place == ModelJob::ready ? std::optional(number) : std::nullopt;
      if (job.place == ModelJob::ready && (!best || job.priority > live.at(*best).priority)) best = number;
    }
    return best;
  }
  bool open(jobs::Time now) {
    return !paused && (options.concurrency == 0 || running() < options.concurrency) && all.takes(options.rate, now);
  }

  void promote(jobs::Time now) {
    for (auto& [number, job] : live) {
      if (job.place == ModelJob::scheduled && job.run_at <= now) job.place = ModelJob::ready;
    }
  }
  // A key that may not be served, after any operation, begins to wait anew.
  void look(jobs::Time now) {
    for (const std::string& key : keys) {
      if (!next_of(key, now)) waited[key] = 0;
    }
  }

  const QueueOptions options;
  std::map<std::int64_t, ModelJob> live = {};
  std::map<std::string, Bucket> buckets = {};
  Bucket all = {};
  bool paused = false;
  // Turns that others had while it could have been served.
  std::map<std::string, std::size_t> waited = {};
};

class Play {
 public:
  Play(const QueueOptions& options, std::uint64_t seed)
      : engine_({.queues = {{"default", options}}, .durability = jobs::Durability::process_crash, .lease = 1000h}),
        model_(options),
        random_(seed) {}

  void step() {
    switch (pick(12)) {
      case 0:
      case 1:
      case 2:
        submit();
        break;
      case 3:
      case 4:
      case 5:
      case 6:
        claim();
        break;
      case 7:
      case 8:
        end();
        break;
      case 9:
        engine_.clock.advance(std::chrono::milliseconds(pick(400)));
        break;
      case 10:
        pick(2) == 0 ? cancel() : undo();
        break;
      default:
        rarely();
    }
    model_.look(engine_.clock.now());
  }

  void check_statistics() {
    const auto seen = engine_->statistics("default").value();
    const auto count = [&](auto place) {
      return std::count_if(model_.live.begin(), model_.live.end(), [&](const auto& job) { return job.second.place == place; });
    };
    CHECK(seen.ready == count(ModelJob::ready));
    CHECK(seen.scheduled == count(ModelJob::scheduled));
    CHECK(seen.running == count(ModelJob::running));
    CHECK(seen.paused == model_.paused);
  }

 private:
  std::uint64_t pick(std::uint64_t n) { return random_() % n; }

  void submit() {
    const std::string& key = keys[pick(keys.size())];
    // One key has far more than the others.
    const int times = key == "a" ? 4 : 1;
    for (int i = 0; i < times; ++i) {
      const int priority = static_cast<int>(pick(3));
      const auto delay = std::chrono::milliseconds(pick(4) == 0 ? pick(300) : 0);
      const auto id = engine_->submit(
          {.kind = "k", .key = key, .priority = priority, .delay = delay, .max_attempts = 100'000});
      model_.live[id.id.number()] = {.key = key,
                                     .priority = priority,
                                     .place = delay > 0ms ? ModelJob::scheduled : ModelJob::ready,
                                     .run_at = engine_.clock.now() + delay};
      ids_[id.id.number()] = id;
    }
  }

  void claim() {
    const jobs::Time now = engine_.clock.now();
    model_.promote(now);
    auto claim = engine_->claim();
    std::map<std::string, std::optional<std::int64_t>> may;
    const bool open = model_.open(now);
    for (const std::string& key : keys) may[key] = open ? model_.next_of(key, now) : std::nullopt;
    if (!claim) {
      for (const std::string& key : keys) {
        INFO("key '" << key << "'");
        CHECK_FALSE(may[key]);
      }
      return;
    }
    const std::string key = claim->job().key;
    INFO("key '" << key << "'");
    REQUIRE(may[key] == claim->id().number());
    model_.live[claim->id().number()].place = ModelJob::running;
    model_.all.take(model_.options.rate);
    if (!key.empty()) model_.buckets[key].take(model_.options.key_rate);
    for (const std::string& other : keys) {
      if (other == key) {
        model_.waited[other] = 0;
      } else if (may[other]) {
        CHECK(++model_.waited[other] < keys.size());
      }
    }
    claims_.push_back(std::move(*claim));
  }

  void end() {
    if (claims_.empty()) return;
    const std::size_t which = pick(claims_.size());
    Claim claim = std::move(claims_[which]);
    claims_.erase(claims_.begin() + static_cast<std::ptrdiff_t>(which));
    const std::int64_t number = claim.id().number();
    if (pick(4) != 0) {
      CHECK(std::move(claim).complete("") == jobs::Finish::ok);
      model_.live.erase(number);
      return;
    }
    const auto delay = std::chrono::milliseconds(pick(2) * pick(300));
    CHECK(std::move(claim).release(delay) == jobs::Finish::ok);
    model_.live[number].place = delay > 0ms ? ModelJob::scheduled : ModelJob::ready;
    model_.live[number].run_at = engine_.clock.now() + delay;
  }

  std::optional<jobs::JobId> any_pending() {
    std::vector<std::int64_t> pending;
    for (const auto& [number, job] : model_.live) {
      if (job.place != ModelJob::running) pending.push_back(number);
    }
    if (pending.empty()) return std::nullopt;
    return ids_.at(pending[pick(pending.size())]);
  }

  void cancel() {
    const auto id = any_pending();
    if (!id) return;
    engine_->cancel(*id);
    model_.live.erase(id->number());
  }

  void undo() {
    const auto id = any_pending();
    CHECK_THROWS(engine_->transact([&](jobs::Transaction& tx) {
      tx.submit({.kind = "k", .key = keys[pick(keys.size())]});
      tx.submit({.kind = "k", .key = "gone"});
      if (id) tx.cancel(*id, {});
      throw std::runtime_error("no");
    }));
    // Keys that moved there and back may have lost their place.
    model_.waited.clear();
  }

  void rarely() {
    switch (pick(10)) {
      case 0:
        claims_.clear();
        engine_.reopen();
        for (auto& [number, job] : model_.live) {
          if (job.place == ModelJob::running) job.place = ModelJob::ready;
        }
        model_.waited.clear();
        break;
      case 1:
      case 2:
        model_.paused = true;
        engine_->pause_queue("default");
        break;
      default:
        model_.paused = false;
        engine_->resume_queue("default");
    }
  }

  TestEngine engine_;
  Model model_;
  std::mt19937_64 random_;
  std::vector<Claim> claims_;
  std::map<std::int64_t, jobs::JobId> ids_;
};

}  // namespace

TEST_CASE("whatever happens, limits hold, the order is kept, and each key has its turn", "[turns][model]") {
  const auto seed = std::random_device{}();
  const auto options = GENERATE(values<QueueOptions>({
      {.workers = 0},
      {.workers = 0, .concurrency = 3, .key_concurrency = 2},
      {.workers = 0, .rate = {.count = 10, .per = 1s}, .key_concurrency = 1, .key_rate = {.count = 4, .per = 1s, .burst = 2}},
      {.workers = 0, .key_rate = {.count = 5, .per = 1s}, .ordered = true},
      {.workers = 0, .concurrency = 2, .rate = {.count = 20, .per = 1s, .burst = 1}, .ordered = true},
  }));
  Play play(options, seed);
  for (int step = 0; step < 1500; ++step) {
    INFO("seed " << seed << ", step " << step);
    play.step();
    if (step % 10 == 0) play.check_statistics();
  }
}

TEST_CASE("a key is forgotten with its last ready job and its last run", "[turns]") {
  using jobs::store::Place;
  jobs::store::Effects effects;
  jobs::store::Turns turns(effects);
  turns.set_options(1, {.key_concurrency = 1});
  for (int i = 0; i < 100; ++i) {
    const std::string key = "key " + std::to_string(i);
    turns.move({.queue = 1, .key = key, .to = Place::ready});
    CHECK(turns.known_keys(1) == 1);
    if (i % 2 == 0) turns.hold(1, key, jobs::Time(1h));
    turns.move({.queue = 1, .key = key, .from = Place::ready, .to = Place::running});
    CHECK_FALSE(turns.next(1, 1, {}));
    turns.move({.queue = 1, .key = key, .from = Place::running, .to = Place::complete});
    CHECK(turns.known_keys(1) == 0);
  }
  CHECK_FALSE(turns.next_release());
  // Taken back, each is there again as it was, and then gone as it was.
  turns.undo(0);
  CHECK(turns.known_keys(1) == 0);
}
