#include "store/open.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

#include "identity/secret_key.h"
#include "store/migrations.h"

namespace jobsd {
namespace {

// The folder itself is made for its owner alone; its parents, where missing, with the usual rights.
void create_data_dir(const std::filesystem::path& folder) {
  const auto fail = [&](const std::string& why) {
    throw std::runtime_error(folder.string() + ": cannot create data_dir: " + why +
                             ": create it by hand, or change data_dir in the configuration");
  };
  std::error_code error;
  if (std::filesystem::is_directory(folder, error)) return;
  // A path written with a slash at its end has an empty file name, and itself as parent.
  const std::filesystem::path clean = folder.has_filename() ? folder : folder.parent_path();
  std::filesystem::create_directories(clean.parent_path(), error);
  if (error) fail(error.message());
  if (::mkdir(clean.c_str(), S_IRWXU) != 0 && errno != EEXIST) fail(std::generic_category().message(errno));
  if (!std::filesystem::is_directory(clean, error)) fail("there is a file of that name");
}

}  // namespace

jobs::Options store_options(const Config& config) {
  create_data_dir(config.data_dir);
  jobs::Options options;
  options.path = config.store_file();
  options.queues = {{"default", {.workers = config.workers}}};
  options.migrations = migrations();
  // Clients wait while the log is moved into the file: a quarter of the engine's default halves the longest waits, and costs a
  // twentieth of the highest rate.
  options.checkpoint_bytes = 4 * 1024 * 1024;
  options.retention = config.retention.jobs;
  // A payload is a part of a body that was let in.
  options.payload_bytes_max = std::max(options.payload_bytes_max, config.api.body_bytes_max);
  const auto credential = secret_key_credential();
  options.secret_key = credential ? *credential : load_or_create_secret_key(config.secret_key_file());
  for (const auto& file : config.webhooks.old_secret_keys) options.old_secret_keys.push_back(load_secret_key(file));
  options.durability = config.fsync ? jobs::Durability::fsync : jobs::Durability::process_crash;
  return options;
}

}  // namespace jobsd
