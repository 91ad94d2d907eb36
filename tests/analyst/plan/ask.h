// Asks the planner and writes what it understood on one line, so that a table of prompts can hold it:
//
//   sales: products.name, order_items.revenue | order_items.revenue desc | 5
//   topic or view: fields | filters | sorts | limit   (parts that are as usual are left out)
#pragma once

#include <string>
#include <vector>

#include "analyst/analyst.h"
#include "plan/planner.h"

namespace shop_test {

analyst::User everyone();

analyst::planning::Reading reading_of(const std::string& prompt, const std::vector<analyst::Turn>& history = {},
                                      const std::string& topic = {}, const analyst::User& user = everyone());

// "?" and the clarification when there is no query. The earlier period of a comparison follows after " vs ".
std::string ask(const std::string& prompt, const std::vector<analyst::Turn>& history = {},
                const std::string& topic = {});

// Each prompt in the light of those before it; what the last one is understood as.
std::string talk(const std::vector<std::string>& prompts);

std::string written(const analyst::planning::Reading& reading);

}  // namespace shop_test
