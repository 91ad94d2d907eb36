#include "config/config.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <system_error>
#include <utility>

#include "config/nearest.h"
#include "config/time_zone.h"
#include "config/yaml.h"

namespace jobsd {
namespace {

using std::chrono::milliseconds;
using yaml::Node;

constexpr std::size_t file_bytes_max = 1024 * 1024;
constexpr std::size_t problems_max = 100;
constexpr std::size_t text_bytes_max = 4096;
// sockaddr_un, with a NUL at its end.
constexpr std::size_t unix_path_bytes_max = 107;

// Collects what is wrong while the tree is walked. Values are never quoted in a message: one of them may be a secret
// that stands in the wrong place.
class Check {
 public:
  Check(std::string file, std::filesystem::path folder) : file_(std::move(file)), folder_(std::move(folder)) {}

  // The option being read, as it is named in messages.
  class Scope {
   public:
    Scope(Check& check, std::string_view name) : check_(check), length_(check.at_.size()) {
      if (!check.at_.empty() && !name.starts_with("[")) check.at_ += '.';
      check.at_ += name;
    }
    ~Scope() { check_.at_.resize(length_); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Check& check_;
    std::size_t length_;
  };

  void problem(const Node& node, const std::string& message) { problem(node.line, node.column, message); }
  void problem(int line, int column, const std::string& message) {
    if (problems_.size() >= problems_max) return;
    problems_.push_back(
        {.file = file_, .line = line, .column = column, .message = at_.empty() ? message : at_ + ": " + message});
  }

  const std::filesystem::path& folder() const { return folder_; }
  std::vector<Problem>& problems() { return problems_; }

