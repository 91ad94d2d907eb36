// ai/models.h - the configured models with their branches and databases, loaded once at start.
//
// Thread safety: immutable after construction; every member may be called from any thread.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analyst/database.h"
#include "analyst/model.h"
#include "config/config.h"
#include "jobs/uuid.h"

namespace jobsd {

// A model, or one of its branches, with the database it is about.
struct ServedModel {
  std::shared_ptr<const analyst::Model> model = {};
  std::shared_ptr<analyst::Database> database = {};
};

// Of one query on a user's database.
analyst::Limits query_limits(const AnalystConfig& config);

class Models {
 public:
  // Opens every connection and loads every model and branch. Throws ConfigError with all problems of all of them.
  explicit Models(const Config& config);

  // Without a branch, the model itself. Empty: there is no such model, or it has no such branch.
  std::optional<ServedModel> find(const jobs::Uuid& model, const std::optional<jobs::Uuid>& branch) const;
  bool has(const jobs::Uuid& model) const { return find(model, std::nullopt).has_value(); }
  // What loading had to say that does not keep a model from being used.
  const std::vector<Problem>& warnings() const { return warnings_; }
  std::size_t size() const { return models_.size(); }

 private:
  struct Loaded {
    ServedModel base = {};
    std::map<jobs::Uuid, ServedModel> branches = {};
  };

  std::map<jobs::Uuid, Loaded> models_;
  std::vector<Problem> warnings_;
};

}  // namespace jobsd
