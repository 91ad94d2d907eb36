#include "api/work_spec.h"

#include <algorithm>
#include <cmath>

#include "api/json_body.h"
#include "api/json_text.h"
#include "api/submit_request.h"
#include "api/work_names.h"
#include "iso_time.h"

namespace jobsd {
namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds none(0);
constexpr std::chrono::milliseconds one_year = std::chrono::hours(24) * 365;
constexpr std::size_t name_bytes_max = 255;
constexpr std::size_t metadata_bytes_max = 64 * 1024;
constexpr std::size_t tags_max = 15;
constexpr std::size_t after_max = 1000;
constexpr int attempts_max = 100;
constexpr int priority_most = 1'000'000;

void check_bytes(const std::string& text, const std::string& field, std::size_t most) {
  if (text.empty()) throw bad_field(field, "must not be empty");
  if (text.size() > most) throw bad_field(field, "must be at most " + std::to_string(most) + " bytes");
}

std::string optional_text(const json& body, const std::string& field, std::size_t most) {
  auto text = optional_string(body, field);
  if (!text) return {};
  check_bytes(*text, field, most);
  return std::move(*text);
}

std::vector<std::string> tags_in(const json& body, const jobs::Uuid& organization) {
  std::vector<std::string> tags;
  if (const auto found = body.find("tags"); found != body.end()) {
    if (!found->is_array()) wrong_type("tags", "array", *found);
    if (found->size() > tags_max) throw bad_field("tags", "must have at most " + std::to_string(tags_max) + " elements");
    for (const json& tag : *found) {
      if (!tag.is_string()) wrong_type("tags", "strings", tag);
      const auto text = tag.get<std::string>();
      check_bytes(text, "tags", work_name_bytes_max);
      tags.push_back(work_name(organization, text));
    }
  }
  tags.push_back(work_tag(organization));
  return tags;
}

void read_after(const json& body, jobs::JobSpec& spec) {
  if (const auto found = body.find("after"); found != body.end()) {
    if (!found->is_array()) wrong_type("after", "array", *found);
    if (found->size() > after_max) throw bad_field("after", "must have at most " + std::to_string(after_max) + " elements");
    for (const json& job : *found) {
      if (!job.is_string()) wrong_type("after", "strings", job);
      const auto id = jobs::JobId::parse(job.get<std::string>());
      if (!id) throw bad_field("after", "Invalid uuid");
      spec.after.push_back(*id);
    }
  }
  const auto text = optional_string(body, "afterFailure").value_or("fail");
  if (text != "fail" && text != "run") throw bad_field("afterFailure", "must be one of fail, run");
  spec.after_failure = text == "run" ? jobs::AfterFailure::run : jobs::AfterFailure::fail;
}

jobs::OnConflict on_conflict_in(const json& body) {
  const auto text = optional_string(body, "onConflict");
  if (!text || *text == "existing") return jobs::OnConflict::existing;
  if (*text == "refuse") return jobs::OnConflict::refuse;
  if (*text == "replace") return jobs::OnConflict::replace_pending;
  throw bad_field("onConflict", "must be one of existing, refuse, replace");
}

void read_times(const json& body, jobs::JobSpec& spec) {
  if (const auto text = optional_string(body, "runAt")) {
    spec.run_at = parse_iso_time(*text);
    if (!spec.run_at) throw bad_field("runAt", "must be a time in UTC like 2025-01-15T10:00:05.000Z");
  }
  spec.delay = optional_seconds(body, "delaySeconds", none, one_year).value_or(none);
  if (spec.run_at && spec.delay > none) throw bad_field("delaySeconds", "must not stand beside runAt");
  spec.deadline = optional_seconds(body, "deadlineSeconds", none, one_year).value_or(none);
  if (spec.deadline > none && spec.deadline <= spec.delay) {
    throw bad_field("deadlineSeconds", "must be longer than delaySeconds");
  }
  spec.time_limit = optional_seconds(body, "timeLimitSeconds", none, one_year).value_or(none);
}

void read_unique(const json& body, const jobs::Uuid& organization, jobs::JobSpec& spec) {
  const std::string key = optional_text(body, "uniqueKey", work_name_bytes_max);
  spec.unique_for = optional_seconds(body, "uniqueForSeconds", none, one_year).value_or(none);
  spec.on_conflict = on_conflict_in(body);
  if (!key.empty()) {
    spec.unique_key = work_key(organization, key);
  } else if (spec.unique_for > none) {
    throw bad_field("uniqueForSeconds", "needs uniqueKey");
  }
}

}  // namespace

