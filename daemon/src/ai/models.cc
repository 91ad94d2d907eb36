#include "ai/models.h"

#include <exception>
#include <utility>

#include "analyst/error.h"

namespace jobsd {
namespace {

class Loader {
 public:
  explicit Loader(const Config& config) : config_(config) {
    for (const ConnectionConfig& connection : config.connections) open(connection);
  }

  std::shared_ptr<analyst::Database> database(const std::string& connection) const {
    const auto found = databases_.find(connection);
    return found == databases_.end() ? nullptr : found->second;
  }

  std::optional<ServedModel> load(const ModelConfig& model, const std::shared_ptr<analyst::Database>& database,
                                  const std::filesystem::path& branch) {
    try {
      auto loaded = analyst::load_model(model.id.to_string(), model.name, model.path, branch, *database);
      warnings.insert(warnings.end(), loaded.warnings.begin(), loaded.warnings.end());
      return ServedModel{.model = std::move(loaded.model), .database = database};
    } catch (const analyst::ModelError& error) {
      problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    } catch (const std::exception& error) {
      add_problem(model.line, model.column, "model " + model.name + ": " + error.what());
    }
    return std::nullopt;
  }

  std::vector<Problem> problems;
  std::vector<Problem> warnings;

 private:
  void open(const ConnectionConfig& connection) {
    try {
      databases_[connection.name] = analyst::open_sqlite(connection.path);
    } catch (const std::exception& error) {
      add_problem(connection.line, connection.column,
                  "connection " + connection.name + " (" + connection.path.string() + "): " + error.what());
    }
  }

  void add_problem(int line, int column, std::string message) {
    problems.push_back({.file = config_.file.string(), .line = line, .column = column, .message = std::move(message)});
  }

  const Config& config_;
  std::map<std::string, std::shared_ptr<analyst::Database>> databases_;
};

}  // namespace

analyst::Limits query_limits(const AnalystConfig& config) {
  return {.time = config.query_time, .rows = config.query_rows_max, .bytes = config.query_bytes_max};
}

Models::Models(const Config& config) {
  Loader loader(config);
  for (const ModelConfig& model : config.models) {
    const auto database = loader.database(model.connection);
    if (!database) continue;  // Reported with the connection.
    Loaded loaded;
    if (auto base = loader.load(model, database, {})) loaded.base = std::move(*base);
    for (const BranchConfig& branch : model.branches) {
      if (auto served = loader.load(model, database, branch.path)) loaded.branches[branch.id] = std::move(*served);
    }
    models_[model.id] = std::move(loaded);
  }
  if (!loader.problems.empty()) throw ConfigError(std::move(loader.problems));
  warnings_ = std::move(loader.warnings);
}

std::optional<ServedModel> Models::find(const jobs::Uuid& model, const std::optional<jobs::Uuid>& branch) const {
  const auto found = models_.find(model);
  if (found == models_.end()) return std::nullopt;
  if (!branch) return found->second.base;
  const auto on_branch = found->second.branches.find(*branch);
  if (on_branch == found->second.branches.end()) return std::nullopt;
  return on_branch->second;
}

}  // namespace jobsd
