#include "store/migrations.h"

#include "embedded/daemon_schema.h"

namespace jobsd {

std::vector<jobs::Migration> migrations() {
  std::vector<jobs::Migration> all;
  for (const embedded::File& file : embedded::daemon_schema) {
    all.push_back({.number = static_cast<int>(all.size()) + 1, .name = file.name, .sql = file.text});
  }
  return all;
}

}  // namespace jobsd
