// POST /queues/{queue}/claim, and what a worker says of its run: POST /jobs/{id}/heartbeat, /complete, /fail, /release,
// /progress, GET and PUT /jobs/{id}/steps/{name}.
//
// Every write names its attempt and is refused with 409 "lease_lost" once that is no longer the current one.
#include <nlohmann/json.hpp>

#include "api/await.h"
#include "api/json_body.h"
#include "api/work.h"
#include "api/work_names.h"
#include "api/work_spec.h"
#include "api/work_wire.h"
#include "iso_time.h"

namespace jobsd {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::int64_t claims_max = 100;
constexpr std::chrono::milliseconds lease_min = 1s;
constexpr std::chrono::milliseconds lease_max = 1h;
constexpr std::chrono::milliseconds lease_default = 30s;
constexpr std::chrono::milliseconds wait_max = 60s;
constexpr std::int64_t attempt_max = std::numeric_limits<int>::max();
constexpr std::size_t step_name_bytes_max = 255;

struct Claiming {
  jobs::ClaimOptions options = {};
  int limit = 1;
  std::chrono::milliseconds wait = {};
};

Claiming claiming_of(const Call& call, const jobs::Uuid& organization) {
  check_work_name(call.name, "queue");
  const json body = json_object(call.request);
  Claiming claiming;
  claiming.options = {.queue = work_name(organization, call.name),
                      .lease = optional_seconds(body, "leaseSeconds", lease_min, lease_max).value_or(lease_default),
                      .outside = true};
  claiming.limit = static_cast<int>(optional_integer(body, "limit", 1, claims_max).value_or(1));
  claiming.wait = optional_seconds(body, "waitSeconds", 0ms, wait_max).value_or(0ms);
  return claiming;
}

asio::awaitable<std::vector<jobs::Job>> claim(Service& service, Claiming claiming) {
  std::function<std::vector<jobs::Job>(jobs::Transaction&)> work = [claiming](jobs::Transaction& tx) {
    return tx.claim(claiming.options, claiming.limit);
  };
  auto claimed = co_await transact(service.parts.engine, std::move(work));
  co_return claimed;
}

// The run that a request names, and what became of what it asked for.
struct Outcome {
  bool found = false;
  jobs::Finish finish = jobs::Finish::lease_lost;
  jobs::Job job = {};
};

using Deed = std::function<jobs::Finish(jobs::Transaction&, const jobs::RunId&)>;

asio::awaitable<Outcome> write(Service& service, const Call& call, int attempt, Deed deed) {
  const jobs::RunId run{.job = job_id_of(call), .attempt = attempt};
  const jobs::Uuid organization = work_organization(call);
  std::function<Outcome(jobs::Transaction&)> work = [run, organization,
                                                     deed = std::move(deed)](jobs::Transaction& tx) -> Outcome {
    if (!find_work(tx, run.job, organization)) return {};
    Outcome outcome{.found = true, .finish = deed(tx, run)};
    outcome.job = *tx.find(run.job);
    return outcome;
  };
  Outcome outcome = co_await transact(service.parts.engine, std::move(work));
  if (!outcome.found) throw not_found("Job");
  if (outcome.finish == jobs::Finish::deadline) {
    throw ApiError{.status = 409,
                   .code = "deadline_passed",
                   .detail = "attempt: the job was not done by its deadline. Stop working on it"};
  }
  if (outcome.finish == jobs::Finish::lease_lost) {
    throw ApiError{.status = 409,
                   .code = "lease_lost",
                   .detail = "attempt: the run is over: its lease ended, or it was finished before. Stop working on it"};
  }
  co_return outcome;
}

int attempt_in(const json& body) {
  return static_cast<int>(required(optional_integer(body, "attempt", 1, attempt_max), "attempt"));
}

http::Response ended(const Service& service, const Outcome& outcome) {
  return wire::json(200, {{"jobId", outcome.job.id.to_string()},
                          {"state", wire::state(outcome.job.state, service.parts.config.api.state_names)}});
}

// A run that goes on learns here that it should not.
http::Response going_on(const Outcome& outcome) {
  return wire::json(200, {{"jobId", outcome.job.id.to_string()}, {"cancelRequested", outcome.finish == jobs::Finish::cancelled}});
}

}  // namespace

asio::awaitable<http::Response> claim_work(Service& service, const Call& call) {
  const jobs::Uuid organization = work_organization(call);
  const Claiming claiming = claiming_of(call, organization);
  const auto until = std::chrono::steady_clock::now() + claiming.wait;
  const auto ticket = service.watch.watch_queue(claiming.options.queue);
  call.request.on_gone([weak = std::weak_ptr(ticket)] {
    if (const auto waiting = weak.lock()) waiting->interrupt();
  });
  std::vector<jobs::Job> claimed;
  // A server that stops hands out nothing more.
  while (!service.draining) {
    claimed = co_await claim(service, claiming);
    if (!claimed.empty()) break;
    const bool ready = co_await ticket->wait(until);
    if (!ready) break;
    must_still_stand(service, call);
  }
  ordered_json data = ordered_json::array();
  for (const jobs::Job& job : claimed) data.push_back(wire::work_job(job, organization, service.parts.config.api.state_names));
  co_return wire::json(200, {{"data", std::move(data)}});
}

