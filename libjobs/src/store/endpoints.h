// store/endpoints.h - receivers that fail, by host: a row each, which goes when the receiver answers again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "jobs/transaction.h"
#include "jobs/webhook.h"
#include "store/statement.h"

namespace jobs::store {

// Used inside the writer's turn only.
class EndpointTable {
 public:
  explicit EndpointTable(SQLite::Database& database);

  // An attempt reached `host` at `now`. True: with this failure it is disabled.
  bool record(const std::string& host, bool taken, Time now, std::uint64_t random);
  // False: it did not fail.
  bool enable(const std::string& host);
  // Forgets receivers that nothing waits for and that have not been tried for a month. At open.
  void tidy(Time now);

 private:
  Statement find_;
  Statement store_;
  Statement remove_;
  Statement tidy_;
};

// Reads through one connection. Used by one thread at a time.
class EndpointReader {
 public:
  explicit EndpointReader(SQLite::Database& database);

  // When the next probe may go to a receiver that is held back. Empty: it is not.
  std::optional<Time> held_until(const std::string& host);

 private:
  Statement held_;
};

// By host.
std::vector<Endpoint> read_endpoints(Reader& reader);

}  // namespace jobs::store
