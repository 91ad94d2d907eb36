// POST /ai/jobs.
#include <openssl/sha.h>

#include <nlohmann/json.hpp>

#include "ai/answer_handler.h"
#include "ai/user.h"
#include "api/await.h"
#include "api/routes.h"
#include "api/submit_request.h"
#include "api/trace.h"

namespace jobsd {
namespace {

constexpr auto answer_time_limit = std::chrono::minutes(15);

IdempotencyKey idempotency_key(const Call& call, const std::string& key) {
  IdempotencyKey made{.token = call.principal.token, .key = key};
  // The user named in the query is part of what was asked.
  std::string request(call.request.query_value("userId").value_or(""));
  request += '\0';
  request += call.request.body;
  SHA256(reinterpret_cast<const unsigned char*>(request.data()), request.size(), made.request_hash.data());
  return made;
}

// An organization key that continues a conversation without naming a user acts as the one whose conversation it is.
asio::awaitable<std::optional<jobs::Uuid>> asking_user(Service& service, Viewer viewer, const SubmitRequest& submit) {
  if (viewer.user || !submit.conversation) co_return viewer.user;
  std::function<std::optional<Conversation>(jobs::Reader&)> look = [viewer, id = *submit.conversation](
                                                                       jobs::Reader& reader) {
    return find_conversation(reader, id, viewer);
  };
  const auto conversation = co_await read(service.parts.engine, std::move(look));
  if (!conversation) throw not_found("Conversation");
  co_return conversation->user;
}

void check_what_is_asked_about(const Service& service, const SubmitRequest& submit,
                               const std::optional<jobs::Uuid>& user_id) {
  const ServedModel served = served_model(service, submit.model, submit.branch);
  if (!submit.topic) return;
  const analyst::User user = analyst_user(user_id ? service.parts.identity.user(*user_id) : std::nullopt);
  if (!analyst::visible_model(served.model, user)->topic(*submit.topic)) throw not_found("Topic " + *submit.topic);
}

NewJob new_job(const Call& call, const Viewer& viewer, SubmitRequest submit, std::optional<jobs::Uuid> user) {
  NewJob job{.ask = {.prompt = std::move(submit.prompt),
                     .model = submit.model,
                     .branch = submit.branch,
                     .topic = submit.topic.value_or(""),
                     .organization = viewer.organization,
                     .user = user},
             .continued = submit.conversation,
             .webhook = std::move(submit.webhook),
             .trace = traceparent_of(call.request).value_or(""),
             .time_limit = answer_time_limit};
  if (submit.idempotency_key) job.key = idempotency_key(call, *submit.idempotency_key);
  return job;
}

// Whether the caller gave the request a name of its own, by which it will want to find the job.
bool was_named(const http::Request& request) {
  return request.headers.find("traceparent") || request.headers.find("X-Request-Id") == request.id;
}

void refuse_unless_admitted(Admission::Outcome outcome) {
  switch (outcome) {
    case Admission::Outcome::created:
    case Admission::Outcome::replayed:
      return;
    case Admission::Outcome::key_reused:
      throw ApiError{.status = 422,
                     .code = "idempotency_key_reused",
                     .detail = "Idempotency-Key: this key was used for another request; use a new one"};
    case Admission::Outcome::no_conversation:
      throw not_found("Conversation");
    case Admission::Outcome::active_job:
      throw ApiError{
          .status = 409, .code = "active_job", .detail = "An active job already exists for this conversation"};
  }
}

}  // namespace

asio::awaitable<http::Response> submit_job(Service& service, const Call& call) {
  check_that_jobs_are_taken(service);
  const Viewer viewer = viewer_of(service, call);
  SubmitRequest submit = read_submit_request(call.request, service.parts.guard);
  const std::optional<jobs::Uuid> user = co_await asking_user(service, viewer, submit);
  check_what_is_asked_about(service, submit, user);

  std::function<Admission(jobs::Transaction&)> work =
      [job = PreparedJob(new_job(call, viewer, std::move(submit), user))](jobs::Transaction& tx) { return admit(tx, job); };
  const Admission admission = co_await transact(service.parts.engine, std::move(work), jobs::Throws::before_writing);
  refuse_unless_admitted(admission.outcome);

  const std::string job = admission.job.to_string();
  if (admission.outcome == Admission::Outcome::created && was_named(call.request)) {
    service.parts.log(jobs::LogLevel::info, "job=" + job + " submitted " + log_prefix(call.request));
  }
  nlohmann::ordered_json body;
  body["jobId"] = job;
  body["conversationId"] = admission.conversation.to_string();
  body["omniChatUrl"] = conversation_url(service.parts.public_url, admission.conversation);
  http::Response response = wire::json(201, body);
  response.headers.add("Location", "/api/v1/ai/jobs/" + job);
  if (admission.outcome == Admission::Outcome::replayed) response.headers.add("Idempotent-Replayed", "true");
  co_return response;
}

}  // namespace jobsd