std::optional<std::int64_t> optional_integer(const json& body, const std::string& field, std::int64_t least,
                                             std::int64_t most) {
  const auto found = body.find(field);
  if (found == body.end()) return std::nullopt;
  const auto refuse = [&] {
    throw bad_field(field, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  };
  if (!found->is_number()) wrong_type(field, "number", *found);
  if (!found->is_number_integer()) refuse();
  // A number beyond 64 signed bits is kept unsigned.
  if (found->is_number_unsigned() && found->get<std::uint64_t>() > static_cast<std::uint64_t>(most)) refuse();
  const auto number = found->get<std::int64_t>();
  if (number < least || number > most) refuse();
  return number;
}

std::optional<std::chrono::milliseconds> optional_seconds(const json& body, const std::string& field,
                                                          std::chrono::milliseconds least,
                                                          std::chrono::milliseconds most) {
  const auto found = body.find(field);
  if (found == body.end()) return std::nullopt;
  if (!found->is_number()) wrong_type(field, "number", *found);
  const double milliseconds = std::round(found->get<double>() * 1000);
  if (!(milliseconds >= static_cast<double>(least.count()) && milliseconds <= static_cast<double>(most.count()))) {
    const auto seconds = [](std::chrono::milliseconds span) { return json(static_cast<double>(span.count()) / 1000).dump(); };
    throw bad_field(field, "must be a number of seconds from " + seconds(least) + " to " + seconds(most));
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(milliseconds));
}

std::optional<std::string> optional_value(const WorkBody& given, const std::string& field) {
  if (!given.body.contains(field)) return std::nullopt;
  const auto text = member_text(given.text, field);
  // A name that is written with escapes is found by the parser alone.
  return text ? std::string(*text) : given.body.at(field).dump();
}

void check_work_name(const std::string& name, const std::string& field) {
  check_bytes(name, field, work_name_bytes_max);
  const bool fits = std::none_of(name.begin(), name.end(), [](char c) {
    return c == '/' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  if (!fits) throw bad_field(field, "must have no slash and no control character: it stands in the path of requests");
}

jobs::JobSpec read_work_spec(const WorkBody& given, const jobs::Uuid& organization, const outbound::Guard& guard) {
  const json& body = given.body;
  jobs::JobSpec spec;
  spec.kind = required(optional_string(body, "kind"), "kind");
  check_bytes(spec.kind, "kind", name_bytes_max);
  spec.payload = optional_value(given, "payload").value_or("");
  const std::string queue = optional_string(body, "queue").value_or("default");
  check_work_name(queue, "queue");
  spec.queue = work_name(organization, queue);
  spec.key = optional_text(body, "key", name_bytes_max);
  spec.metadata = optional_value(given, "metadata").value_or("");
  if (spec.metadata.size() > metadata_bytes_max) throw bad_field("metadata", "must be at most 65536 bytes of JSON");
  spec.tags = tags_in(body, organization);
  spec.priority = static_cast<int>(optional_integer(body, "priority", -priority_most, priority_most).value_or(0));
  read_times(body, spec);
  read_unique(body, organization, spec);
  read_after(body, spec);
  spec.max_attempts = static_cast<int>(optional_integer(body, "maxAttempts", 1, attempts_max).value_or(3));
  spec.webhook = read_webhook(body, given.text, guard);
  return spec;
}

jobs::Schedule read_work_schedule(const WorkBody& given, const std::string& name, const jobs::Uuid& organization,
                                  const outbound::Guard& guard) {
  const json& body = given.body;
  check_work_name(name, "name");
  jobs::Schedule schedule;
  schedule.name = work_name(organization, name);
  schedule.expression = required(optional_string(body, "expression"), "expression");
  schedule.time_zone = optional_string(body, "timeZone").value_or("UTC");
  const auto job = body.find("job");
  if (job == body.end()) throw bad_field("job", "Required");
  if (!job->is_object()) wrong_type("job", "object", *job);
  const std::string job_text = optional_value(given, "job").value_or("{}");
  schedule.job = read_work_spec({*job, job_text}, organization, guard);
  const auto choice = [&](const std::string& field, std::initializer_list<std::string_view> words) -> std::size_t {
    const auto text = optional_string(body, field);
    if (!text) return words.size();
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words.begin()[i] == *text) return i;
    }
    std::string all;
    for (const std::string_view word : words) all.append(all.empty() ? "" : ", ").append(word);
    throw bad_field(field, "must be one of " + all);
  };
  switch (choice("catchUp", {"none", "latest", "all"})) {
    case 0: schedule.catch_up = jobs::CatchUp::none; break;
    case 2: schedule.catch_up = jobs::CatchUp::all; break;
    default: schedule.catch_up = jobs::CatchUp::latest;
  }
  schedule.overlap = choice("overlap", {"allow", "skip"}) == 1 ? jobs::Overlap::skip : jobs::Overlap::allow;
  schedule.paused = optional_boolean(body, "paused").value_or(false);
  return schedule;
}

}  // namespace jobsd
