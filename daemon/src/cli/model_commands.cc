// The commands about models: they read databases and model folders and leave the store alone.
#include <sys/un.h>

#include <iostream>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "ai/models.h"
#include "analyst/database.h"
#include "analyst/error.h"
#include "analyst/model.h"
#include "cli/commands.h"
#include "config/nearest.h"
#include "control/line_socket.h"
#include "http/tls.h"
#include "outbound/guard.h"

namespace jobsd {
namespace {

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

}  // namespace

int check(const Config& config) {
  Findings findings;
  // What concerns the file as a whole stands at its beginning.
  const auto in_file = [&](std::string message) {
    findings.add({.file = config.file.string(), .line = 1, .column = 1, .message = std::move(message)});
  };
  try {
    sockaddr_un address;
    set_address(address, config.control_socket());
  } catch (const std::runtime_error& error) {
    in_file(error.what());
  }
  try {
    if (config.tls) http::load_tls({.certificate = config.tls->certificate, .key = config.tls->key});
  } catch (const std::runtime_error& error) {
    in_file("tls: " + std::string(error.what()));
  }
  try {
    const outbound::Guard guard({.allow_http = config.webhooks.allow_http,
                                 .allow_networks = config.webhooks.allow_networks,
                                 .allow_ports = config.webhooks.allow_ports});
  } catch (const std::invalid_argument& error) {
    in_file("webhooks: " + std::string(error.what()));
  }
  try {
    const Models models(config);
    for (const Problem& warning : models.warnings()) findings.add(warning);
  } catch (const ConfigError& error) {
    for (const Problem& problem : error.problems()) findings.add(problem);
  }
  if (findings.errors() != 0) return 1;
  std::cout << config.file.string() << ": ok (connections: " << config.connections.size()
            << ", models: " << config.models.size() << ")\n";
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
  const auto database = analyst::open_sqlite(connection->path);
  const auto loaded = analyst::load_model({}, name, {}, {}, *database);
  analyst::write_model(*loaded.model, folder);
  std::cout << folder.string() << ": written (views: " << loaded.model->views.size()
            << ", topics: " << loaded.model->topics.size() << ")\n";
  return 0;
}

}  // namespace jobsd
