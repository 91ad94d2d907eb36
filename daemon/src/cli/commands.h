// cli/commands.h - the commands, one function each. They throw what keeps them from being done; run() in cli.cc turns
// it into a line and an exit status.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"

namespace jobsd {

struct UserCreate {
  std::string name = {};
  // Empty: the configuration's.
  std::string time_zone = {};
  // "K=V", in the order given; a repeated K gives it several values.
  std::vector<std::string> attributes = {};
  // Empty: the default organization.
  std::string organization = {};
  std::string role = "member";
};

// What is empty was not given.
struct KeyCreate {
  std::string kind = {};
  std::string user = {};
  std::string organization = {};
  std::string name = {};
  // "90d".
  std::string expires = {};
};

// What is empty limits nothing.
struct ListCommand {
  std::string organization = {};
  std::string user = {};
  // The most rows; 0: all.
  std::int64_t limit = 0;
};

// Looks at everything that `serve` would use, without changing anything. Prints every problem; 1 when one is an error.
int check(const Config& config);
// Prints the id.
int create_organization(const Config& config, const std::string& name);
// Prints the id.
int create_user(const Config& config, const UserCreate& command);
int disable_user(const Config& config, const std::string& user);
int enable_user(const Config& config, const std::string& user);
int set_role(const Config& config, const std::string& user, const std::string& role);
// Prints the token.
int create_key(const Config& config, const KeyCreate& command);
int revoke_key(const Config& config, const std::string& key);
// Each prints a heading and then one row a line, with tabs between the columns and "-" for what is not there.
int list_organizations(const Config& config);
int list_users(const Config& config, const ListCommand& command);
int list_keys(const Config& config, const ListCommand& command);
// Newest first.
int list_audit(const Config& config, const ListCommand& command);
// Copies the store, while the daemon runs or not, into the new file `to`. Prints where that is.
int back_up(const Config& config, const std::filesystem::path& to);
// Prints what is wrong with the store, one line each; 1 when anything is.
int check_store(const Config& config, bool quick);
// Prints the receivers of webhooks that failed when they were last tried, as the lists above.
int list_receivers(const Config& config);
// Has what waits for a receiver sent at once.
int enable_receiver(const Config& config, const std::string& host);
// Writes the model that is made from a connection's database into `folder` as files.
int init_model(const Config& config, const std::string& connection, const std::filesystem::path& folder);

}  // namespace jobsd