asio::awaitable<http::Response> heartbeat(Service& service, const Call& call) {
  const json body = json_object(call.request);
  const auto lease = optional_seconds(body, "leaseSeconds", lease_min, lease_max).value_or(lease_default);
  Deed deed = [lease](jobs::Transaction& tx, const jobs::RunId& run) { return tx.renew(run, lease); };
  const Outcome outcome = co_await write(service, call, attempt_in(body), std::move(deed));
  co_return going_on(outcome);
}

asio::awaitable<http::Response> complete_work(Service& service, const Call& call) {
  const json body = json_object(call.request);
  Deed deed = [result = jobs::Result{.summary = optional_string(body, "summary").value_or(""),
                                     .output = optional_value({body, call.request.body}, "output").value_or("")}](
                  jobs::Transaction& tx, const jobs::RunId& run) { return tx.complete(run, result); };
  const Outcome outcome = co_await write(service, call, attempt_in(body), std::move(deed));
  co_return ended(service, outcome);
}

asio::awaitable<http::Response> fail_work(Service& service, const Call& call) {
  const json body = json_object(call.request);
  jobs::Failure failure{.code = required(optional_string(body, "code"), "code"),
                        .message = optional_string(body, "message").value_or(""),
                        .detail = optional_string(body, "detail").value_or(""),
                        .retry = optional_boolean(body, "retry").value_or(true)};
  if (failure.code.empty()) throw bad_field("code", "must not be empty");
  jobs::RetryPolicy policy;
  if (const auto wait = optional_seconds(body, "retryAfterSeconds", 0ms, 24h * 365)) {
    policy = {.kind = jobs::RetryPolicy::Kind::fixed, .base = *wait};
  }
  Deed deed = [failure, policy](jobs::Transaction& tx, const jobs::RunId& run) { return tx.fail(run, failure, policy); };
  const Outcome outcome = co_await write(service, call, attempt_in(body), std::move(deed));
  co_return ended(service, outcome);
}

asio::awaitable<http::Response> release_work(Service& service, const Call& call) {
  const json body = json_object(call.request);
  const auto delay = optional_seconds(body, "delaySeconds", 0ms, 24h * 365).value_or(0ms);
  Deed deed = [delay](jobs::Transaction& tx, const jobs::RunId& run) { return tx.release(run, delay); };
  const Outcome outcome = co_await write(service, call, attempt_in(body), std::move(deed));
  co_return ended(service, outcome);
}

asio::awaitable<http::Response> report_progress(Service& service, const Call& call) {
  const json body = json_object(call.request);
  const auto iteration = optional_integer(body, "iteration", 0, attempt_max).value_or(0);
  Deed deed = [iteration = static_cast<int>(iteration), message = optional_string(body, "message").value_or("")](
                  jobs::Transaction& tx, const jobs::RunId& run) { return tx.progress(run, iteration, message); };
  const Outcome outcome = co_await write(service, call, attempt_in(body), std::move(deed));
  co_return going_on(outcome);
}

asio::awaitable<http::Response> get_step(Service& service, const Call& call) {
  const jobs::JobId id = job_id_of(call);
  const jobs::Uuid organization = work_organization(call);
  std::function<std::optional<std::string>(jobs::Reader&)> look =
      [id, organization, name = call.name](jobs::Reader& reader) -> std::optional<std::string> {
    if (!find_work(reader, id, organization)) return std::nullopt;
    return reader.step(id, name);
  };
  const auto result = co_await read(service.parts.engine, std::move(look));
  if (!result) throw not_found("Step");
  co_return wire::json(200, {{"name", call.name}, {"result", wire::value(*result)}});
}

asio::awaitable<http::Response> put_step(Service& service, const Call& call) {
  if (call.name.size() > step_name_bytes_max) throw bad_field("name", "must be at most 255 bytes");
  const json body = json_object(call.request);
  const std::string result = required(optional_value({body, call.request.body}, "result"), "result");
  // What is stored is told: the first result of a name stays.
  auto kept = std::make_shared<std::string>();
  Deed deed = [name = call.name, result, kept](jobs::Transaction& tx, const jobs::RunId& run) {
    const jobs::Finish finish = tx.store_step(run, name, result);
    *kept = tx.step(run.job, name).value_or("");
    return finish;
  };
  const Outcome outcome = co_await write(service, call, attempt_in(body), std::move(deed));
  co_return wire::json(200, {{"name", call.name},
                             {"result", wire::value(*kept)},
                             {"cancelRequested", outcome.finish == jobs::Finish::cancelled}});
}

}  // namespace jobsd
