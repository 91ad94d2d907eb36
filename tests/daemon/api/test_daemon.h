// The assembled daemon, on a loopback port of its own with a store in a temporary folder.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "client.h"
#include "config/config.h"
#include "identity/identity.h"
#include "jobs/engine.h"

namespace jobsd {
class Daemon;
}

inline const std::string model_id = "770e8400-e29b-41d4-a716-446655440002";
inline const std::string branch_id = "550e8400-e29b-41d4-a716-446655440000";
inline const std::string unknown_id = "00000000-0000-4000-8000-000000000000";
inline const std::string jobs_path = "/api/v1/ai/jobs";

struct Setup {
  // Zero: jobs wait until the test claims them, so that each state can be looked at.
  int workers = 0;
  // The demo shop instead of a handful of rows.
  bool shop = false;
  std::function<void(jobsd::Config&)> adjust = {};
  // The time by which rates are limited.
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
};

class TestDaemon {
 public:
  explicit TestDaemon(Setup setup = {});
  ~TestDaemon();

  Client client(std::string token) const { return {port(), std::move(token)}; }
  Client organization() const { return client(organization_key); }
  unsigned short port() const;

  // A user with a personal token, whose id is `key`.
  struct Person {
    std::string id = {};
    std::string token = {};
    std::string key = {};
  };
  Person person(const std::string& name, std::map<std::string, std::vector<std::string>> attributes = {});
  Person admin(const std::string& name);
  // Of the other organization.
  Person outsider(const std::string& name, jobsd::Role role);

  // Submits and returns the id; fails the test unless the answer is 201.
  std::string submit(const Client& client, nlohmann::json body = {});
  // Holds GET until the job has ended, and returns it.
  nlohmann::json ended(const Client& client, const std::string& job);
  // The job's run, by hand.
  jobs::Claim claim();

  // Stops gracefully and waits for the end.
  void stop();
  void start();
  // The stop alone, without waiting.
  void begin_stop();

  jobs::Engine& engine();
  jobsd::Identity& identity();
  std::string address() const;
  // Event streams that are open.
  int streams();
  std::string organization_id() const;
  jobsd::Config config;
  std::string organization_key;
  // A key of the other organization.
  std::string outsider_key;
  // Everything that was logged.
  std::string log() const;

 private:
  Person with_token(const jobsd::User& user);

  std::filesystem::path folder_;
  jobs::Uuid outside_ = {};
  std::function<std::chrono::steady_clock::time_point()> now_;
  mutable std::mutex log_mutex_;
  std::string log_;
  std::unique_ptr<jobsd::Daemon> daemon_;
  std::thread loop_;
};

nlohmann::json question(const std::string& prompt = "top 5 products by revenue");
