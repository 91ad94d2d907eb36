// Schedules: each firing makes one job, whatever happens to the process meanwhile.
#include <catch2/catch.hpp>
#include <semaphore>

#include "support/fault_vfs.h"
#include "test_engine.h"

using namespace std::chrono_literals;
using jobs::CatchUp;
using jobs::Overlap;
using jobs::Schedule;
using jobs::State;
using jobs::Time;

namespace {

// The manual clock begins at 2023-11-14 22:13:20 UTC, so 40 s before a minute begins.
constexpr auto to_next_minute = 40s;

std::size_t count(jobs::Engine& engine) {
  return engine.list({.limit = 1000}).size();
}

// When each job was due, oldest first, in seconds after `since`.
std::vector<std::int64_t> due_times(jobs::Engine& engine, Time since) {
  std::vector<std::int64_t> found;
  for (const jobs::Job& job : engine.list({.limit = 1000})) {
    const std::string mark = "\"time\":";
    const std::int64_t at = std::stoll(job.metadata.substr(job.metadata.find(mark) + mark.size()));
    found.insert(found.begin(), (at - since.time_since_epoch().count()) / 1000);
  }
  return found;
}

Schedule each_minute() {
  return {.name = "tick", .expression = "* * * * *", .job = {.kind = "k", .payload = "p"}};
}

}  // namespace

TEST_CASE("a schedule makes its job at its moment and not a millisecond before", "[schedules]") {
  TestEngine engine;
  engine->schedule(each_minute());
  const Time moment = engine.clock.now() + to_next_minute;
  CHECK(engine->find_schedule("tick")->next_at == moment);
  CHECK(engine->run_timers() == moment);
  engine.clock.advance(to_next_minute - 1ms);
  engine->run_timers();
  CHECK(count(*engine) == 0);
  engine.clock.advance(1ms);
  CHECK(engine->run_timers() == moment + 1min);
  engine->run_timers();
  REQUIRE(count(*engine) == 1);
  const jobs::Job job = engine->list().front();
  CHECK(job.kind == "k");
  CHECK(job.payload == "p");
  CHECK(job.metadata == "{\"schedule\":\"tick\",\"time\":" + std::to_string(moment.time_since_epoch().count()) + "}");
  const auto status = engine->find_schedule("tick");
  CHECK(status->last_at == moment);
  CHECK(status->last_job == job.id);
  CHECK(status->next_at == moment + 1min);
}

TEST_CASE("a worker runs what the clock submits", "[schedules]") {
  TestEngine engine;
  engine->handle("k", [](jobs::Context&) { return jobs::Result{.summary = "ran"}; });
  std::counting_semaphore done(0);
  const auto subscription = engine->subscribe([&](std::span<const jobs::Event> events) {
    for (const jobs::Event& event : events) {
      if (event.type == jobs::EventType::completed) done.release();
    }
  });
  engine->schedule(each_minute());
  engine->start();
  for (int i = 0; i < 3; ++i) {
    engine.clock.advance(1min);
    done.acquire();
  }
  CHECK(count(*engine) == 3);
}

TEST_CASE("storing an unchanged schedule at each start keeps its next moment", "[schedules]") {
  TestEngine engine;
  engine->schedule({.name = "slow", .expression = "@every 1h", .job = {.kind = "k"}});
  const auto next = engine->find_schedule("slow")->next_at;
  engine.clock.advance(59min);
  engine.reopen();
  engine->schedule({.name = "slow", .expression = "@every 1h", .job = {.kind = "k", .payload = "new"}});
  CHECK(engine->find_schedule("slow")->next_at == next);
  CHECK(engine->find_schedule("slow")->schedule.job.payload == "new");
  // Another rhythm begins now.
  engine->schedule({.name = "slow", .expression = "@every 30m", .job = {.kind = "k"}});
  CHECK(engine->find_schedule("slow")->next_at == engine.clock.now() + 30min);
  CHECK(engine->schedules().size() == 1);
}

