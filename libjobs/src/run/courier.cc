#include "run/courier.h"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>

#include "core/delivery_schedule.h"
#include "core/receiver_host.h"
#include "core/signing_secrets.h"
#include "core/utf8.h"
#include "core/webhook_body.h"
#include "jobs/trace.h"

namespace jobs::run {
namespace {

constexpr std::size_t kLoggedBytesMax = 1024;
// How long the courier leaves a store alone that has failed.
constexpr std::chrono::seconds kStoreFailedWait{5};
// Longer than a report can be on its way to the courier.
constexpr std::chrono::seconds kProgressRemembered{2};

// What is sent where, whichever event it tells of.
struct Address {
  const std::string& url;
  const std::string& secret;
  const std::string& trace;
};

WebhookRequest request_for(const Address& to, const std::string& event_id, std::string body, Time now,
                           decltype(Cryptography::sign) sign) {
  const auto& [url, secret, trace] = to;
  WebhookRequest request = {.url = url, .headers = {{"Content-Type", "application/json"}}, .body = std::move(body)};
  if (auto parent = forwarded_traceparent(trace)) request.headers.emplace_back("traceparent", std::move(*parent));
  if (!secret.empty()) {
    const SigningSecrets secrets = split_secrets(secret);
    for (auto& header : sign(secrets.current, event_id, request.body, now, secrets.old)) {
      request.headers.push_back(std::move(header));
    }
  }
  return request;
}

}  // namespace

Courier::Courier(Outbox& outbox, Transport& transport, Clock& clock, CourierOptions options)
    : outbox_(outbox),
      transport_(transport),
      clock_(clock),
      options_(std::move(options)),
      timers_(clock, [this] { return run_once(); }),
      inbox_(std::make_shared<Inbox>()) {
  inbox_->wake = &timers_;
}

Courier::~Courier() {
  stop();
}

void Courier::start() {
  timers_.start();
}

void Courier::stop() {
  {
    const Lock lock(run_mutex_);
    stopped_ = true;
  }
  timers_.stop();
  const Lock lock(run_mutex_);
  {
    const Lock inbox_lock(inbox_->mutex);
    inbox_->wake = nullptr;
    inbox_->open = false;
  }
  try {
    take_arrivals();
    record();
  } catch (const std::exception& error) {
    log(std::string("answers to webhooks were not stored, so these are sent again: ") + error.what());
  }
}

std::optional<Time> Courier::run_once() {
  const Lock lock(run_mutex_);
  if (stopped_) return std::nullopt;
  const Time now = clock_.now();
  std::optional<Time> next;
  try {
    take_arrivals();
    record();
    send_due(now, next);
    send_progress(now);
  } catch (const std::exception& error) {
    log(std::string("the outbox cannot be read or written: ") + error.what());
    next = now + kStoreFailedWait;
  }
  const Lock inbox_lock(inbox_->mutex);
  if (!inbox_->arrivals.empty()) next = now;
  return next;
}

void Courier::progress(const JobId& job, Progress progress) {
  {
    const Lock lock(progress_mutex_);
    if (progress_.size() >= options_.progress_max && !progress_.contains(job)) return;
    progress_.insert_or_assign(job, std::move(progress));
  }
  wake();
}

// ---- Answers ----

void Courier::take_arrivals() {
  std::vector<Arrival> arrived;
  {
    const Lock lock(inbox_->mutex);
    arrived.swap(inbox_->arrivals);
  }
  for (Arrival& one : arrived) {
    if (one.delivery >= 0) {
      recording_.push_back(std::move(one));
      continue;
    }
    progress_in_flight_.erase(one.job);
    leave(one);
  }
}

void Courier::record() {
  if (recording_.empty()) return;
  std::vector<AttemptRecord> records;
  records.reserve(recording_.size());
  for (const Arrival& one : recording_) {
    const WebhookResponse& answer = one.response;
    DeliveryOutcome outcome = after_attempt(one.attempts + 1, answer.status, answer.retry_after, outbox_.random());
    if (one.hopeless) outcome = {.state = DeliveryState::dead};
    records.push_back({
        .delivery = one.delivery,
        .attempt = {.at = one.sent_at,
                    .took = std::max(one.arrived_at - one.sent_at, std::chrono::milliseconds(0)),
                    .status = answer.status,
                    .error = utf8_prefix(answer.error, kLoggedBytesMax),
                    .body = utf8_prefix(answer.body, kLoggedBytesMax)},
        .state = outcome.state,
        .next_at = one.arrived_at + outcome.wait,
        .sent = one.sent,
    });
  }
  for (const std::string& host : outbox_.record(records)) {
    log(host + " has taken no webhook for five days and is disabled: it is only probed until it takes one");
  }
  // Only now may they be looked at again: until then the store still calls them due.
  for (const Arrival& one : recording_) leave(one);
  recording_.clear();
}

// ---- Sending ----

int Courier::in_flight_at(const std::string& host) const {
  const auto found = in_flight_.find(host);
  return found == in_flight_.end() ? 0 : static_cast<int>(found->second.size());
}

void Courier::leave(const Arrival& one) {
  const auto host = in_flight_.find(one.host);
  if (host == in_flight_.end() || host->second.erase(one.delivery) == 0) return;
  if (host->second.empty()) in_flight_.erase(host);
  --in_flight_count_;
}

void Courier::send(WebhookRequest request, Arrival envelope) {
  in_flight_[envelope.host].insert(envelope.delivery);
  ++in_flight_count_;
  envelope.sent_at = clock_.now();
  transport_.send(std::move(request),
                  [inbox = inbox_, clock = &clock_, envelope = std::move(envelope)](WebhookResponse response) mutable {
                    const Lock lock(inbox->mutex);
                    if (!inbox->open) return;
                    envelope.arrived_at = clock->now();
                    envelope.response = std::move(response);
                    inbox->arrivals.push_back(std::move(envelope));
                    if (inbox->wake != nullptr) inbox->wake->wake_by(Time::min());
                  });
}

void Courier::send_due(Time now, std::optional<Time>& next) {
  // Without a free place there is nothing to look for; the answer that frees one comes back here.
  if (in_flight_count_ >= options_.in_flight_max) return;
  DueDeliveries due = outbox_.due({.now = now,
                                   .in_flight = in_flight_,
                                   .per_host_max = options_.per_host_max,
                                   .limit = options_.in_flight_max - in_flight_count_,
                                   .after_host = last_host_});
  last_host_ = std::move(due.last_host);
  next = due.next_at;
  for (DueDelivery& one : due.deliveries) send_delivery(std::move(one), now);
}

void Courier::send_delivery(DueDelivery&& due, Time now) {
  Arrival envelope = {.delivery = due.id, .host = due.host, .job = due.job, .attempts = due.attempts};
  WebhookRequest request;
  std::string error = std::move(due.secret_error);
  if (error.empty()) {
    try {
      request = request_for({due.url, due.secret, due.trace}, due.event_id, std::move(due.body), now, options_.sign);
    } catch (const std::invalid_argument& malformed) {
      error = malformed.what();
      envelope.hopeless = true;
    }
  }
  if (error.empty()) return send(std::move(request), std::move(envelope));

  // An attempt that cannot be made is an attempt that failed: the log shows it.
  in_flight_[envelope.host].insert(envelope.delivery);
  ++in_flight_count_;
  envelope.sent_at = envelope.arrived_at = now;
  envelope.sent = false;
  envelope.response.error = std::move(error);
  const Lock lock(inbox_->mutex);
  inbox_->arrivals.push_back(std::move(envelope));
}

void Courier::send_progress(Time now) {
  std::unordered_map<JobId, Progress> reports;
  {
    const Lock lock(progress_mutex_);
    reports.swap(progress_);
  }
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  std::erase_if(progress_told_, [&](const auto& told) { return told.second + kProgressRemembered < second; });
  for (const auto& [job, report] : reports) {
    const auto told_at = std::chrono::floor<std::chrono::seconds>(report.at);
    const auto told = progress_told_.find(job);
    if (told != progress_told_.end() && told->second >= told_at) continue;
    if (progress_in_flight_.contains(job) || in_flight_count_ >= options_.in_flight_max) continue;
    if (progress_told_.size() >= options_.progress_max) continue;

    const auto target = outbox_.progress_target(job);
    if (!target) continue;
    std::string host = receiver_host(target->url);
    if (in_flight_at(host) + options_.progress_spares >= options_.per_host_max) continue;
    WebhookRequest request;
    try {
      request =
          request_for({target->url, target->secret, target->trace}, webhook_event_id(job, State::running, report.at),
                      progress_webhook_body(job, report.at, report.iteration, report.message, target->metadata), now, options_.sign);
    } catch (const std::invalid_argument&) {
      // The job's end will show in its delivery log what is wrong with the secret.
      continue;
    }
    progress_told_.insert_or_assign(job, told_at);
    progress_in_flight_.insert(job);
    send(std::move(request), {.delivery = --last_progress_id_, .host = std::move(host), .job = job});
  }
}

void Courier::log(const std::string& message) const {
  if (options_.log) options_.log(message);
}

}  // namespace jobs::run
