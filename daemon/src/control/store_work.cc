#include "control/store_work.h"

#include <algorithm>
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

// A page of them, each with a host of 255 bytes, stays well below the longest line.
constexpr std::size_t receivers_of_a_page_max = 500;

using Tell = std::function<void(const json&)>;

json back_up(jobs::Engine& engine, const json& request, const Tell& tell) {
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

json check(jobs::Engine& engine, const json& request, const Tell& tell) {
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
json list_receivers(jobs::Engine& engine, const json& request, const Tell&) {
  const std::string after = request.value("cursor", "");
  const auto page_size = std::clamp<std::size_t>(request.value("page_size", receivers_of_a_page_max), 1, receivers_of_a_page_max);
  if (request.size() != 1 + request.count("cursor") + request.count("page_size")) {
    throw std::runtime_error("receiver.list takes a cursor and a page_size");
  }
  json items = json::array();
  for (const jobs::Endpoint& endpoint : engine.endpoints()) {
    if (endpoint.host <= after) continue;
    if (items.size() == page_size) return {{"next", items.back().at("host")}, {"items", std::move(items)}};
    items.push_back({{"host", endpoint.host},
                     {"failing_since", time_or_null(endpoint.failing_since)},
                     {"failures", endpoint.failures},
                     {"held_until", time_or_null(endpoint.held_until)},
                     {"disabled_at", time_or_null(endpoint.disabled_at)}});
  }
  return {{"items", std::move(items)}, {"next", nullptr}};
}

json enable_receiver(jobs::Engine& engine, const json& request, const Tell&) {
  const auto found = request.find("host");
  if (request.size() != 2 || found == request.end() || !found->is_string()) {
    throw std::runtime_error("host: expected a text, and nothing else");
  }
  if (!engine.enable_endpoint(found->get<std::string>())) {
    throw std::runtime_error("host: no receiver of this name has failed; see \"jobsd receiver list\"");
  }
  return json::object();
}

using Work = json (*)(jobs::Engine&, const json&, const Tell&);

// Null: the operation is none of these.
Work work_of(const json& request) {
  if (!request.is_object()) return nullptr;
  const auto op = request.find("op");
  if (op == request.end()) return nullptr;
  if (*op == "store.backup") return back_up;
  if (*op == "store.check") return check;
  if (*op == "receiver.list") return list_receivers;
  if (*op == "receiver.enable") return enable_receiver;
  return nullptr;
}

}  // namespace

bool is_store_work(const json& request) { return work_of(request) != nullptr; }

json perform_on_store(jobs::Engine& engine, const json& request, const std::function<void(const json&)>& tell) {
  try {
    return {{"ok", true}, {"result", work_of(request)(engine, request, tell)}};
  } catch (const std::exception& error) {
    return {{"ok", false}, {"error", error.what()}};
  }
}

}  // namespace jobsd
