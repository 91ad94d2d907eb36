// config/config.h - what the operator decides: one YAML file, read once at start.
//
// Every option is described, with its default, in docs/configuration.md; a test holds that page and this room together.
// Reading collects every problem of the file instead of stopping at the first, each with its line and column. An
// unknown key is a problem, because an option that is misspelt and silently ignored is found in production. Anchors and
// aliases are refused: a file of this size has no use for them, and a few lines of them unfold into gigabytes. Thread
// safety: plain data; immutable once loaded.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "analyst/error.h"
#include "jobs/uuid.h"

namespace jobsd {

struct ListenAddress {
  // Absolute. Set: a Unix socket is listened on, and the rest means nothing.
  std::filesystem::path unix_socket = {};
  // An IPv4 or IPv6 address, without brackets.
  std::string host = "127.0.0.1";
  // 0: any free port.
  std::uint16_t port = 8080;

  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

// A database that questions are about.
struct ConnectionConfig {
  enum class Driver { sqlite };
  std::string name = {};
  Driver driver = Driver::sqlite;
  // Absolute.
  std::filesystem::path path = {};
  // Where the connection stands in the file, for problems found later.
  int line = 0;
  int column = 0;

  friend bool operator==(const ConnectionConfig&, const ConnectionConfig&) = default;
};

struct BranchConfig {
  jobs::Uuid id = {};
  std::string name = {};
  // Absolute; a folder laid over the model's own.
  std::filesystem::path path = {};

  friend bool operator==(const BranchConfig&, const BranchConfig&) = default;
};

struct ModelConfig {
  jobs::Uuid id = {};
  std::string name = {};
  // The name of one of Config::connections.
  std::string connection = {};
  // Absolute. Empty: the model is made from the database.
  std::filesystem::path path = {};
  std::vector<BranchConfig> branches = {};
  // Where the model stands in the file, for problems found later.
  int line = 0;
  int column = 0;

  friend bool operator==(const ModelConfig&, const ModelConfig&) = default;
};

struct AnalystConfig {
  enum class Provider { builtin };
  Provider provider = Provider::builtin;
  // Limits of one query on a user's database.
  std::chrono::milliseconds query_time = std::chrono::seconds(30);
  std::size_t query_rows_max = 50'000;
  std::size_t query_bytes_max = 64 * 1024 * 1024;
  // Requests that run the analyst while their client waits.
  int requests_at_once = 4;

  friend bool operator==(const AnalystConfig&, const AnalystConfig&) = default;
};

struct WebhooksConfig {
  bool allow_http = false;
  // CIDR notation: special networks that may be reached all the same.
  std::vector<std::string> allow_networks = {};
  // Empty: any port.
  std::vector<int> allow_ports = {};
  // Files with keys from before, which still decrypt the secrets of webhooks in the store. Absolute.
  std::vector<std::filesystem::path> old_secret_keys = {};

  friend bool operator==(const WebhooksConfig&, const WebhooksConfig&) = default;
};

// How often one token may ask.
struct RateLimitConfig {
  std::int64_t requests = 0;
  std::chrono::milliseconds per = std::chrono::minutes(1);
  // How many may come at once after a pause.
  std::int64_t burst = 0;

