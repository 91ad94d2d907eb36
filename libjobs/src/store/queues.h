// store/queues.h - the queues table: the numbers of names, and which queues are paused.
// QueueTable is used inside the writer's turn only.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "jobs/transaction.h"
#include "store/statement.h"

namespace jobs::store {

class QueueTable {
 public:
  explicit QueueTable(SQLite::Database& database);

  // The number of a name, made if it is new.
  std::int64_t number(const std::string& name);
  // Empty: there is none of that name.
  std::optional<std::int64_t> find(const std::string& name);
  // Of those that there are.
  std::vector<std::string> names(const std::set<std::int64_t>& queues);
  bool paused(std::int64_t queue);
  // Throw std::invalid_argument for what is no name of a queue.
  void pause(const std::string& name);
  // Returns its number.
  std::int64_t resume(const std::string& name);
  // Forgets what was learned in a transaction that was rolled back.
  void forget();

 private:
  void set_paused(std::int64_t queue, bool paused);

  Statement find_;
  Statement find_name_;
  Statement insert_;
  Statement set_paused_;
  Statement all_paused_;
  std::map<std::string, std::int64_t, std::less<>> numbers_;
  std::map<std::int64_t, std::string> names_;
  // Empty: not known.
  std::optional<std::set<std::int64_t>> paused_;
};

struct StoredQueue {
  std::int64_t number = 0;
  std::string name = {};
  bool paused = false;
  // When the oldest of the ready jobs that are next became due: the first of each key and priority, up to a thousand.
  std::optional<Time> oldest_ready = {};
};

// By name; all, or the one of that name.
std::vector<StoredQueue> read_queues(Reader& reader, const std::optional<std::string>& name = {});

}  // namespace jobs::store
