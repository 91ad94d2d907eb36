#include "analyst/model.h"

#include <algorithm>

namespace analyst {
namespace {

template <typename Named>
const Named* find_named(const std::vector<Named>& all, std::string_view name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Named& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

const Dimension* View::dimension(std::string_view field) const { return find_named(dimensions, field); }

const Measure* View::measure(std::string_view field) const { return find_named(measures, field); }

const Dimension* View::any_dimension(std::string_view field) const {
  const Dimension* found = dimension(field);
  return found != nullptr ? found : find_named(internal_dimensions, field);
}

const Measure* View::any_measure(std::string_view field) const {
  const Measure* found = measure(field);
  return found != nullptr ? found : find_named(internal_measures, field);
}

const View* Model::view(std::string_view view_name) const { return find_named(views, view_name); }

const Topic* Model::topic(std::string_view topic_name) const { return find_named(topics, topic_name); }

}  // namespace analyst
