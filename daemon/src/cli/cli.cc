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

  CLI::App* key = app.add_subcommand("key", "Administer tokens");
  key->require_subcommand(1);
  KeyCreate key_options;
  CLI::App* key_create = with_config(key->add_subcommand("create", "Create a token and print it, this once"));
  key_create->add_option("--kind", key_options.kind, "organization or personal")
      ->required()
      ->type_name("KIND")
      ->check(CLI::IsMember({"organization", "personal"}));
  key_create->add_option("--user", key_options.user, "Whose personal token it is")->type_name("ID");

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
    if (*user_create) return flushed(create_user(config, user_options));
    if (*key_create) return flushed(create_key(config, key_options));
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
