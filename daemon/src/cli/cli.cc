#include "cli/cli.h"

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <string>

#include "app/serve.h"
#include "cli/commands.h"
#include "config/config.h"
#include "version.h"

namespace jobsd {
namespace {

constexpr int failed = 1;
constexpr int wrong_use = 2;

// An error stays on one line, whatever a library put into its message.
std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos;) text.replace(at, 1, "; ");
  return text;
}

int complain(const std::string& message, int status) {
  std::cerr << "jobsd: " << one_line(message) << std::endl;
  return status;
}

// A result that did not reach its reader is a failure, above all a token that is shown once.
int flushed(int status) {
  std::cout.flush();
  if (std::cout) return status;
  return complain("standard output could not be written; what was printed is lost, so run the command again", failed);
}

}  // namespace

int run(int argc, const char* const* argv) {
  CLI::App app("Answers questions about your databases, as durable jobs over HTTP.", "jobsd");
  app.set_version_flag("--version", "jobsd " + std::string(version()), "Print the version and exit");
  app.require_subcommand(1);

  std::string config_file;
  const auto with_config = [&](CLI::App* command) {
    command->add_option("--config", config_file, "The configuration file")->required()->type_name("FILE");
    return command;
  };

  CLI::App* serve_command = with_config(app.add_subcommand("serve", "Answer requests until SIGTERM or SIGINT"));
  CLI::App* check_command = with_config(app.add_subcommand("check", "Validate the configuration and the models"));

  const auto with_organization = [](CLI::App* command, std::string& organization, const char* help) {
    command->add_option("--organization", organization, help)->type_name("ID");
  };
  CLI::App* organization = app.add_subcommand("organization", "Administer organizations");
  organization->require_subcommand(1);
  std::string organization_name;
  CLI::App* organization_create =
      with_config(organization->add_subcommand("create", "Create an organization and print its id"));
  organization_create->add_option("--name", organization_name, "What it is called")->required()->type_name("NAME");
  CLI::App* organization_list = with_config(organization->add_subcommand("list", "List the organizations"));

  std::string backup_file;
  CLI::App* backup_command =
      with_config(app.add_subcommand("backup", "Copy the store into a new file, while the daemon runs or not"));
  backup_command->add_option("--to", backup_file, "The new file")->required()->type_name("FILE");
  bool quick = false;
  CLI::App* check_store_command =
      with_config(app.add_subcommand("check-store", "Say what is wrong with the store, while the daemon runs or not"));
  check_store_command->add_flag("--quick", quick, "Leave out indexes and what has ended");

  CLI::App* user = app.add_subcommand("user", "Administer users");
  user->require_subcommand(1);
  UserCreate user_options;
  CLI::App* user_create = with_config(user->add_subcommand("create", "Create a user and print its id"));
  user_create->add_option("--name", user_options.name, "What the user is called")->required()->type_name("NAME");
  user_create->add_option("--time-zone", user_options.time_zone, "IANA name; the configuration's time_zone if missing")
      ->type_name("ZONE");
  user_create->add_option("--attribute", user_options.attributes, "What models filter by; may be repeated")
      ->type_name("K=V")
      ->allow_extra_args(false);
  with_organization(user_create, user_options.organization, "Where the user belongs; the default organization if missing");
  const auto with_role = [](CLI::App* command, std::string& role) {
    return command->add_option("--role", role, "member or admin")->type_name("ROLE")->check(CLI::IsMember({"member", "admin"}));
  };
  with_role(user_create, user_options.role);
  ListCommand list_options;
  CLI::App* user_list = with_config(user->add_subcommand("list", "List users"));
  with_organization(user_list, list_options.organization, "Of this organization alone");
  std::string user_id;
  const auto with_user = [&](CLI::App* command) {
    command->add_option("--user", user_id, "The user")->required()->type_name("ID");
    return with_config(command);
  };
  CLI::App* user_disable = with_user(user->add_subcommand("disable", "Let nobody act as a user any more"));
  CLI::App* user_enable = with_user(user->add_subcommand("enable", "Undo disable"));
  std::string role;
  CLI::App* user_role = with_user(user->add_subcommand("role", "Change what a user may do"));
  with_role(user_role, role)->required();

  CLI::App* key = app.add_subcommand("key", "Administer tokens");
  key->require_subcommand(1);
  KeyCreate key_options;
  CLI::App* key_create = with_config(key->add_subcommand("create", "Create a token and print it, this once"));
  key_create->add_option("--kind", key_options.kind, "organization or personal")
      ->required()
      ->type_name("KIND")
      ->check(CLI::IsMember({"organization", "personal"}));
  key_create->add_option("--user", key_options.user, "Whose personal token it is")->type_name("ID");
  with_organization(key_create, key_options.organization, "Whose organization key it is; the default one's if missing");
  key_create->add_option("--name", key_options.name, "What it is for")->type_name("NAME");
  key_create->add_option("--expires", key_options.expires, "How long it is accepted, such as 90d; for ever if missing")
      ->type_name("DURATION");
  CLI::App* key_list = with_config(key->add_subcommand("list", "List tokens, without the tokens themselves"));
  with_organization(key_list, list_options.organization, "Of this organization alone");
  key_list->add_option("--user", list_options.user, "Personal tokens of this user alone")->type_name("ID");
  std::string key_id;
  CLI::App* key_revoke = with_config(key->add_subcommand("revoke", "End a token at once"));
  key_revoke->add_option("--key", key_id, "The id that \"key list\" prints")->required()->type_name("ID");

  CLI::App* audit = app.add_subcommand("audit", "Look at administrative acts");
  audit->require_subcommand(1);
  CLI::App* audit_list = with_config(audit->add_subcommand("list", "List who did what, newest first"));
  with_organization(audit_list, list_options.organization, "What concerned this organization alone");
  audit_list->add_option("--limit", list_options.limit, "The most rows; all if missing")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}));

  CLI::App* receiver = app.add_subcommand("receiver", "Look after the receivers of webhooks");
  receiver->require_subcommand(1);
  CLI::App* receiver_list =
      with_config(receiver->add_subcommand("list", "List those that failed when they were last tried"));
  std::string host;
  CLI::App* receiver_enable =
      with_config(receiver->add_subcommand("enable", "Take a receiver for good again, and send what waits for it"));
  receiver_enable->add_option("--host", host, "The host and port that \"receiver list\" prints")->required()->type_name("HOST:PORT");

  CLI::App* model = app.add_subcommand("model", "Work on models");
  model->require_subcommand(1);
  std::string connection;
  std::string folder;
  CLI::App* model_init =
      with_config(model->add_subcommand("init", "Write the model made from a database as files to edit"));
  model_init->add_option("--connection", connection, "A connection of the configuration")
      ->required()
      ->type_name("NAME");
  model_init->add_option("--out", folder, "A new or empty folder")->required()->type_name("DIR");

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {
    return flushed(app.exit(done));
  } catch (const CLI::ParseError& error) {
    return complain(std::string(error.what()) + " (see jobsd --help)", wrong_use);
  }

  try {
    const Config config = load_config(config_file);
    if (*serve_command) return serve(config);
    if (*check_command) return flushed(check(config));
    if (*organization_create) return flushed(create_organization(config, organization_name));
    if (*organization_list) return flushed(list_organizations(config));
    if (*backup_command) return flushed(back_up(config, backup_file));
    if (*check_store_command) return flushed(check_store(config, quick));
    if (*user_create) return flushed(create_user(config, user_options));
    if (*user_list) return flushed(list_users(config, list_options));
    if (*user_disable) return disable_user(config, user_id);
    if (*user_enable) return enable_user(config, user_id);
    if (*user_role) return set_role(config, user_id, role);
    if (*key_create) return flushed(create_key(config, key_options));
    if (*key_list) return flushed(list_keys(config, list_options));
    if (*key_revoke) return revoke_key(config, key_id);
    if (*audit_list) return flushed(list_audit(config, list_options));
    if (*receiver_list) return flushed(list_receivers(config));
    if (*receiver_enable) return enable_receiver(config, host);
    if (*model_init) return flushed(init_model(config, connection, folder));
    return complain("no command was given (see jobsd --help)", wrong_use);
  } catch (const ConfigError& error) {
    // One line a problem.
    std::cerr << error.what() << std::endl;
    return failed;
  } catch (const analyst::ModelError& error) {
    std::cerr << error.what() << std::endl;
    return failed;
  } catch (const std::exception& error) {
    return complain(error.what(), failed);
  }
}

}  // namespace jobsd
