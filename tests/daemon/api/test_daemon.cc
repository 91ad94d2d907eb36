#include "test_daemon.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <stdlib.h>

#include <array>
#include <catch2/catch.hpp>
#include <chrono>

#include "app/daemon.h"
#include "shop/shop_data.h"
#include "support/tls_client.h"

namespace {

std::filesystem::path temporary_folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "jobsd-api-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  return pattern;
}

void make_small_database(const std::filesystem::path& file) {
  SQLite::Database database(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  database.exec(
      "CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, category TEXT, price REAL);"
      "INSERT INTO products VALUES (1, 'Boot', 'Shoes', 80), (2, 'Sandal', 'Shoes', 30), (3, 'Parka', 'Jackets', 200);"
      // Counting its rows never ends by itself.
      "CREATE VIEW endless AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS item FROM n;");
}

jobsd::Config make_config(const std::filesystem::path& folder, const Setup& setup) {
  jobsd::Config config;
  config.file = folder / "jobsd.yaml";
  config.listen.port = 0;
  config.data_dir = folder / "data";
  config.workers = setup.workers;
  config.stop_grace = std::chrono::milliseconds(0);
  config.fsync = false;
  config.webhooks.allow_http = true;
  config.webhooks.allow_networks = {"127.0.0.0/8"};
  config.connections = {{.name = "data", .path = folder / "data.db"}};
  jobsd::ModelConfig model{
      .id = *jobs::Uuid::parse(model_id), .name = "data", .connection = "data", .line = 1, .column = 1};
  jobsd::BranchConfig branch{.id = *jobs::Uuid::parse(branch_id), .name = "draft"};
  if (setup.shop) {
    model.path = std::filesystem::path(SHOP_MODELS) / "shop";
    branch.path = std::filesystem::path(SHOP_MODELS) / "shop-draft";
    shop::make(config.connections.front().path, {.orders = 2'000, .year = 2026, .month = 7, .day = 15});
  } else {
    branch.path = folder / "draft";
    std::filesystem::create_directory(branch.path);
    make_small_database(config.connections.front().path);
  }
  model.branches = {branch};
  config.models = {model};
  if (over_tls()) config.tls = {.certificate = tls_folder() / "server.crt", .key = tls_folder() / "server.key"};
  if (setup.adjust) setup.adjust(config);
  return config;
}

}  // namespace

TestDaemon::TestDaemon(Setup setup) : folder_(temporary_folder()), now_(setup.now) {
  config = make_config(folder_, setup);
  start();
  organization_key = daemon_->identity().create_token({});
  outside_ = daemon_->identity().create_organization("other").id;
  outsider_key = daemon_->identity().create_token({.organization = outside_});
}

TestDaemon::~TestDaemon() {
  stop();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void TestDaemon::start() {
  const auto keep = [this](jobs::LogLevel, std::string_view line) {
    const std::lock_guard lock(log_mutex_);
    log_.append(line).append("\n");
  };
  daemon_ = std::make_unique<jobsd::Daemon>(config, keep, jobsd::Surroundings{.now = now_});
  loop_ = std::thread([this] { daemon_->run(); });
}

void TestDaemon::stop() {
  if (!daemon_) return;
  daemon_->stop();
  loop_.join();
  daemon_.reset();
}

void TestDaemon::begin_stop() { daemon_->stop(); }

jobs::Engine& TestDaemon::engine() { return daemon_->engine(); }

int TestDaemon::streams() { return daemon_->streams(); }

std::string TestDaemon::address() const { return daemon_->address(); }

std::string TestDaemon::organization_id() const {
  return daemon_->identity().default_organization().to_string();
}

unsigned short TestDaemon::port() const {
  const std::string url = address();
  return static_cast<unsigned short>(std::stoi(url.substr(url.rfind(':') + 1)));
}

TestDaemon::Person TestDaemon::person(const std::string& name,
                                      std::map<std::string, std::vector<std::string>> attributes) {
  return with_token(daemon_->identity().create_user({.name = name, .attributes = std::move(attributes)}));
}

TestDaemon::Person TestDaemon::admin(const std::string& name) {
  return with_token(daemon_->identity().create_user({.name = name, .role = jobsd::Role::admin}));
}

TestDaemon::Person TestDaemon::outsider(const std::string& name, jobsd::Role role) {
  return with_token(daemon_->identity().create_user({.name = name, .organization = outside_, .role = role}));
}

TestDaemon::Person TestDaemon::with_token(const jobsd::User& user) {
  Person person{.id = user.id.to_string(),
                .token = daemon_->identity().create_token({.kind = jobsd::TokenKind::personal, .user = user.id})};
  daemon_->identity().read([&](jobs::Reader& reader) {
    person.key = jobsd::list_tokens(reader, {.user = user.id}).items.back().id.to_string();
  });
  return person;
}

jobsd::Identity& TestDaemon::identity() { return daemon_->identity(); }

std::string TestDaemon::submit(const Client& client, nlohmann::json body) {
  const Reply reply = client.post(jobs_path, body.is_null() ? question() : body);
  INFO(reply.body);
  REQUIRE(reply.status == 201);
  return reply.json().at("jobId");
}

nlohmann::json TestDaemon::ended(const Client& client, const std::string& job) {
  while (true) {
    const Reply reply = client.get(jobs_path + "/" + job, {{"Prefer", "wait=30"}});
    REQUIRE(reply.status == 200);
    const auto found = reply.json();
    const std::string state = found.at("state");
    if (state == "COMPLETE" || state == "FAILED" || state == "CANCELLED") return found;
  }
}

jobs::Claim TestDaemon::claim() {
  auto run = daemon_->engine().claim();
  REQUIRE(run);
  return std::move(*run);
}

std::string TestDaemon::log() const {
  const std::lock_guard lock(log_mutex_);
  return log_;
}

nlohmann::json question(const std::string& prompt) { return {{"modelId", model_id}, {"prompt", prompt}}; }
