#include "plan/reading.h"

#include <algorithm>
#include <utility>

#include "plan/lexicon.h"
#include "plan/period.h"
#include "plan/text.h"

namespace analyst::planning {
namespace {

constexpr int limit_of_total = 1'000;

}  // namespace

std::optional<PlannedQuery> total_of(const Model& model, const SemanticQuery& query) {
  const auto is_measure = [&](const FieldName& name) { return measure_of(model, name) != nullptr; };
  const auto is_series = [](const FieldName& name) { return name.timeframe && unit_of(*name.timeframe); };
  PlannedQuery total{.role = PlannedQuery::Role::total, .query = query};
  auto& fields = total.query.fields;
  std::erase_if(fields, [&](const FieldName& name) { return !is_measure(name) && !is_series(name); });
  const bool has_groups = fields.size() < query.fields.size();
  const bool has_series = std::any_of(fields.begin(), fields.end(), is_series);
  const bool has_measures = std::any_of(fields.begin(), fields.end(), is_measure);
  const bool filters_groups = std::any_of(query.filters.begin(), query.filters.end(),
                                          [&](const auto& filter) { return is_measure(filter.first); });
  // A rank over periods has no use for the whole of each.
  const bool ranks_series =
      has_series && !query.sorts.empty() && std::none_of(fields.begin(), fields.end(), [&](const FieldName& name) {
        return is_series(name) && name.to_string() == query.sorts.front().column;
      });
  if (!has_groups || !has_measures || filters_groups || ranks_series) return {};
  std::erase_if(total.query.sorts, [&](const Sort& sort) {
    return std::none_of(fields.begin(), fields.end(),
                        [&](const FieldName& name) { return is_series(name) && name.to_string() == sort.column; });
  });
  total.query.limit = limit_of_total;
  total.query.pivots.clear();
  std::vector<std::string> labels;
  for (const FieldName& name : fields) {
    if (is_measure(name)) labels.push_back(label_of(model, name));
  }
  total.name = list_in_words(labels) + " in total";
  return total;
}

}  // namespace analyst::planning
