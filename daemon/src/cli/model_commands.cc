// The commands about models: they read databases and model folders and leave the store alone.
#include <sys/un.h>

#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "analyst/database.h"
#include "analyst/error.h"
#include "analyst/model.h"
#include "cli/commands.h"
#include "config/nearest.h"
#include "control/line_socket.h"
#include "outbound/guard.h"

namespace jobsd {
namespace {

std::unique_ptr<analyst::Database> open(const ConnectionConfig& connection) {
  switch (connection.driver) {
    case ConnectionConfig::Driver::sqlite:
      return analyst::open_sqlite(connection.path);
  }
  throw std::logic_error("a driver without a case");
}

// Prints problems as they are found and remembers whether one was an error.
class Findings {
 public:
  void add(const Problem& problem) {
    std::cerr << problem.to_string() << '\n';
    if (problem.severity == Problem::Severity::error) ++errors_;
  }
  int errors() const { return errors_; }

 private:
  int errors_ = 0;
};

// One model or branch. `where` is where the configuration names it.
void check_one(Findings& findings, const Problem& where, const ModelConfig& model, const std::filesystem::path& branch,
               analyst::Database& database) {
  try {
    const auto loaded = analyst::load_model(model.id.to_string(), model.name, model.path, branch, database);
    for (const Problem& warning : loaded.warnings) findings.add(warning);
  } catch (const analyst::ModelError& error) {
    for (const Problem& problem : error.problems()) findings.add(problem);
  } catch (const std::exception& error) {
    Problem problem = where;
    problem.message = "model " + model.name + ": " + error.what();
    findings.add(problem);
  }
}

}  // namespace

int check(const Config& config) {
  Findings findings;
  const auto at = [&](int line, int column, std::string message) {
    return Problem{.file = config.file.string(), .line = line, .column = column, .message = std::move(message)};
  };

  try {
    sockaddr_un address;
    set_address(address, config.control_socket());
  } catch (const std::runtime_error& error) {
    findings.add(at(1, 1, error.what()));
  }
  try {
    outbound::Guard guard({.allow_http = config.webhooks.allow_http,
                           .allow_networks = config.webhooks.allow_networks,
                           .allow_ports = config.webhooks.allow_ports});
  } catch (const std::invalid_argument& error) {
    findings.add(at(1, 1, "webhooks: " + std::string(error.what())));
  }

  std::map<std::string_view, std::unique_ptr<analyst::Database>> databases;
  for (const ConnectionConfig& connection : config.connections) {
    try {
      auto database = open(connection);
      // Opening may be lazy; describing is not.
      database->describe();
      databases.emplace(connection.name, std::move(database));
    } catch (const std::exception& error) {
      findings.add(at(connection.line, connection.column, "connection " + connection.name + ": " + error.what()));
    }
  }
  int folders = 0;
  for (const ModelConfig& model : config.models) {
    const auto database = databases.find(model.connection);
    if (database == databases.end()) continue;
    const Problem where = at(model.line, model.column, {});
    check_one(findings, where, model, {}, *database->second);
    ++folders;
    for (const BranchConfig& branch : model.branches) {
      check_one(findings, where, model, branch.path, *database->second);
      ++folders;
    }
  }
  if (findings.errors() != 0) return 1;
  std::cout << config.file.string() << ": ok (" << config.connections.size() << " connections, " << folders
            << " models and branches)\n";
  return 0;
}

int init_model(const Config& config, const std::string& name, const std::filesystem::path& folder) {
  const ConnectionConfig* connection = config.connection(name);
  if (connection == nullptr) {
    std::vector<std::string_view> names;
    for (const ConnectionConfig& candidate : config.connections) names.push_back(candidate.name);
    std::string message = "--connection: the configuration has no connection of that name";
    if (const auto near = nearest(name, names)) message += "; did you mean \"" + std::string(*near) + "\"?";
    throw std::runtime_error(message);
  }
  const auto database = open(*connection);
  const auto loaded = analyst::load_model({}, name, {}, {}, *database);
  analyst::write_model(*loaded.model, folder);
  std::cout << folder.string() << ": " << loaded.model->views.size() << " views, " << loaded.model->topics.size()
            << " topics\n";
  return 0;
}

}  // namespace jobsd
