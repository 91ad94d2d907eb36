#include "store/schedule_definition.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/base64.h"
#include "core/signing_secrets.h"
#include "jobs/error.h"

namespace jobs::store {
namespace {

using Json = nlohmann::ordered_json;

// What a secret is sealed for, so that it cannot be moved to another schedule.
std::string context(const std::string& name) {
  return "schedule " + name;
}

Json encode_webhook(const WebhookTarget& target, const std::string& name, const KeyRing& keys) {
  Json json = {{"url", target.url}, {"metadata", target.metadata}, {"progress", target.progress}};
  if (target.secret.empty()) return json;
  json["secret"] = encode_base64(keys.seal(join_secrets({target.secret, target.old_secret}), context(name)));
  return json;
}

WebhookTarget decode_webhook(const Json& json) {
  return {.url = json.at("url"), .metadata = json.at("metadata"), .progress = json.at("progress")};
}

KeyRing::Opened open(const Json& secret, const std::string& name, const KeyRing& keys) {
  if (!keys.can_seal() && !keys.has_old()) {
    throw Error(Errc::wrong_key, "its webhook has a secret, and the engine was started without a secret key");
  }
  const auto sealed = decode_base64(secret.get<std::string>());
  auto opened = keys.open(sealed.value_or(""), context(name));
  if (!opened) {
    throw Error(Errc::wrong_key, "its webhook's secret cannot be decrypted: it was stored with another secret key");
  }
  return std::move(*opened);
}

}  // namespace

std::string encode_definition(const Schedule& schedule, const KeyRing& keys) {
  const JobSpec& job = schedule.job;
  Json spec = {{"kind", job.kind},
               {"payload", job.payload},
               {"queue", job.queue},
               {"key", job.key},
               {"metadata", job.metadata},
               {"tags", job.tags},
               {"trace", job.trace},
               {"priority", job.priority},
               {"deadline", job.deadline.count()},
               {"unique_key", job.unique_key},
               {"unique_for", job.unique_for.count()},
               {"on_conflict", static_cast<int>(job.on_conflict)},
               {"max_attempts", job.max_attempts},
               {"time_limit", job.time_limit.count()}};
  if (job.webhook) spec["webhook"] = encode_webhook(*job.webhook, schedule.name, keys);
  const Json json = {{"expression", schedule.expression},
                     {"time_zone", schedule.time_zone},
                     {"catch_up", static_cast<int>(schedule.catch_up)},
                     {"catch_up_max", schedule.catch_up_max},
                     {"overlap", static_cast<int>(schedule.overlap)},
                     {"job", std::move(spec)}};
  try {
    return json.dump();
  } catch (const Json::exception&) {
    throw std::invalid_argument("schedule: its texts, and those of its job, are UTF-8");
  }
}

Schedule decode_definition(const std::string& name, const std::string& text) {
  const Json json = Json::parse(text);
  const Json& spec = json.at("job");
  Schedule schedule = {.name = name,
                       .expression = json.at("expression"),
                       .time_zone = json.at("time_zone"),
                       .job = {.kind = spec.at("kind"),
                               .payload = spec.at("payload"),
                               .queue = spec.at("queue"),
                               .key = spec.value("key", std::string()),
                               .metadata = spec.at("metadata"),
                               .tags = spec.value("tags", std::vector<std::string>()),
                               .trace = spec.value("trace", std::string()),
                               .priority = spec.at("priority"),
                               .deadline = std::chrono::milliseconds(spec.value("deadline", std::int64_t{0})),
                               .unique_key = spec.at("unique_key"),
                               .unique_for = std::chrono::milliseconds(spec.value("unique_for", std::int64_t{0})),
                               .on_conflict = static_cast<OnConflict>(spec.value("on_conflict", 0)),
                               .max_attempts = spec.at("max_attempts"),
                               .time_limit = std::chrono::milliseconds(spec.at("time_limit").get<std::int64_t>())},
                       .catch_up = static_cast<CatchUp>(json.at("catch_up").get<int>()),
                       .catch_up_max = json.at("catch_up_max"),
                       .overlap = static_cast<Overlap>(json.at("overlap").get<int>())};
  if (spec.contains("webhook")) schedule.job.webhook = decode_webhook(spec.at("webhook"));
  return schedule;
}

Schedule decode_definition(const std::string& name, const std::string& text, const KeyRing& keys) {
  Schedule schedule = decode_definition(name, text);
  if (!schedule.job.webhook) return schedule;
  const Json webhook = Json::parse(text).at("job").at("webhook");
  if (!webhook.contains("secret")) return schedule;
  const KeyRing::Opened opened = open(webhook.at("secret"), name, keys);
  const SigningSecrets secrets = split_secrets(opened.secret);
  schedule.job.webhook->secret = secrets.current;
  schedule.job.webhook->old_secret = secrets.old;
  return schedule;
}

std::optional<std::string> seal_definition_again(const std::string& name, const std::string& text, const KeyRing& keys) {
  Json json = Json::parse(text);
  Json& job = json.at("job");
  if (!job.contains("webhook") || !job.at("webhook").contains("secret")) return std::nullopt;
  Json& secret = job.at("webhook").at("secret");
  const KeyRing::Opened opened = open(secret, name, keys);
  if (!opened.old) return std::nullopt;
  secret = encode_base64(keys.seal(opened.secret, context(name)));
  return json.dump();
}

std::string firing_metadata(const std::string& name, Time at) {
  return Json({{"schedule", name}, {"time", at.time_since_epoch().count()}}).dump();
}

}  // namespace jobs::store
