#include "store/encode.h"

#include <nlohmann/json.hpp>

namespace jobs::store {
namespace {

using Json = nlohmann::ordered_json;

// Handlers may pass any bytes; what is not UTF-8 is replaced.
std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::string encode(const Progress& progress) {
  return dump({{"iteration", progress.iteration},
               {"message", progress.message},
               {"at", progress.at.time_since_epoch().count()}});
}

std::string encode(const Failure& failure) {
  return dump({{"code", failure.code}, {"message", failure.message}, {"detail", failure.detail}});
}

std::string progress_data(int iteration, std::string_view message) {
  return dump({{"iteration", iteration}, {"message", message}});
}

std::string failure_data(const Failure& failure) {
  Json json = {{"code", failure.code}, {"message", failure.message}};
  if (!failure.detail.empty()) json["detail"] = failure.detail;
  return dump(json);
}

std::string step_data(std::string_view name) { return dump({{"name", name}}); }

std::string signal_data(std::string_view name) { return dump({{"signal", name}}); }

std::string wait_data(std::string_view waits_for, std::string_view name) {
  Json json = {{"waits_for", waits_for}};
  if (!name.empty()) json["name"] = name;
  return dump(json);
}

std::string encode_tags(const std::vector<std::string>& tags) { return dump(Json(tags)); }

std::vector<std::string> decode_tags(const std::string& text) { return Json::parse(text).get<std::vector<std::string>>(); }

Progress decode_progress(const std::string& text) {
  const Json json = Json::parse(text);
  return {.iteration = json.at("iteration").get<int>(),
          .message = json.at("message").get<std::string>(),
          .at = Time(std::chrono::milliseconds(json.at("at").get<std::int64_t>()))};
}

Failure decode_failure(const std::string& text) {
  const Json json = Json::parse(text);
  return {.code = json.at("code").get<std::string>(),
          .message = json.at("message").get<std::string>(),
          .detail = json.at("detail").get<std::string>()};
}

}  // namespace jobs::store