TEST_CASE("a firing makes one job although the process starts again before and after it", "[schedules]") {
  TestEngine engine;
  engine->schedule(each_minute());
  engine.clock.advance(to_next_minute);
  engine.reopen();
  engine->schedule(each_minute());
  engine->run_timers();
  engine.reopen();
  engine->schedule(each_minute());
  engine->run_timers();
  CHECK(count(*engine) == 1);
}

TEST_CASE("what was missed while no engine ran is made up for as the schedule says", "[schedules]") {
  TestEngine engine;
  const Time start = engine.clock.now();
  Schedule schedule = each_minute();
  const auto [catch_up, most, expected] = GENERATE(table<CatchUp, int, std::vector<std::int64_t>>({
      {CatchUp::none, 100, {}},
      {CatchUp::latest, 100, {220}},
      {CatchUp::all, 100, {40, 100, 160, 220}},
      {CatchUp::all, 4, {40, 100, 160, 220}},
      {CatchUp::all, 3, {40, 100, 160}},
      {CatchUp::all, 1, {40}},
  }));
  schedule.catch_up = catch_up;
  schedule.catch_up_max = most;
  engine->schedule(schedule);
  engine.close();
  engine.clock.advance(250s);
  engine.open();
  engine->run_timers();
  CHECK(due_times(*engine, start) == expected);
  CHECK(engine->find_schedule("tick")->next_at == start + 280s);
  CHECK(engine->find_schedule("tick")->last_at == start + 220s);
  // What comes after is in time.
  engine.clock.advance(30s);
  engine->run_timers();
  CHECK(count(*engine) == expected.size() + 1);
}

TEST_CASE("a second each for years is caught up with at once", "[schedules]") {
  TestEngine engine;
  engine->schedule({.name = "s", .expression = "* * * * * *", .job = {.kind = "k"}});
  engine->schedule({.name = "e", .expression = "@every 1s", .job = {.kind = "k"}});
  engine.close();
  engine.clock.advance(24h * 3650);
  engine.open();
  engine->run_timers();
  CHECK(count(*engine) == 2);
  CHECK(engine->find_schedule("s")->next_at == engine.clock.now() + 1s);
  CHECK(engine->find_schedule("e")->next_at == engine.clock.now() + 1s);
}

TEST_CASE("a firing that would overlap is skipped while the job before it lives", "[schedules]") {
  TestEngine engine;
  Schedule schedule = each_minute();
  schedule.overlap = Overlap::skip;
  schedule.catch_up = CatchUp::all;
  engine->schedule(schedule);
  engine.clock.advance(5min);
  engine->run_timers();
  CHECK(count(*engine) == 1);
  auto claim = engine->claim({.lease = 1h});
  engine.clock.advance(1min);
  engine->run_timers();
  CHECK(count(*engine) == 1);
  CHECK(std::move(*claim).complete("done") == jobs::Finish::ok);
  engine.clock.advance(1min);
  engine->run_timers();
  CHECK(count(*engine) == 2);
  // A job that somebody else submitted does not count.
  engine->cancel(engine->list().front().id);
  engine->submit({.kind = "k"});
  engine.clock.advance(1min);
  engine->run_timers();
  CHECK(count(*engine) == 4);
}

TEST_CASE("a paused schedule makes nothing, and goes on with the first moment after it is resumed", "[schedules]") {
  TestEngine engine;
  const Time start = engine.clock.now();
  engine->schedule({.name = "e", .expression = "@every 1m", .job = {.kind = "k"}, .catch_up = CatchUp::all});
  CHECK(engine->pause_schedule("e"));
  CHECK_FALSE(engine->find_schedule("e")->next_at);
  engine.clock.advance(150s);
  CHECK(engine->run_timers() == std::nullopt);
  // Stored again at a start, it stays paused.
  engine->schedule({.name = "e", .expression = "@every 1m", .job = {.kind = "k"}, .catch_up = CatchUp::all});
  CHECK(engine->find_schedule("e")->schedule.paused);
  CHECK(engine->resume_schedule("e"));
  CHECK(engine->run_timers() == start + 180s);
  CHECK(count(*engine) == 0);
  engine.clock.advance(30s);
  engine->run_timers();
  CHECK(due_times(*engine, start) == std::vector<std::int64_t>{180});
  // Resuming what runs changes nothing.
  CHECK(engine->resume_schedule("e"));
  CHECK(engine->find_schedule("e")->next_at == start + 240s);
}

