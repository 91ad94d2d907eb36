// cli/commands.h - the commands, one function each. They throw what keeps them from being done; run() in cli.cc turns
// it into a line and an exit status.
#pragma once

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
};

struct KeyCreate {
  std::string kind = {};
  std::string user = {};
};

// Looks at everything that `serve` would use, without changing anything. Prints every problem; 1 when one is an error.
int check(const Config& config);
// Prints the id.
int create_user(const Config& config, const UserCreate& command);
// Prints the token.
int create_key(const Config& config, const KeyCreate& command);
// Writes the model that is made from a connection's database into `folder` as files.
int init_model(const Config& config, const std::string& connection, const std::filesystem::path& folder);

}  // namespace jobsd
