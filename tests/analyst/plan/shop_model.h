// A model of a small shop, built by hand so that planner tests need neither files nor a database, and the double that
// stands for the database's values.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "analyst/model.h"
#include "plan/values.h"

namespace shop_test {

analyst::Model shop_model();

// 18 November 2026 is a Wednesday.
constexpr std::int64_t now = 1'795'003'200;

class FixedValues : public analyst::planning::Values {
 public:
  std::vector<analyst::planning::FoundValue> find(const std::vector<std::string>& texts) override;
  std::vector<analyst::planning::FoundValue> common() override;
  int lookups = 0;
};

}  // namespace shop_test