 private:
  std::string file_;
  std::filesystem::path folder_;
  std::string at_;
  std::vector<Problem> problems_;
};

// One key of a mapping, and how its value gets into T.
template <class T>
struct Option {
  std::string_view key;
  void (*read)(Check&, const Node&, T&);
  bool required = false;
};

std::string one_of(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) {
    if (!text.empty()) text += ", ";
    text += word;
  }
  return text;
}

std::string meant(std::string_view word, std::span<const std::string_view> words) {
  if (const auto near = nearest(word, words)) return "; did you mean \"" + std::string(*near) + "\"?";
  return words.empty() ? "" : "; known here: " + one_of(words);
}

// A key, fit to be shown on one line.
std::string shown(std::string_view key) {
  std::string text;
  for (const char c : key.substr(0, 60)) text += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return '"' + text + (key.size() > 60 ? "…\"" : "\"");
}

// Calls `each` for every key of a mapping, the first time it occurs.
template <class Each>
void each_entry(Check& check, const Node& node, Each each) {
  if (node.kind != Node::Kind::mapping) {
    check.problem(node, "expected a mapping (key: value)");
    return;
  }
  std::map<std::string_view, int> seen;
  for (const auto& [key, value] : node.entries) {
    if (key.kind != Node::Kind::scalar) {
      check.problem(key, "a key must be a word");
      continue;
    }
    const auto [first, is_new] = seen.emplace(key.text, key.line);
    if (!is_new) {
      check.problem(key, shown(key.text) + " is given twice; the first is on line " + std::to_string(first->second));
      continue;
    }
    each(key, value);
  }
}

template <class T, std::size_t N>
void read_mapping(Check& check, const Node& node, T& out, const Option<T> (&options)[N]) {
  std::set<std::string_view> given;
  each_entry(check, node, [&](const Node& key, const Node& value) {
    const auto* option = std::find_if(std::begin(options), std::end(options),
                                      [&](const Option<T>& candidate) { return candidate.key == key.text; });
    if (option == std::end(options)) {
      std::vector<std::string_view> known;
      for (const auto& candidate : options) known.push_back(candidate.key);
      check.problem(key, "unknown key " + shown(key.text) + meant(key.text, known));
      return;
    }
    given.insert(option->key);
    const Check::Scope scope(check, option->key);
    if (value.kind == Node::Kind::null) {
      check.problem(key, "has no value: give one or leave the key out");
      return;
    }
    option->read(check, value, out);
  });
  if (node.kind != Node::Kind::mapping) return;
  for (const auto& option : options) {
    if (option.required && !given.contains(option.key)) check.problem(node, std::string(option.key) + " is missing");
  }
}

template <class Each>
void each_item(Check& check, const Node& node, Each each) {
  if (node.kind != Node::Kind::sequence) {
    check.problem(node, "expected a list");
    return;
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const Check::Scope scope(check, "[" + std::to_string(i) + "]");
    each(node.items[i]);
  }
}

// ---- Values ----

bool read_text(Check& check, const Node& node, std::string& out) {
  if (node.kind != Node::Kind::scalar) {
    check.problem(node, "expected a text");
  } else if (node.text.empty()) {
    check.problem(node, "must not be empty");
  } else if (node.text.size() > text_bytes_max) {
    check.problem(node, "is longer than " + std::to_string(text_bytes_max) + " bytes");
  } else if (std::any_of(node.text.begin(), node.text.end(),
                         [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) {
    check.problem(node, "must not hold control characters or line breaks");
  } else {
    out = node.text;
    return true;
  }
  return false;
}

void read_bool(Check& check, const Node& node, bool& out) {
  if (node.kind == Node::Kind::scalar && !node.quoted && (node.text == "true" || node.text == "false")) {
    out = node.text == "true";
  } else {
    check.problem(node, "expected true or false");
  }
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

template <class Int>
void read_integer(Check& check, const Node& node, Int& out, std::int64_t min, std::int64_t max) {
  const auto value =
      node.kind == Node::Kind::scalar && !node.quoted ? parse_integer(node.text) : std::optional<std::int64_t>();
  if (!value) {
    check.problem(node, "expected a whole number");
  } else if (*value < min || *value > max) {
    check.problem(node, "must be from " + std::to_string(min) + " to " + std::to_string(max));
  } else {
    out = static_cast<Int>(*value);
  }
}

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

// "30s": a whole number and a unit. Empty: another form, or too large to count.
std::optional<std::int64_t> parse_with_unit(std::string_view text, std::span<const Unit> units) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_integer(text.substr(0, digits));
  if (!number) return {};
  std::string_view unit = text.substr(digits);
  if (unit.starts_with(" ")) unit.remove_prefix(1);
  for (const Unit& candidate : units) {
    if (candidate.name != unit) continue;
    if (*number > std::numeric_limits<std::int64_t>::max() / candidate.factor) return {};
    return *number * candidate.factor;
  }
  return {};
}

constexpr Unit time_units[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
constexpr Unit size_units[] = {{"", 1}, {"KiB", 1024}, {"MiB", 1024 * 1024}, {"GiB", 1024 * 1024 * 1024}};

// The largest unit that divides the value.
std::string with_unit(std::int64_t value, std::span<const Unit> units) {
  const Unit* best = &units.front();
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.factor == 0) best = &unit;
  }
  return std::to_string(value / best->factor) + std::string(best->name);
}

template <class Duration>
void read_duration(Check& check, const Node& node, Duration& out, milliseconds min, milliseconds max) {
  const auto value =
      node.kind == Node::Kind::scalar ? parse_with_unit(node.text, time_units) : std::optional<std::int64_t>();
  if (!value) {
    check.problem(node, "expected a duration with its unit, such as 500ms, 30s, 5m, 2h or 14d");
  } else if (*value < min.count() || *value > max.count()) {
    check.problem(node,
                  "must be from " + with_unit(min.count(), time_units) + " to " + with_unit(max.count(), time_units));
  } else {
    out = std::chrono::duration_cast<Duration>(milliseconds(*value));
  }
}

void read_size(Check& check, const Node& node, std::size_t& out, std::int64_t min, std::int64_t max) {
  const auto value =
      node.kind == Node::Kind::scalar ? parse_with_unit(node.text, size_units) : std::optional<std::int64_t>();
  if (!value) {
    check.problem(node, "expected a number of bytes, such as 65536, 64KiB or 1MiB");
  } else if (*value < min || *value > max) {
    check.problem(node, "must be from " + with_unit(min, size_units) + " to " + with_unit(max, size_units));
  } else {
    out = static_cast<std::size_t>(*value);
  }
}

template <class E>
struct Choice {
  std::string_view word;
  E value;
};

template <class E, std::size_t N>
void read_choice(Check& check, const Node& node, E& out, const Choice<E> (&choices)[N]) {
  std::vector<std::string_view> words;
  for (const auto& choice : choices) {
    if (node.kind == Node::Kind::scalar && node.text == choice.word) {
      out = choice.value;
      return;
    }
    words.push_back(choice.word);
  }
  check.problem(node, N == 1 ? "must be " + one_of(words) : "expected one of: " + one_of(words));
}

void read_uuid(Check& check, const Node& node, jobs::Uuid& out) {
  const auto id = node.kind == Node::Kind::scalar ? jobs::Uuid::parse(node.text) : std::optional<jobs::Uuid>();
  if (!id || *id == jobs::Uuid()) {
    check.problem(node, "expected a UUID, such as 770e8400-e29b-41d4-a716-446655440002");
  } else {
    out = *id;
  }
}

void read_path(Check& check, const Node& node, std::filesystem::path& out) {
  std::string text;
  if (read_text(check, node, text)) out = (check.folder() / text).lexically_normal();
}

// ---- Values with a form of their own ----

void read_listen(Check& check, const Node& node, ListenAddress& out) {
  constexpr const char* form = "expected ADDRESS:PORT, such as 127.0.0.1:8080 or [::1]:8080, or unix:PATH";
  std::string text;
  if (!read_text(check, node, text)) return;
  if (text.starts_with("unix:")) {
    const auto path = (check.folder() / text.substr(5)).lexically_normal();
    if (text.size() == 5) return check.problem(node, form);
    if (path.native().size() > unix_path_bytes_max) {
      return check.problem(node, "a socket's path has at most 107 bytes: choose a shorter one");
    }
    out.unix_socket = path;
    return;
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return check.problem(node, form);
  std::string host = text.substr(0, colon);
  const std::string port_text = text.substr(colon + 1);
  const auto port = port_text.find_first_not_of("0123456789") == std::string::npos ? parse_integer(port_text)
                                                                                   : std::optional<std::int64_t>();
  if (!port) return check.problem(node, form);
  if (*port > 65535) return check.problem(node, "the port must be from 0 (any free one) to 65535");
  unsigned char address[sizeof(in6_addr)];
  if (host == "localhost") host = "127.0.0.1";
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    if (inet_pton(AF_INET6, host.c_str(), address) != 1) return check.problem(node, form);
  } else if (host.find(':') != std::string::npos) {
    return check.problem(node, "an IPv6 address stands in brackets: [::1]:8080");
  } else if (inet_pton(AF_INET, host.c_str(), address) != 1) {
    return check.problem(node,
                         "the address must be an IP address of this machine, such as 127.0.0.1, or 0.0.0.0 for all");
  }
  out = {.host = host, .port = static_cast<std::uint16_t>(*port)};
}

// Takes the scheme of a web address off its beginning. False: there is none.
bool take_scheme(std::string_view& address) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!address.starts_with(scheme)) continue;
    address.remove_prefix(scheme.size());
    return true;
  }
  return false;
}

