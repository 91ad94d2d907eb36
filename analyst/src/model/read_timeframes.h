// model/read_timeframes.h - a list of timeframes in a model's file.
#pragma once

#include <string>
#include <vector>

#include "model/draft.h"

namespace analyst {

std::vector<Timeframe> read_timeframes(const YamlNode& node, const std::string& file, Draft& draft);

}  // namespace analyst
