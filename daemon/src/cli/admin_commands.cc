// The commands that change the store: through the daemon when it runs, else by opening the store themselves.
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <initializer_list>
#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>
#include <utility>

#include "cli/commands.h"
#include "control/admin.h"
#include "control/control.h"
#include "control/store_work.h"
#include "identity/identity.h"
#include "iso_time.h"
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
// Of a list, in one request.
constexpr std::int64_t rows_at_once = 500;

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

using Tell = std::function<void(const json&)>;

json perform_offline(const Config& config, const json& request, const Tell& tell) {
  must_not_be_root_for_another(config);
  jobs::Engine engine(store_options(config));
  if (is_store_work(request)) return perform_on_store(engine, request, tell);
  Identity identity(engine, {.records_kept = config.retention.audit});
  return perform(identity, request, Actor::user_of_machine(::geteuid()));
}

json call(const Config& config, const json& request, const Tell& tell = {}) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    if (const auto answer = call_control(config.control_socket(), request, tell)) return *answer;
    try {
      return perform_offline(config, request, tell ? tell : [](const json&) {});
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

json ask(const Config& config, const json& request) {
  json answer = call(config, request);
  if (!answer.at("ok").get<bool>()) throw std::runtime_error(answer.at("error").get<std::string>());
  return std::move(answer.at("result"));
}

// The text named `field` of what came back.
std::string ask(const Config& config, const json& request, const char* field) {
  return ask(config, request).at(field).get<std::string>();
}

void must_be_text(const std::string& text, const std::string& option) {
  if (!is_line_of_text(text)) throw std::runtime_error(option + ": give UTF-8 on one line");
}

// Sets `field` when it was given.
void set(json& request, const char* field, const std::string& value, const std::string& option) {
  must_be_text(value, option);
  if (!value.empty()) request[field] = value;
}

// A number is a time, true and false are the two words given.
std::string cell(const json& value, const char* yes, const char* no) {
  if (value.is_null()) return "-";
  if (value.is_boolean()) return value.get<bool>() ? yes : no;
  if (value.is_number()) return iso_time(jobs::Time(std::chrono::milliseconds(value.get<std::int64_t>())));
  const std::string& text = value.get_ref<const std::string&>();
  return text.empty() ? "-" : text;
}

struct Column {
  const char* heading;
  const char* field;
  // A number is no time.
  bool counts = false;
};

// Page after page, so that a list of any length needs little memory on either side.
int print_list(const Config& config, json request, const ListCommand& command, std::initializer_list<Column> columns) {
  set(request, "organization", command.organization, "--organization");
  set(request, "user", command.user, "--user");
  std::int64_t left = command.limit == 0 ? std::numeric_limits<std::int64_t>::max() : command.limit;
  while (true) {
    request["page_size"] = std::min(left, rows_at_once);
    const json page = ask(config, request);
    const char* between = "";
    if (!request.contains("cursor")) {
      for (const Column& column : columns) std::cout << std::exchange(between, "\t") << column.heading;
      std::cout << '\n';
    }
    for (const json& item : page.at("items")) {
      between = "";
      for (const Column& column : columns) {
        const json& value = item.at(column.field);
        std::cout << std::exchange(between, "\t") << (column.counts ? value.dump() : cell(value, "disabled", "active"));
      }
      std::cout << '\n';
      --left;
    }
    if (page.at("next").is_null() || left == 0) return 0;
    request["cursor"] = page.at("next");
  }
}

}  // namespace

int create_organization(const Config& config, const std::string& name) {
  must_be_text(name, "--name");
  std::cout << ask(config, {{"op", "organization.create"}, {"name", name}}, "id") << '\n';
  return 0;
}

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
  json request = {{"op", "user.create"},
                  {"name", command.name},
                  {"time_zone", command.time_zone.empty() ? config.time_zone : command.time_zone},
                  {"attributes", attributes},
                  {"role", command.role}};
  set(request, "organization", command.organization, "--organization");
  std::cout << ask(config, request, "id") << '\n';
  return 0;
}

int disable_user(const Config& config, const std::string& user) {
  must_be_text(user, "--user");
  ask(config, {{"op", "user.disable"}, {"user", user}});
  return 0;
}

int enable_user(const Config& config, const std::string& user) {
  must_be_text(user, "--user");
  ask(config, {{"op", "user.enable"}, {"user", user}});
  return 0;
}