TEST_CASE("a schedule may begin paused", "[schedules]") {
  TestEngine engine;
  Schedule schedule = each_minute();
  schedule.paused = true;
  engine->schedule(schedule);
  engine.clock.advance(1h);
  engine->run_timers();
  CHECK(count(*engine) == 0);
}

TEST_CASE("schedules are listed by name and removed; their jobs stay", "[schedules]") {
  TestEngine engine;
  for (const char* const name : {"b", "a", "c"}) {
    engine->schedule({.name = name, .expression = "@hourly", .job = {.kind = name}});
  }
  engine.clock.advance(1h);
  engine->run_timers();
  CHECK(engine->remove_schedule("a"));
  CHECK_FALSE(engine->remove_schedule("a"));
  CHECK_FALSE(engine->pause_schedule("a"));
  CHECK_FALSE(engine->resume_schedule("a"));
  CHECK_FALSE(engine->find_schedule("a"));
  const auto left = engine->schedules();
  REQUIRE(left.size() == 2);
  CHECK(left[0].schedule.name == "b");
  CHECK(left[1].schedule.name == "c");
  CHECK(count(*engine) == 3);
  engine.clock.advance(1h);
  engine->run_timers();
  CHECK(count(*engine) == 5);
}

TEST_CASE("a schedule gives its jobs all that a submission can have", "[schedules]") {
  jobs::Options options;
  options.secret_key = jobs::SecretKey::Bytes();
  TestEngine engine(options);
  const jobs::JobSpec spec = {
      .kind = "k",
      .payload = "p\"\n",
      .queue = "q",
      .metadata = "own",
      .tags = {"a", "b"},
      .trace = "a trace",
      .priority = 7,
      .unique_key = "one",
      .max_attempts = 9,
      .time_limit = 5s,
      .webhook = jobs::WebhookTarget{
          .url = "https://example.org/hook", .secret = "a well kept secret", .metadata = "{}", .progress = true}};
  engine->schedule({.name = "n", .expression = "@every 1s", .job = spec});
  engine.clock.advance(1s);
  engine->run_timers();
  engine.clock.advance(1s);
  engine->run_timers();
  REQUIRE(count(*engine) == 1);  // the first job holds the unique key
  const jobs::Job job = engine->list().front();
  CHECK(job.payload == spec.payload);
  CHECK(job.queue == "q");
  CHECK(job.metadata == "own");
  CHECK(job.tags == spec.tags);
  CHECK(job.trace == "a trace");
  CHECK(job.priority == 7);
  CHECK(job.max_attempts == 9);
  CHECK(job.time_limit == 5s);
  engine->cancel(job.id);
  CHECK(engine->deliveries(job.id).size() == 1);
  // The secret is neither in the file nor handed out.
  const auto status = engine->find_schedule("n");
  CHECK(status->schedule.job.webhook->url == spec.webhook->url);
  CHECK(status->schedule.job.webhook->secret.empty());
  engine.close();
  CHECK(contents(engine.options().path).find("well kept") == std::string::npos);

  // With another key, or none, it is not fired without its signature: it is paused, and the log says so.
  std::string logged;
  engine.options().log = [&](jobs::LogLevel, const jobs::JobId&, std::string_view line) { logged += line; };
  const auto other_key = std::optional(std::array<std::byte, 32>{std::byte{1}});
  for (const auto& key : {std::optional<std::array<std::byte, 32>>(), other_key}) {
    engine.options().secret_key = key;
    logged.clear();
    engine.open();
    engine->schedule(each_minute());
    CHECK(engine->resume_schedule("n"));
    engine.clock.advance(1min);
    engine->run_timers();
    CHECK(engine->find_schedule("n")->schedule.paused);
    CHECK_THAT(logged, Catch::Contains("schedule n is paused"));
    CHECK_FALSE(engine->find_schedule("tick")->schedule.paused);
    engine.close();
  }
  CHECK_THAT(logged, !Catch::Contains("well kept"));
}