void read_public_url(Check& check, const Node& node, std::string& out) {
  std::string text;
  if (!read_text(check, node, text)) return;
  std::string_view rest = text;
  if (!take_scheme(rest)) return check.problem(node, "must start with http:// or https://");
  const std::string_view authority = rest.substr(0, rest.find('/'));
  if (authority.empty()) return check.problem(node, "has no host");
  if (authority.find('@') != std::string_view::npos) {
    return check.problem(node, "must not hold a user name or password: it is shown to everybody");
  }
  if (rest.find_first_of("?#\" <>\\") != std::string_view::npos) {
    return check.problem(node, "must be scheme, host, port and path alone");
  }
  while (text.ends_with('/')) text.pop_back();
  out = text;
}

void read_network(Check& check, const Node& node, std::vector<std::string>& out) {
  constexpr const char* form = "expected a network in CIDR notation, such as 10.1.0.0/16 or ::1/128";
  std::string text;
  if (!read_text(check, node, text)) return;
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return check.problem(node, form);
  const std::string address = text.substr(0, slash);
  const std::string bits_text = text.substr(slash + 1);
  const auto bits = bits_text.find_first_not_of("0123456789") == std::string::npos ? parse_integer(bits_text)
                                                                                   : std::optional<std::int64_t>();
  unsigned char bytes[sizeof(in6_addr)];
  const bool v4 = inet_pton(AF_INET, address.c_str(), bytes) == 1;
  if (!bits || (!v4 && inet_pton(AF_INET6, address.c_str(), bytes) != 1)) return check.problem(node, form);
  const int width = v4 ? 32 : 128;
  if (*bits > width) return check.problem(node, "the prefix must be from 0 to " + std::to_string(width));
  out.push_back(text);
}