int set_role(const Config& config, const std::string& user, const std::string& role) {
  must_be_text(user, "--user");
  ask(config, {{"op", "user.role"}, {"user", user}, {"role", role}});
  return 0;
}

int create_key(const Config& config, const KeyCreate& command) {
  json request = {{"op", "key.create"}, {"kind", command.kind}};
  set(request, "user", command.user, "--user");
  set(request, "organization", command.organization, "--organization");
  set(request, "name", command.name, "--name");
  if (!command.expires.empty()) {
    const auto lifetime = parse_duration(command.expires);
    if (!lifetime) throw std::runtime_error("--expires: give a duration with its unit, such as 12h or 90d");
    request["lifetime_ms"] = lifetime->count();
  }
  std::cout << ask(config, request, "token") << '\n';
  return 0;
}

int revoke_key(const Config& config, const std::string& key) {
  must_be_text(key, "--key");
  ask(config, {{"op", "key.revoke"}, {"key", key}});
  return 0;
}

int list_organizations(const Config& config) {
  return print_list(config, {{"op", "organization.list"}}, {}, {{"ID", "id"}, {"NAME", "name"}, {"CREATED", "created_at"}});
}

int list_users(const Config& config, const ListCommand& command) {
  return print_list(config, {{"op", "user.list"}}, command,
                    {{"ID", "id"},
                     {"ORGANIZATION", "organization"},
                     {"NAME", "name"},
                     {"TIME ZONE", "time_zone"},
                     {"ROLE", "role"},
                     {"STATE", "disabled"},
                     {"CREATED", "created_at"}});
}

int list_keys(const Config& config, const ListCommand& command) {
  return print_list(config, {{"op", "key.list"}}, command,
                    {{"ID", "id"},
                     {"ORGANIZATION", "organization"},
                     {"KIND", "kind"},
                     {"USER", "user"},
                     {"NAME", "name"},
                     {"CREATED", "created_at"},
                     {"EXPIRES", "expires_at"},
                     {"LAST USED", "last_used_at"},
                     {"REVOKED", "revoked_at"}});
}

int list_audit(const Config& config, const ListCommand& command) {
  return print_list(config, {{"op", "audit.list"}}, command,
                    {{"AT", "at"},
                     {"ACTOR", "actor"},
                     {"ACT", "act"},
                     {"SUBJECT", "subject"},
                     {"ORGANIZATION", "organization"},
                     {"DETAIL", "detail"}});
}

int list_receivers(const Config& config) {
  return print_list(config, {{"op", "receiver.list"}}, {},
                    {{"HOST", "host"},
                     {"FAILING SINCE", "failing_since"},
                     {"FAILURES", "failures", true},
                     {"HELD UNTIL", "held_until"},
                     {"DISABLED", "disabled_at"}});
}

int enable_receiver(const Config& config, const std::string& host) {
  must_be_text(host, "--host");
  ask(config, {{"op", "receiver.enable"}, {"host", host}});
  return 0;
}

int back_up(const Config& config, const std::filesystem::path& to) {
  must_be_text(to.string(), "--to");
  // Where the command runs, not where the daemon does.
  const std::filesystem::path path = std::filesystem::absolute(to);
  const bool watched = ::isatty(STDERR_FILENO) == 1;
  const json answer = call(config, {{"op", "store.backup"}, {"path", path.string()}}, [&](const json& progress) {
    const auto of = progress.at("of").get<std::int64_t>();
    const auto done = progress.at("done").get<std::int64_t>();
    if (watched && of > 0) std::fprintf(stderr, "\r%3d %%", static_cast<int>(done * 100 / of));
  });
  if (watched) std::fputs("\r", stderr);
  if (!answer.at("ok").get<bool>()) throw std::runtime_error(answer.at("error").get<std::string>());
  std::cout << path.string() << ": written (" << answer.at("result").at("bytes").get<std::int64_t>() << " bytes)\n";
  return 0;
}

int check_store(const Config& config, bool quick) {
  const json answer = call(config, {{"op", "store.check"}, {"quick", quick}});
  if (!answer.at("ok").get<bool>()) throw std::runtime_error(answer.at("error").get<std::string>());
  const json& problems = answer.at("result").at("problems");
  for (const json& problem : problems) {
    std::cerr << config.store_file().string() << ": " << problem.get<std::string>() << '\n';
  }
  if (!problems.empty()) return 1;
  std::cout << config.store_file().string() << ": ok\n";
  return 0;
}

}  // namespace jobsd
