#include "control/store_work.h"

#include <cstdint>
#include <exception>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "jobs/engine.h"

namespace jobsd {
namespace {

using nlohmann::json;

json back_up(const jobs::Engine& engine, const json& request, const std::function<void(const json&)>& tell) {
  const auto found = request.find("path");
  if (request.size() != 2 || found == request.end() || !found->is_string()) {
    throw std::runtime_error("path: expected a text, and nothing else");
  }
  const std::filesystem::path path(found->get<std::string>());
  if (!path.is_absolute()) throw std::runtime_error("path: expected an absolute path");
  std::int64_t bytes = 0;
  engine.backup(path, [&](const jobs::BackupProgress& progress) {
    bytes = progress.bytes;
    tell({{"done", progress.bytes_done}, {"of", progress.bytes}});
  });
  return {{"bytes", bytes}};
}

json check(const jobs::Engine& engine, const json& request, const std::function<void(const json&)>& tell) {
  const auto found = request.find("quick");
  if (request.size() != 2 || found == request.end() || !found->is_boolean()) {
    throw std::runtime_error("quick: expected true or false, and nothing else");
  }
  tell({{"done", 0}, {"of", 0}});
  return {{"problems",
           engine.check_integrity(found->get<bool>() ? jobs::CheckDepth::quick : jobs::CheckDepth::full)}};
}

json time_or_null(const std::optional<jobs::Time>& time) {
  return time ? json(time->time_since_epoch().count()) : json();
}

// Receivers are counted by host, whichever organization's they are, so they are the operator's to look after.
json list_receivers(const jobs::Engine& engine, const json& request) {
  if (request.size() != 1) throw std::runtime_error("receiver.list takes no fields");
  json items = json::array();
  for (const jobs::Endpoint& endpoint : engine.endpoints()) {
    items.push_back({{"host", endpoint.host},
                     {"failing_since", time_or_null(endpoint.failing_since)},
                     {"failures", endpoint.failures},
                     {"held_until", time_or_null(endpoint.held_until)},
                     {"disabled_at", time_or_null(endpoint.disabled_at)}});
  }
  return {{"items", std::move(items)}};
}

json enable_receiver(jobs::Engine& engine, const json& request) {
  const auto found = request.find("host");
  if (request.size() != 2 || found == request.end() || !found->is_string()) {
    throw std::runtime_error("host: expected a text, and nothing else");
  }
  if (!engine.enable_endpoint(found->get<std::string>())) {
    throw std::runtime_error("host: no receiver of this name has failed; see \"jobsd receiver list\"");
  }
  return json::object();
}

json result_of(jobs::Engine& engine, const json& request, const std::function<void(const json&)>& tell) {
  const std::string& op = request.at("op").get_ref<const std::string&>();
  if (op == "store.backup") return back_up(engine, request, tell);
  if (op == "store.check") return check(engine, request, tell);
  if (op == "receiver.list") return list_receivers(engine, request);
  return enable_receiver(engine, request);
}

}  // namespace

bool is_store_work(const json& request) {
  if (!request.is_object()) return false;
  const auto op = request.find("op");
  return op != request.end() &&
         (*op == "store.backup" || *op == "store.check" || *op == "receiver.list" || *op == "receiver.enable");
}

json perform_on_store(jobs::Engine& engine, const json& request, const std::function<void(const json&)>& tell) {
  try {
    return {{"ok", true}, {"result", result_of(engine, request, tell)}};
  } catch (const std::exception& error) {
    return {{"ok", false}, {"error", error.what()}};
  }
}

}  // namespace jobsd