TEST_CASE("a schedule that could never work is refused", "[schedules]") {
  TestEngine engine;
  const auto refused = [&](const std::function<void(Schedule&)>& spoil) {
    Schedule schedule = each_minute();
    spoil(schedule);
    CHECK_THROWS_AS(engine->schedule(schedule), std::invalid_argument);
  };
  refused([](Schedule& s) { s.name = ""; });
  refused([](Schedule& s) { s.name = std::string(256, 'n'); });
  refused([](Schedule& s) { s.expression = "* * * *"; });
  refused([](Schedule& s) { s.expression = "* * 31 2 *"; });
  refused([](Schedule& s) { s.time_zone = "Mars/Olympus"; });
  refused([](Schedule& s) { s.catch_up_max = 0; });
  refused([](Schedule& s) { s.catch_up_max = 1001; });
  refused([](Schedule& s) { s.job.kind = ""; });
  refused([](Schedule& s) { s.job.run_at = Time(); });
  refused([](Schedule& s) { s.job.delay = 1ms; });
  refused([](Schedule& s) { s.job.payload = "\xff"; });
  refused([](Schedule& s) { s.job.webhook = jobs::WebhookTarget{.url = "https://x.org", .secret = "s"}; });
  CHECK(engine->schedules().empty());
  Schedule schedule = each_minute();
  schedule.name = std::string(255, 'n');
  schedule.catch_up_max = 1000;
  engine->schedule(schedule);
  CHECK(engine->schedules().size() == 1);
}

TEST_CASE("the power may go at any call while schedules fire, and each firing still makes one job",
          "[schedules][fault]") {
  FaultVfs disk;
  const std::set<FaultVfs::Call> which = {FaultVfs::Call::write, FaultVfs::Call::sync, FaultVfs::Call::truncate};
  constexpr int minutes = 3;
  const auto run = [&](const std::filesystem::path& path, ManualClock& clock, FaultVfs::Mode mode, int nth) {
    jobs::Engine engine({.path = path, .clock = &clock});
    Schedule schedule = each_minute();
    schedule.catch_up = CatchUp::all;
    engine.schedule(schedule);
    disk.arm(mode, nth, SQLITE_IOERR, which);
    for (int i = 0; i < minutes; ++i) {
      clock.advance(1min);
      engine.run_timers();
    }
  };
  TemporaryFolder counting;
  ManualClock counted;
  run(counting / "jobs.db", counted, FaultVfs::Mode::none, 0);
  const int calls = disk.calls();
  REQUIRE(calls > minutes);
  for (int nth = 1; nth <= calls; ++nth) {
    TemporaryFolder folder;
    ManualClock clock;
    disk.disarm();
    run(folder / "jobs.db", clock, FaultVfs::Mode::fail_from, nth);
    disk.disarm();
    TemporaryFolder after;
    disk.power_cut_image(folder.path(), after.path(), static_cast<std::uint64_t>(nth));
    INFO("power cut at call " << nth << " of " << calls);
    jobs::Engine engine({.path = after / "jobs.db", .clock = &clock});
    engine.run_timers();
    CHECK(due_times(engine, Time(1'700'000'000'000ms)) == std::vector<std::int64_t>{40, 100, 160});
    CHECK(engine.find_schedule("tick")->next_at == Time(1'700'000'220'000ms));
  }
}