  friend bool operator==(const RateLimitConfig&, const RateLimitConfig&) = default;
};

struct ApiConfig {
  // How PENDING and RUNNING are written on the job routes.
  enum class StateNames { jobs, published };
  StateNames state_names = StateNames::jobs;
  std::size_t body_bytes_max = 1024 * 1024;
  std::size_t header_bytes_max = 16 * 1024;
  std::size_t url_bytes_max = 8 * 1024;
  int connections_max = 10'000;
  // Of one IPv4 address or IPv6 network of 64 bits. 0: no limit of its own.
  int connections_per_address_max = 0;
  // Event streams open at one time.
  int streams_max = 10'000;
  // How long a client may take to send a header, to send a body, to begin another request, and to take in what it is sent.
  std::chrono::milliseconds header_time = std::chrono::seconds(10);
  std::chrono::milliseconds body_time = std::chrono::seconds(30);
  std::chrono::milliseconds idle_time = std::chrono::seconds(75);
  std::chrono::milliseconds write_time = std::chrono::seconds(30);
  // A submission that finds this many jobs waiting is answered 503.
  int pending_jobs_max = 100'000;
  // Empty: as often as it likes.
  std::optional<RateLimitConfig> rate_limit = {};
  // Who may read GET /metrics without a key: clients on this machine, or nobody.
  enum class Metrics { local, key };
  Metrics metrics = Metrics::local;
  // Origins whose pages may call the API from a browser; "*" for all.
  std::vector<std::string> cors_origins = {};

  friend bool operator==(const ApiConfig&, const ApiConfig&) = default;
};

struct RetentionConfig {
  // How long a finished job, its result and its events are kept.
  std::chrono::hours jobs = std::chrono::hours(24 * 14);
  // How long administrative acts, and tokens that have ended, stay on record.
  std::chrono::hours audit = std::chrono::hours(24 * 365);

  friend bool operator==(const RetentionConfig&, const RetentionConfig&) = default;
};

struct LogConfig {
  enum class Level { debug, info, warning, error };
  Level level = Level::info;
  // A line for each request.
  bool requests = false;

  friend bool operator==(const LogConfig&, const LogConfig&) = default;
};

// PEM files; absolute.
struct TlsConfig {
  std::filesystem::path certificate = {};
  std::filesystem::path key = {};

  friend bool operator==(const TlsConfig&, const TlsConfig&) = default;
};

struct Config {
  // The file that was read; absolute.
  std::filesystem::path file = {};

  ListenAddress listen = {};
  // Empty: plain HTTP.
  std::optional<TlsConfig> tls = {};
  // Without a slash at its end. Empty: made from the address that is listened on.
  std::string public_url = {};
  // Absolute. Created on first use, readable by its owner alone.
  std::filesystem::path data_dir = {};
  // Jobs answered at the same time.
  int workers = 4;
  // How long a stop waits for running jobs before it hands them back.
  std::chrono::milliseconds stop_grace = std::chrono::seconds(20);
  // False: the last commits may be lost with the power.
  bool fsync = true;
  // Of users that are created without one.
  std::string time_zone = "UTC";

  std::vector<ConnectionConfig> connections = {};
  std::vector<ModelConfig> models = {};
  AnalystConfig analyst = {};
  WebhooksConfig webhooks = {};
  ApiConfig api = {};
  RetentionConfig retention = {};
  LogConfig log = {};

  const ConnectionConfig* connection(std::string_view name) const;
  std::filesystem::path store_file() const { return data_dir / "jobs.db"; }
  std::filesystem::path secret_key_file() const { return data_dir / "secret.key"; }
  std::filesystem::path control_socket() const { return data_dir / "control.sock"; }

  friend bool operator==(const Config&, const Config&) = default;
};

using Problem = analyst::Problem;

// A configuration could not be used. what() holds every problem, one a line.
class ConfigError : public std::runtime_error {
 public:
  explicit ConfigError(std::vector<Problem> problems);
  const std::vector<Problem>& problems() const { return problems_; }

 private:
  std::vector<Problem> problems_;
};

// Reads and checks the file. Relative paths in it are relative to the folder it is in. Looks at the file alone: whether
// databases and models are there is for those who open them. Throws ConfigError.
Config load_config(const std::filesystem::path& file);
// The same from text; `file` names it in problems and is what relative paths are relative to.
Config parse_config(std::string_view text, const std::filesystem::path& file);

// "90d": as durations stand in the file. Empty: another form.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// The full name of every option, as "webhooks.allow_http" and "models[].branches[].id".
std::vector<std::string> option_names();

}  // namespace jobsd
