// The JSON bodies of the API: what reads a submission, a job of any kind, a schedule and a posted query.
//
// A body is read or refused with an answer for the client; any other exception would be a 500, and so would a job that the
// engine refuses. What is kept as it was written must mean what the parser read.
#include <nlohmann/json.hpp>

#include "analyst/error.h"
#include "analyst/query.h"
#include "api/json_body.h"
#include "api/submit_request.h"
#include "api/work_spec.h"
#include "core/webhook_target.h"
#include "fuzz/require.h"

namespace {

using fuzz::require;
using nlohmann::json;

const jobs::Uuid organization = *jobs::Uuid::parse("660e8400-e29b-41d4-a716-446655440001");

// Whether it was read.
template <class Read>
bool reads(Read read) {
  try {
    read();
    return true;
  } catch (const jobsd::ApiError& error) {
    require(error.status >= 400 && error.status < 500, "a body is refused by a 4xx");
    require(!error.code.empty() && !error.detail.empty(), "a refusal says why");
  } catch (const analyst::Error& error) {
    require(error.code() == analyst::Errc::bad_query, "a query that cannot be read is a bad query");
  }
  return false;
}

void means(const std::string& written, const json& body, const char* field) {
  if (!body.contains(field)) {
    require(written.empty(), "what is not there has no text");
  } else {
    require(json::parse(written) == body.at(field), "what is kept as it was written means what was read");
  }
}

// As the engine wants it: jobs/job.h.
void suits_the_engine(const jobs::JobSpec& spec) {
  for (const std::string& name : {spec.kind, spec.queue}) require(!name.empty() && name.size() <= 255, "a name has 1 to 255 bytes");
  require(spec.key.size() <= 255 && spec.unique_key.size() <= 255, "a key has at most 255 bytes");
  require(spec.tags.size() <= 16 && spec.max_attempts >= 1, "tags and attempts are within their limits");
  require(!spec.run_at || spec.delay.count() == 0, "a job has one time to run at");
  require(spec.deadline.count() == 0 || spec.deadline > spec.delay, "a deadline is behind the delay");
  require(spec.unique_for.count() == 0 || !spec.unique_key.empty(), "a unique time has a unique key");
  if (spec.webhook) jobs::check_webhook_target(*spec.webhook);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const outbound::Guard guard({.allow_http = true, .allow_networks = {"127.0.0.0/8"}, .allow_ports = {}});
  http::Request request;
  request.headers.add("Content-Type", "application/json");
  request.body = fuzz::text_of(data, size);
  json body;
  if (!reads([&] { body = jobsd::json_object(request); })) return 0;
  require(body.is_object(), "a body is an object");

  reads([&] {
    const auto submit = jobsd::read_submit_request(request, guard);
    require(!submit.prompt.empty(), "a prompt is not empty");
    if (!submit.webhook) return;
    jobs::check_webhook_target(*submit.webhook);
    means(submit.webhook->metadata, body, "webhookMetadata");
  });
  reads([&] {
    const auto spec = jobsd::read_work_spec({body, request.body}, organization, guard);
    suits_the_engine(spec);
    means(spec.payload, body, "payload");
    means(spec.metadata, body, "metadata");
  });
  reads([&] {
    const auto schedule = jobsd::read_work_schedule({body, request.body}, "nightly", organization, guard);
    suits_the_engine(schedule.job);
    means(schedule.job.payload, body.at("job"), "payload");
  });
  reads([&] { analyst::query_from_json(body.contains("query") ? body.at("query") : body); });
  return 0;
}
