// The commands that change the store: through the daemon when it runs, else by opening the store themselves.
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "cli/commands.h"
#include "control/admin.h"
#include "control/control.h"
#include "identity/identity.h"
#include "jobs/engine.h"
#include "store/open.h"
#include "text/utf8.h"

namespace jobsd {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

// A daemon that is starting owns the store before it answers, one that is stopping owns it after; another command owns
// it for a moment. So a store in use is tried again for a while.
constexpr auto patience = 5s;
constexpr auto pause = 50ms;

// Files that root creates in the store of another user are files that the daemon cannot open.
void must_not_be_root_for_another(const Config& config) {
  struct stat status {};
  if (::geteuid() != 0 || ::stat(config.data_dir.c_str(), &status) != 0 || status.st_uid == 0) return;
  const passwd* owner = ::getpwuid(status.st_uid);
  const std::string name = owner != nullptr ? owner->pw_name : "#" + std::to_string(status.st_uid);
  throw std::runtime_error(config.data_dir.string() + ": belongs to " + name +
                           ", and the daemon is not running: run this as that user (sudo -u " + name +
                           " jobsd …), or start the daemon");
}

json perform_offline(const Config& config, const json& request) {
  must_not_be_root_for_another(config);
  jobs::Engine engine(store_options(config));
  Identity identity(engine);
  return perform(identity, request);
}

json call(const Config& config, const json& request) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    if (const auto answer = call_control(config.control_socket(), request)) return *answer;
    try {
      return perform_offline(config, request);
    } catch (const jobs::Error& error) {
      if (error.code() != jobs::Errc::in_use) throw;
      if (std::chrono::steady_clock::now() >= deadline) {
        throw std::runtime_error(config.store_file().string() +
                                 ": a running process owns the store, but does not answer on " +
                                 config.control_socket().string() +
                                 ": if it is jobsd and starting or stopping, try again in a moment; else stop it");
      }
    }
    std::this_thread::sleep_for(pause);
  }
}

// The text named `field` of what came back.
std::string ask(const Config& config, const json& request, const char* field) {
  const json answer = call(config, request);
  if (!answer.at("ok").get<bool>()) throw std::runtime_error(answer.at("error").get<std::string>());
  return answer.at("result").at(field).get<std::string>();
}

void must_be_text(const std::string& text, const std::string& option) {
  if (!is_line_of_text(text)) throw std::runtime_error(option + ": give UTF-8 on one line");
}

}  // namespace

int create_user(const Config& config, const UserCreate& command) {
  must_be_text(command.name, "--name");
  must_be_text(command.time_zone, "--time-zone");
  json attributes = json::object();
  for (const std::string& attribute : command.attributes) {
    must_be_text(attribute, "--attribute");
    const std::size_t equals = attribute.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw std::runtime_error("--attribute: give NAME=VALUE, such as region=Europe");
    }
    attributes[attribute.substr(0, equals)].push_back(attribute.substr(equals + 1));
  }
  const json request = {{"op", "user.create"},
                        {"name", command.name},
                        {"time_zone", command.time_zone.empty() ? config.time_zone : command.time_zone},
                        {"attributes", attributes}};
  std::cout << ask(config, request, "id") << '\n';
  return 0;
}

int create_key(const Config& config, const KeyCreate& command) {
  must_be_text(command.user, "--user");
  json request = {{"op", "key.create"}, {"kind", command.kind}};
  if (!command.user.empty()) request["user"] = command.user;
  std::cout << ask(config, request, "token") << '\n';
  return 0;
}

}  // namespace jobsd
