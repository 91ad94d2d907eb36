#include "compile/measure.h"

#include <algorithm>

#include "model/reference.h"

namespace analyst {

namespace {

constexpr int measure_depth_max = 32;
constexpr std::size_t result_length_max = 256 * 1024;

// Seeing a row twice changes nothing.
bool ignores_repetition(Aggregate aggregate) {
  return aggregate == Aggregate::count_distinct || aggregate == Aggregate::min || aggregate == Aggregate::max ||
         aggregate == Aggregate::list;
}

std::string when_true(const std::string& condition, const std::string& value) {
  return "CASE WHEN " + condition + " THEN " + value + " END";
}

}  // namespace

FieldName field_of(const ModelFilter& filter, const std::string& home) {
  const bool qualified = filter.field.find('.') != std::string::npos;
  if (auto name = FieldName::parse(qualified ? filter.field : home + "." + filter.field)) return *name;
  throw Error(Errc::bad_query, "The model filters on " + filter.field + ", which is not a field.");
}

Operand operand_of(const FieldName& name, const std::string& path, Expressions& expressions,
                   std::set<std::string>& views) {
  const Expression value = expressions.dimension(name);
  const Expression stored = expressions.dimension({name.view, name.field, std::nullopt});
  views.insert(value.views.begin(), value.views.end());
  // dimension() has thrown if there were none.
  const Dimension& dimension = *expressions.model().view(name.view)->any_dimension(name.field);
  return {.path = path,
          .sql = value.sql,
          .type = type_of(dimension, name.timeframe),
          .type_unknown = !dimension.sql.empty() && dimension.type == ValueType::text && !name.timeframe,
          .stored_sql = stored.sql,
          .stored_type = dimension.type,
          .timeframe = name.timeframe};
}

const Measure& Measures::find(const FieldName& name) const {
  const View* view = expressions_.model().view(name.view);
  const Measure* measure = view ? view->any_measure(name.field) : nullptr;
  if (measure) return *measure;
  if (view && view->any_dimension(name.field)) {
    throw Error(Errc::bad_query, "The model uses the dimension " + name.to_string() +
                                     " in a measure without an aggregate. Give the measure an aggregate_type.");
  }
  throw Error(Errc::bad_query, "The model refers to a field that does not exist for this user.");
}

void Measures::add(const FieldName& name, int depth) {
  if (depth > measure_depth_max) throw Error(Errc::bad_query, "The measures of the model refer to each other in a circle.");
  const Measure& measure = find(name);
  if (!measure.aggregate) {
    for (const Reference& reference : references(measure.sql)) {
      if (reference.timeframe) {
        throw Error(Errc::bad_query, "The measure " + name.to_string() + " uses a timeframe of a measure.");
      }
      add({reference.view.empty() ? name.view : reference.view, reference.field, std::nullopt}, depth + 1);
    }
    return;
  }
  const bool known =
      std::any_of(parts_.begin(), parts_.end(), [&](const AggregatePart& part) { return part.measure == name; });
  if (!known) parts_.push_back(aggregate_of(name, measure));
}

AggregatePart Measures::aggregate_of(const FieldName& name, const Measure& measure) {
  AggregatePart part{.measure = name, .aggregate = *measure.aggregate};
  if (part.aggregate == Aggregate::percentile) part.percentile = measure.percentile;
  if (part.percentile < 0 || part.percentile > 100) {
    throw Error(Errc::bad_query, "The percentile of the measure " + name.to_string() + " is not from 0 to 100.");
  }
  part.views.insert(name.view);
  if (!measure.sql.empty()) {
    const Expression value = expressions_.expand(name.view, measure.sql, divides(measure.sql));
    part.value = "(" + value.sql + ")";
    part.sources = value.views;
    part.views.insert(value.views.begin(), value.views.end());
  } else if (part.aggregate != Aggregate::count) {
    throw Error(Errc::bad_query, "The measure " + name.to_string() + " has no sql to aggregate.");
  }
  std::string conditions;
  for (const ModelFilter& filter : measure.filters) {
    const Operand operand =
        operand_of(field_of(filter, name.view), "measure " + name.to_string(), expressions_, part.views);
    conditions += (conditions.empty() ? "" : " AND ") + condition(filter_of(filter, operand.type), operand, when_,
                                                                  expressions_.dialect(), expressions_.bindings());
  }
  if (!conditions.empty()) part.value = when_true(conditions, part.value.empty() ? "1" : part.value);
  return part;
}

std::vector<std::string> Measures::key_of(const std::string& name) {
  const View& view = *expressions_.model().view(name);
  std::vector<std::string> key;
  for (const auto* dimensions : {&view.dimensions, &view.internal_dimensions}) {
    for (const Dimension& dimension : *dimensions) {
      if (dimension.primary_key) key.push_back(expressions_.dimension({name, dimension.name, std::nullopt}).sql);
    }
  }
  return key;
}

bool Measures::can_be_repeated(const AggregatePart& part) const {
  const View& view = *expressions_.model().view(part.measure.view);
  const auto is_key = [](const Dimension& dimension) { return dimension.primary_key; };
  return ignores_repetition(part.aggregate) || std::any_of(view.dimensions.begin(), view.dimensions.end(), is_key) ||
         std::any_of(view.internal_dimensions.begin(), view.internal_dimensions.end(), is_key);
}

void Measures::settle(std::size_t index, const JoinTree& tree) {
  AggregatePart& part = parts_[index];
  const auto determines_all = [&](const std::string& view) {
    return std::all_of(part.sources.begin(), part.sources.end(),
                       [&](const std::string& source) { return tree.determines(view, source); });
  };
  // A measure that adds up something finer than its own view is over the rows of that.
  part.grain = part.measure.view;
  if (!determines_all(part.grain)) {
    const auto finer = std::find_if(part.sources.begin(), part.sources.end(), [&](const std::string& view) {
      return determines_all(view) && tree.determines(view, part.measure.view);
    });
    if (finer == part.sources.end()) {
      throw Error(Errc::bad_query, "The measure " + part.measure.to_string() +
                                       " is computed from views of which none has one row for each row of the others.");
    }
    part.grain = *finer;
  }
  const bool indifferent = ignores_repetition(part.aggregate);
  if (!tree.undisturbed(part.grain) && !indifferent) part.form = AggregatePart::Form::deduplicated;
  part.key = key_of(part.grain);
  const bool repeated = part.form == AggregatePart::Form::deduplicated;
  const bool present = tree.always_present(part.grain);
  if (part.key.empty()) {
    const bool counts_nothing_there =
        !present && (part.aggregate == Aggregate::count || !part.sources.contains(part.grain));
    if (repeated || (counts_nothing_there && !indifferent)) {
      throw Error(Errc::bad_query, "The measure " + part.measure.to_string() +
                                       " cannot be computed over these joins: " + part.grain +
                                       " has no primary key in the model. Mark one with primary_key: true.");
    }
    return;
  }
  const std::string& key = part.key.front();
  const bool every_row_counts = part.value.empty();
  if (repeated && part.aggregate == Aggregate::count && part.key.size() == 1) {
    part.form = AggregatePart::Form::counted;
    part.value = every_row_counts ? key : when_true(part.value + " IS NOT NULL", key);
  } else if (every_row_counts) {
    if (repeated) {
      part.value = "1";
    } else if (!present) {
      part.value = key;
    }
  } else if (!present && !repeated) {
    // What an outer join left empty must not count, even where the expression makes something of it.
    part.value = when_true(key + " IS NOT NULL", part.value);
  }
}

std::string Measures::result(const FieldName& name, const std::function<std::string(const AggregatePart&)>& aggregate,
                             int depth) const {
  if (depth > measure_depth_max) throw Error(Errc::bad_query, "The measures of the model refer to each other in a circle.");
  const Measure& measure = find(name);
  if (measure.aggregate) {
    const auto part =
        std::find_if(parts_.begin(), parts_.end(), [&](const AggregatePart& each) { return each.measure == name; });
    return aggregate(*part);
  }
  const bool real = divides(measure.sql);
  const std::string sql = replace_references(measure.sql, [&](const Reference& reference) {
    const FieldName inner{reference.view.empty() ? name.view : reference.view, reference.field, std::nullopt};
    const std::string text = result(inner, aggregate, depth + 1);
    return real && type_of(inner) == ValueType::number ? expressions_.dialect().as_real(text) : text;
  });
  if (sql.size() > result_length_max) throw Error(Errc::too_large, "The SQL of a measure of the model is too long.");
  return "(" + sql + ")";
}

ValueType Measures::type_of(const FieldName& name) const {
  const Measure& measure = find(name);
  if (!measure.aggregate) return ValueType::number;
  switch (*measure.aggregate) {
    case Aggregate::list:
      return ValueType::text;
    case Aggregate::min:
    case Aggregate::max: {
      // The smallest of one field is of that field's type; of anything computed, a number.
      const auto found = references(measure.sql);
      if (found.size() != 1 || found[0].offset != 0 || found[0].length != measure.sql.size()) return ValueType::number;
      const View* view = expressions_.model().view(found[0].view.empty() ? name.view : found[0].view);
      const Dimension* dimension = view ? view->any_dimension(found[0].field) : nullptr;
      return dimension ? analyst::type_of(*dimension, found[0].timeframe) : ValueType::number;
    }
    default:
      return ValueType::number;
  }
}

}  // namespace analyst
