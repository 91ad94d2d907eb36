// analyst/model.h - a semantic model in memory: what can be asked about, in the users' own words.
//
// Plain data, immutable once loaded, shared between threads as std::shared_ptr<const Model>. The files it is read from
// are described in docs/semantic-model.md. Fields are named "view.field", or "view.field[timeframe]" in a query.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyst/database.h"
#include "analyst/error.h"
#include "analyst/user.h"
#include "analyst/value.h"

namespace analyst {

enum class Timeframe {
  raw, date, week, month, quarter, year, hour, minute, second,
  day_of_week_name, day_of_week_num, day_of_month, day_of_year, hour_of_day, month_name, month_num, quarter_of_year,
};
std::string_view to_string(Timeframe timeframe);
std::optional<Timeframe> parse_timeframe(std::string_view text);

enum class Aggregate { count, count_distinct, sum, average, min, max, median, list, percentile };

// A condition written in a model: `status: {is: paid}`. A list of values means any of them.
struct ModelFilter {
  enum class Operator {
    is, is_not, greater_than, greater_than_or_equal_to, less_than, less_than_or_equal_to, between, contains,
    starts_with, ends_with, not_null,
  };
  // "field" or "view.field", resolved against the view that holds the filter.
  std::string field = {};
  Operator op = Operator::is;
  std::vector<Value> values = {};
};

// What dimensions and measures have in common.
struct Field {
  std::string name = {};
  // Never empty after loading: made from the name when the file has none.
  std::string label = {};
  std::string description = {};
  std::vector<std::string> synonyms = {};
  std::vector<std::string> tags = {};
  // Every entry must hold; an entry is a grant's name or an expression of names with | and & (& binds tighter).
  std::vector<std::string> required_access_grants = {};
  // In the model's notation, with ${references}. Empty: a column (dimension), every row (count).
  std::string sql = {};
  // "currency_2", "number_0", "percent_1", … Empty: by type.
  std::string format = {};
  bool hidden = false;
};

struct Dimension : Field {
  // Of a dimension without `sql`: the column, when it is not named like the dimension.
  std::string column = {};
  ValueType type = ValueType::text;
  bool primary_key = false;
  // For dates and timestamps. Empty: all of them.
  std::vector<Timeframe> timeframes = {};
  // Values worth knowing when a question is read.
  std::vector<std::string> sample_values = {};
};

struct Measure : Field {
  // Empty: the measure is an expression over other measures.
  std::optional<Aggregate> aggregate = {};
  int percentile = 0;
  std::vector<ModelFilter> filters = {};
};

struct AccessFilter {
  // "view.field"
  std::string field = {};
  std::string user_attribute = {};
  // Attribute values that lift the filter.
  std::vector<std::string> values_for_unfiltered = {};
};

struct View {
  std::string name = {};
  std::string label = {};
  std::string description = {};
  std::vector<std::string> synonyms = {};
  std::vector<std::string> required_access_grants = {};
  std::string schema = {};
  // The table, when it is not named like the view.
  std::string table = {};
  // A derived table: one SELECT in the dialect's SQL. Empty: a table.
  std::string derived_sql = {};
  // Not empty: this view is the same table under a second name, for a table that is joined twice.
  std::string alias_of = {};
  bool hidden = false;
  // In the order of the file.
  std::vector<Dimension> dimensions = {};
  std::vector<Measure> measures = {};
  // Only in a model made by visible_model(): fields that the user may neither name nor see, kept because joins and
  // conditions that always apply are computed from them.
  std::vector<Dimension> internal_dimensions = {};
  std::vector<Measure> internal_measures = {};
  // The row conditions of a query that starts from this view without naming a topic: those of every topic that contains
  // the view, so that leaving the topic out never shows more. A filter on a field of this view applies as it is; for any
  // other the user must hold one of its values_for_unfiltered, or the query is not allowed.
  std::vector<AccessFilter> access_filters = {};

