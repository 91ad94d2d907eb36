#include "model/read_timeframes.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "model/map_reader.h"
#include "model/names.h"
#include "model/nearest.h"

namespace analyst {
namespace {

// Of the published dialect, and not built yet.
constexpr std::array<std::string_view, 8> not_used = {
    "millisecond", "fiscal_quarter", "fiscal_year", "day_of_quarter", "week_of_year", "time", "day_name", "month_of_quarter",
};

}  // namespace

std::vector<Timeframe> read_timeframes(const YamlNode& node, const std::string& file, Draft& draft) {
  std::vector<Timeframe> timeframes;
  for (const std::string& written : read_texts(node, file, "timeframes", draft)) {
    std::string word = written;
    for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (const auto timeframe = parse_timeframe(word)) {
      if (std::find(timeframes.begin(), timeframes.end(), *timeframe) == timeframes.end()) {
        timeframes.push_back(*timeframe);
      }
    } else if (std::find(not_used.begin(), not_used.end(), word) != not_used.end()) {
      draft.problems.warning(place_of(node, file), "the timeframe \"" + written + "\" is not used");
    } else {
      draft.problems.error(place_of(node, file),
                           "\"" + written + "\" is no timeframe" + did_you_mean(word, timeframe_words()));
    }
  }
  return timeframes;
}

}  // namespace analyst
