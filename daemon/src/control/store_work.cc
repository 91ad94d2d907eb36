#include "control/store_work.h"

#include <cstdint>
#include <exception>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <system_error>

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

}  // namespace

bool is_store_work(const json& request) {
  if (!request.is_object()) return false;
  const auto op = request.find("op");
  return op != request.end() && (*op == "store.backup" || *op == "store.check");
}

json perform_on_store(const jobs::Engine& engine, const json& request, const std::function<void(const json&)>& tell) {
  try {
    const json result =
        request.at("op") == "store.backup" ? back_up(engine, request, tell) : check(engine, request, tell);
    return {{"ok", true}, {"result", result}};
  } catch (const std::exception& error) {
    return {{"ok", false}, {"error", error.what()}};
  }
}

}  // namespace jobsd