  // What a query may name.
  const Dimension* dimension(std::string_view field) const;
  const Measure* measure(std::string_view field) const;
  // What the model's own SQL and conditions may name: the internal fields as well.
  const Dimension* any_dimension(std::string_view field) const;
  const Measure* any_measure(std::string_view field) const;
};

enum class JoinType { always_left, inner, full_outer, cross };
enum class Cardinality { one_to_one, many_to_one, one_to_many, many_to_many };

struct Relationship {
  // View names, or the aliases of join_from_view_as / join_to_view_as: an alias is a view of its own in Model::views.
  std::string from_view = {};
  std::string to_view = {};
  std::string on_sql = {};
  std::string where_sql = {};
  JoinType join_type = JoinType::always_left;
  Cardinality cardinality = Cardinality::many_to_one;
  bool reversible = false;
};

// joins: {products: {categories: {}}} is a tree of view names.
struct JoinNode {
  std::string view = {};
  std::vector<JoinNode> joins = {};
};

struct SampleQuery {
  std::string name = {};
  std::string prompt = {};
  std::string description = {};
  // A semantic query as JSON text.
  std::string query = {};
};

struct Topic {
  std::string name = {};
  std::string label = {};
  std::string description = {};
  std::string ai_context = {};
  std::string base_view = {};
  std::vector<JoinNode> joins = {};
  // "orders.*", "users.name", "-users.email", "tag:x". Empty: every field of the views joined.
  std::vector<std::string> fields = {};
  std::vector<std::string> ai_fields = {};
  std::vector<ModelFilter> default_filters = {};
  std::string always_where_sql = {};
  std::vector<ModelFilter> always_where_filters = {};
  std::vector<ModelFilter> always_having_filters = {};
  std::vector<AccessFilter> access_filters = {};
  std::vector<std::string> required_access_grants = {};
  std::vector<SampleQuery> sample_queries = {};
  int default_row_limit = 0;
  bool hidden = false;
};

struct AccessGrant {
  std::string name = {};
  std::string user_attribute = {};
  std::vector<std::string> allowed_values = {};
};

struct Model {
  // The model's id in the configuration.
  std::string id = {};
  std::string name = {};
  std::vector<View> views = {};
  std::vector<Relationship> relationships = {};
  std::vector<Topic> topics = {};
  std::vector<AccessGrant> access_grants = {};
  std::vector<AccessFilter> default_topic_access_filters = {};

  const View* view(std::string_view view_name) const;
  const Topic* topic(std::string_view topic_name) const;
};

struct LoadedModel {
  std::shared_ptr<const Model> model = {};
  // Keys that are known but not used yet, and the like.
  std::vector<Problem> warnings = {};
};

// Reads a model folder laid over what the database says of itself. Files of `branch`, if given, replace those of `base`
// with the same relative name. An empty `base` makes the model from the database alone.
// Throws ModelError with every problem found, Error when the database cannot be read.
LoadedModel load_model(std::string id, std::string name, const std::filesystem::path& base,
                       const std::filesystem::path& branch, Database& database);

// Every error and warning in the files, in the order of files and lines; empty: load_model() succeeds in silence.
// Throws Error when the database cannot be read.
std::vector<Problem> check_model(const std::filesystem::path& base, const std::filesystem::path& branch,
                                 Database& database);

// Writes a model made from the database as files to edit. Throws std::runtime_error when `folder` is not empty.
void write_model(const Model& model, const std::filesystem::path& folder);

// The model as `user` may see it: without the topics, views and fields whose grants the user lacks. What is not in it does
// not exist for that user, in planning, execution and error messages alike.
std::shared_ptr<const Model> visible_model(std::shared_ptr<const Model> model, const User& user);

// The access filters that apply to `topic`: its own, then those of the model's defaults whose view the topic contains.
std::vector<AccessFilter> access_filters_of(const Model& model, const Topic& topic);

}  // namespace analyst