void read_time_zone(Check& check, const Node& node, std::string& out) {
  std::string text;
  if (!read_text(check, node, text)) return;
  if (!known_time_zone(text)) {
    return check.problem(node, "is not in the time zone database: give an IANA name, such as Europe/Berlin or UTC");
  }
  out = text;
}

// ---- The options ----

constexpr std::int64_t mebibyte = 1024 * 1024;

constexpr Choice<ConnectionConfig::Driver> drivers[] = {{"sqlite", ConnectionConfig::Driver::sqlite}};
constexpr Choice<AnalystConfig::Provider> providers[] = {{"builtin", AnalystConfig::Provider::builtin}};
constexpr Choice<ApiConfig::Metrics> metrics_choices[] = {{"local", ApiConfig::Metrics::local},
                                                          {"key", ApiConfig::Metrics::key}};

constexpr Choice<ApiConfig::StateNames> state_names[] = {{"jobs", ApiConfig::StateNames::jobs},
                                                         {"published", ApiConfig::StateNames::published}};
constexpr Choice<LogConfig::Level> levels[] = {{"debug", LogConfig::Level::debug},
                                               {"info", LogConfig::Level::info},
                                               {"warning", LogConfig::Level::warning},
                                               {"error", LogConfig::Level::error}};

constexpr Option<ConnectionConfig> connection_options[] = {
    {"driver", [](Check& c, const Node& n, ConnectionConfig& o) { read_choice(c, n, o.driver, drivers); }, true},
    {"path", [](Check& c, const Node& n, ConnectionConfig& o) { read_path(c, n, o.path); }, true},
};

constexpr Option<BranchConfig> branch_options[] = {
    {"id", [](Check& c, const Node& n, BranchConfig& o) { read_uuid(c, n, o.id); }, true},
    {"name", [](Check& c, const Node& n, BranchConfig& o) { read_text(c, n, o.name); }, true},
    {"path", [](Check& c, const Node& n, BranchConfig& o) { read_path(c, n, o.path); }, true},
};

void read_branches(Check& check, const Node& node, ModelConfig& model) {
  std::set<jobs::Uuid> ids;
  each_item(check, node, [&](const Node& item) {
    BranchConfig branch;
    read_mapping(check, item, branch, branch_options);
    if (branch.id != jobs::Uuid() && !ids.insert(branch.id).second) {
      check.problem(item, "another branch of this model has the same id");
    }
    model.branches.push_back(std::move(branch));
  });
}

constexpr Option<ModelConfig> model_options[] = {
    {"id", [](Check& c, const Node& n, ModelConfig& o) { read_uuid(c, n, o.id); }, true},
    {"name", [](Check& c, const Node& n, ModelConfig& o) { read_text(c, n, o.name); }, true},
    {"connection", [](Check& c, const Node& n, ModelConfig& o) { read_text(c, n, o.connection); }, true},
    {"path", [](Check& c, const Node& n, ModelConfig& o) { read_path(c, n, o.path); }},
    {"branches", read_branches},
};

constexpr Option<AnalystConfig> analyst_options[] = {
    {"provider", [](Check& c, const Node& n, AnalystConfig& o) { read_choice(c, n, o.provider, providers); }},
    {"query_time",
     [](Check& c, const Node& n, AnalystConfig& o) {
       read_duration(c, n, o.query_time, milliseconds(100), std::chrono::hours(1));
     }},
    {"query_rows_max",
     [](Check& c, const Node& n, AnalystConfig& o) { read_integer(c, n, o.query_rows_max, 1, 50'000); }},
    {"query_bytes_max",
     [](Check& c, const Node& n, AnalystConfig& o) { read_size(c, n, o.query_bytes_max, 1024, 1024 * mebibyte); }},
    {"requests_at_once",
     [](Check& c, const Node& n, AnalystConfig& o) { read_integer(c, n, o.requests_at_once, 1, 64); }},
};

constexpr Option<WebhooksConfig> webhooks_options[] = {
    {"allow_http", [](Check& c, const Node& n, WebhooksConfig& o) { read_bool(c, n, o.allow_http); }},
    {"allow_networks",
     [](Check& c, const Node& n, WebhooksConfig& o) {
       each_item(c, n, [&](const Node& item) { read_network(c, item, o.allow_networks); });
     }},
    {"allow_ports",
     [](Check& c, const Node& n, WebhooksConfig& o) {
       each_item(c, n, [&](const Node& item) {
         int port = 0;
         read_integer(c, item, port, 1, 65535);
         if (port != 0) o.allow_ports.push_back(port);
       });
     }},
    {"old_secret_keys",
     [](Check& c, const Node& n, WebhooksConfig& o) {
       each_item(c, n, [&](const Node& item) {
         std::filesystem::path file;
         read_path(c, item, file);
         if (!file.empty()) o.old_secret_keys.push_back(std::move(file));
       });
     }},
};

void read_patience(Check& check, const Node& node, milliseconds& out) {
  read_duration(check, node, out, milliseconds(100), std::chrono::hours(1));
}

void read_origin(Check& check, const Node& node, std::vector<std::string>& out) {
  std::string text;
  if (!read_text(check, node, text)) return;
  std::string_view rest = text;
  if (!take_scheme(rest) && text != "*") {
    return check.problem(node, "expected an origin, such as https://app.example.org, or \"*\" for all");
  }
  if (rest.empty() || rest.find_first_of("/?#@\" ") != std::string_view::npos ||
      std::any_of(rest.begin(), rest.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return check.problem(node, "must be scheme, host and port alone, in lower case, as browsers send it");
  }
  out.push_back(text);
}

constexpr std::int64_t requests_max = 1'000'000;

constexpr Option<RateLimitConfig> rate_limit_options[] = {
    {"requests", [](Check& c, const Node& n, RateLimitConfig& o) { read_integer(c, n, o.requests, 1, requests_max); },
     true},
    {"per",
     [](Check& c, const Node& n, RateLimitConfig& o) {
       read_duration(c, n, o.per, std::chrono::seconds(1), std::chrono::hours(24));
     }},
    {"burst", [](Check& c, const Node& n, RateLimitConfig& o) { read_integer(c, n, o.burst, 1, requests_max); }},
};

void read_rate_limit(Check& check, const Node& node, ApiConfig& api) {
  RateLimitConfig limit;
  read_mapping(check, node, limit, rate_limit_options);
  if (limit.burst == 0) limit.burst = limit.requests;
  api.rate_limit = limit;
}

constexpr Option<ApiConfig> api_options[] = {
    {"state_names", [](Check& c, const Node& n, ApiConfig& o) { read_choice(c, n, o.state_names, state_names); }},
    {"body_bytes_max",
     [](Check& c, const Node& n, ApiConfig& o) { read_size(c, n, o.body_bytes_max, 64 * 1024, 64 * mebibyte); }},
    {"connections_max",
     [](Check& c, const Node& n, ApiConfig& o) { read_integer(c, n, o.connections_max, 1, 1'000'000); }},
    {"connections_per_address_max",
     [](Check& c, const Node& n, ApiConfig& o) { read_integer(c, n, o.connections_per_address_max, 1, 1'000'000); }},
    {"streams_max", [](Check& c, const Node& n, ApiConfig& o) { read_integer(c, n, o.streams_max, 0, 1'000'000); }},
    {"header_bytes_max",
     [](Check& c, const Node& n, ApiConfig& o) { read_size(c, n, o.header_bytes_max, 1024, mebibyte); }},
    {"url_bytes_max", [](Check& c, const Node& n, ApiConfig& o) { read_size(c, n, o.url_bytes_max, 256, 64 * 1024); }},
    {"header_time", [](Check& c, const Node& n, ApiConfig& o) { read_patience(c, n, o.header_time); }},
    {"body_time", [](Check& c, const Node& n, ApiConfig& o) { read_patience(c, n, o.body_time); }},
    {"idle_time", [](Check& c, const Node& n, ApiConfig& o) { read_patience(c, n, o.idle_time); }},
    {"write_time", [](Check& c, const Node& n, ApiConfig& o) { read_patience(c, n, o.write_time); }},
    {"pending_jobs_max",
     [](Check& c, const Node& n, ApiConfig& o) { read_integer(c, n, o.pending_jobs_max, 1, 100'000'000); }},
    {"metrics", [](Check& c, const Node& n, ApiConfig& o) { read_choice(c, n, o.metrics, metrics_choices); }},
    {"rate_limit", read_rate_limit},
    {"cors_origins",
     [](Check& c, const Node& n, ApiConfig& o) {
       each_item(c, n, [&](const Node& item) { read_origin(c, item, o.cors_origins); });
     }},
};

constexpr Option<RetentionConfig> retention_options[] = {
    {"jobs",
     [](Check& c, const Node& n, RetentionConfig& o) {
       read_duration(c, n, o.jobs, std::chrono::hours(1), std::chrono::hours(24 * 3650));
     }},
    {"audit",
     [](Check& c, const Node& n, RetentionConfig& o) {
       read_duration(c, n, o.audit, std::chrono::hours(24), std::chrono::hours(24 * 3650));
     }},
};

constexpr Option<LogConfig> log_options[] = {
    {"level", [](Check& c, const Node& n, LogConfig& o) { read_choice(c, n, o.level, levels); }},
    {"requests", [](Check& c, const Node& n, LogConfig& o) { read_bool(c, n, o.requests); }},
};

void read_connections(Check& check, const Node& node, Config& config) {
  each_entry(check, node, [&](const Node& key, const Node& value) {
    const Check::Scope scope(check, key.text);
    ConnectionConfig connection{.line = key.line, .column = key.column};
    if (!read_text(check, key, connection.name)) return;
    read_mapping(check, value, connection, connection_options);
    config.connections.push_back(std::move(connection));
  });
}

void read_models(Check& check, const Node& node, Config& config) {
  std::set<jobs::Uuid> ids;
  each_item(check, node, [&](const Node& item) {
    ModelConfig model{.line = item.line, .column = item.column};
    read_mapping(check, item, model, model_options);
    if (model.id != jobs::Uuid() && !ids.insert(model.id).second) {
      check.problem(item, "another model has the same id");
    }
    config.models.push_back(std::move(model));
  });
}

constexpr Option<TlsConfig> tls_options[] = {
    {"certificate", [](Check& c, const Node& n, TlsConfig& o) { read_path(c, n, o.certificate); }, true},
    {"key", [](Check& c, const Node& n, TlsConfig& o) { read_path(c, n, o.key); }, true},
};

void read_tls(Check& check, const Node& node, Config& config) {
  read_mapping(check, node, config.tls.emplace(), tls_options);
}

constexpr Option<Config> options[] = {
    {"listen", [](Check& c, const Node& n, Config& o) { read_listen(c, n, o.listen); }},
    {"tls", read_tls},
    {"public_url", [](Check& c, const Node& n, Config& o) { read_public_url(c, n, o.public_url); }},
    {"data_dir", [](Check& c, const Node& n, Config& o) { read_path(c, n, o.data_dir); }},
    {"workers", [](Check& c, const Node& n, Config& o) { read_integer(c, n, o.workers, 0, 256); }},
    {"stop_grace", [](Check& c, const Node& n,
                      Config& o) { read_duration(c, n, o.stop_grace, milliseconds(0), std::chrono::hours(1)); }},
    {"fsync", [](Check& c, const Node& n, Config& o) { read_bool(c, n, o.fsync); }},
    {"time_zone", [](Check& c, const Node& n, Config& o) { read_time_zone(c, n, o.time_zone); }},
    {"connections", read_connections},
    {"models", read_models},
    {"analyst", [](Check& c, const Node& n, Config& o) { read_mapping(c, n, o.analyst, analyst_options); }},
    {"webhooks", [](Check& c, const Node& n, Config& o) { read_mapping(c, n, o.webhooks, webhooks_options); }},
    {"api", [](Check& c, const Node& n, Config& o) { read_mapping(c, n, o.api, api_options); }},
    {"retention", [](Check& c, const Node& n, Config& o) { read_mapping(c, n, o.retention, retention_options); }},
    {"log", [](Check& c, const Node& n, Config& o) { read_mapping(c, n, o.log, log_options); }},
};

// What can only be judged once everything is read.
void check_references(Check& check, const Config& config) {
  std::vector<std::string_view> names;
  for (const auto& connection : config.connections) names.push_back(connection.name);
  for (std::size_t i = 0; i < config.models.size(); ++i) {
    const ModelConfig& model = config.models[i];
    if (model.connection.empty() || config.connection(model.connection) != nullptr) continue;
    const Check::Scope scope(check, "models[" + std::to_string(i) + "].connection");
    check.problem(model.line, model.column,
                  "there is no connection " + shown(model.connection) + meant(model.connection, names));
  }
}

std::string joined(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) {
    if (!text.empty()) text += '\n';
    text += problem.to_string();
  }
  return text;
}

}  // namespace

ConfigError::ConfigError(std::vector<Problem> problems)
    : std::runtime_error(joined(problems)), problems_(std::move(problems)) {}

const ConnectionConfig* Config::connection(std::string_view name) const {
  const auto found = std::find_if(connections.begin(), connections.end(),
                                  [&](const ConnectionConfig& candidate) { return candidate.name == name; });
  return found == connections.end() ? nullptr : &*found;
}

Config parse_config(std::string_view text, const std::filesystem::path& file) {
  Config config;
  config.file = std::filesystem::absolute(file).lexically_normal();
  const std::filesystem::path folder = config.file.parent_path();
  config.data_dir = folder / "data";

  Check check(file.string(), folder);
  const Node root = yaml::parse(text, file.string());
  if (root.kind != Node::Kind::null) read_mapping(check, root, config, options);
  check_references(check, config);
  if (!check.problems().empty()) {
    std::stable_sort(check.problems().begin(), check.problems().end(), [](const Problem& a, const Problem& b) {
      return std::pair(a.line, a.column) < std::pair(b.line, b.column);
    });
    throw ConfigError(std::move(check.problems()));
  }
  return config;
}

Config load_config(const std::filesystem::path& file) {
  const auto fail = [&](const std::string& message) {
    throw ConfigError({{.file = file.string(), .line = 1, .column = 1, .message = message}});
  };
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) fail("there is no such file: give the configuration file with --config");
  if (std::filesystem::is_directory(status)) fail("this is a folder: give the configuration file with --config");
  std::ifstream in(file, std::ios::binary);
  std::string text;
  if (in) {
    text.resize(file_bytes_max + 1);
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad() || (!in && !in.eof())) fail("cannot be read: check its permissions");
  if (text.size() > file_bytes_max) fail("is larger than 1 MiB: is this the configuration file?");
  return parse_config(text, file);
}

std::optional<milliseconds> parse_duration(std::string_view text) {
  const auto value = parse_with_unit(text, time_units);
  return value ? std::optional(milliseconds(*value)) : std::nullopt;
}

std::vector<std::string> option_names() {
  std::vector<std::string> names;
  const auto add = [&](const std::string& prefix, const auto& table) {
    for (const auto& option : table) names.push_back(prefix + std::string(option.key));
  };
  add("", options);
  add("tls.", tls_options);
  add("connections.NAME.", connection_options);
  add("models[].", model_options);
  add("models[].branches[].", branch_options);
  add("analyst.", analyst_options);
  add("webhooks.", webhooks_options);
  add("api.", api_options);
  add("api.rate_limit.", rate_limit_options);
  add("retention.", retention_options);
  add("log.", log_options);
  return names;
}

}  // namespace jobsd
