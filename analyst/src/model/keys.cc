#include "model/keys.h"

#include <algorithm>

namespace analyst {
namespace {

using Words = const std::string_view[];

// The names are those of the published dialect (docs.omni.co/modeling, the pages "parameters" of models, topics, views,
// dimensions, measures and relationships), except `table` and `type`, which are ours.
constexpr Words model_used = {
    "access_grants",       "default_row_limit", "default_timeframes", "default_topic_access_filters",
    "default_topic_required_access_grants", "ignored_schemas",   "ignored_views",      "included_schemas",
    "included_views",
};
constexpr Words model_not_used = {
    "ai_chat_topics", "ai_context",  "ai_settings",           "auto_run",        "cache_policies",
    "default_cache_policy", "default_numeric_locale", "description", "extends", "facet_workbook_filters",
    "fiscal_month_offset", "label", "name", "skills", "topics", "week_start_day",
    "dynamic_schemas",
};

constexpr Words access_grant_used = {"user_attribute", "allowed_values"};
constexpr Words access_grant_not_used = {"access_boostable", "description", "label"};

constexpr Words access_filter_used = {"field", "user_attribute", "values_for_unfiltered"};

constexpr Words view_used = {
    "schema",   "table",    "table_name", "sql",     "label", "description", "synonyms", "required_access_grants",
    "hidden", "ignored", "dimensions", "measures", "custom_compound_primary_key_sql",
};
constexpr Words view_not_used = {
    "ai_context",    "aliases",       "catalog", "default_drill_fields", "default_drill_query", "display_order",
    "fill_fields", "filters", "folder", "group_label", "materialized_query", "name", "schema_label", "sets", "tags",
};
constexpr Words view_needed = {"extends", "query", "template"};

constexpr Words dimension_used = {
    "sql",    "type",   "label",      "description",   "synonyms", "tags", "required_access_grants",
    "format", "hidden", "ignored", "primary_key", "timeframes",    "sample_values", "all_values", "mask_unless_access_grants",
};
constexpr Words dimension_not_used = {
    "ai_context",    "aliases",        "colors",         "convert_tz",         "display_order",
    "drill_fields",  "drill_queries",  "dynamic_top_n",  "filter_single_select_only", "group_label",
    "links",         "markdown",       "order_by_field", "suggest_from_field", "suggest_from_topic",
    "suggestion_list", "view_label",
};
constexpr Words dimension_needed = {"bin_boundaries", "duration", "groups", "level_of_detail"};

constexpr Words measure_used = {
    "sql",    "aggregate_type", "percentile", "filters", "label", "description", "synonyms", "tags",
    "required_access_grants", "format", "hidden", "ignored", "mask_unless_access_grants",
};
constexpr Words measure_not_used = {
    "ai_context", "aliases", "all_values", "colors", "display_order", "drill_fields", "drill_queries",
    "group_label", "links", "markdown", "sample_values", "view_label",
};
constexpr Words measure_needed = {"custom_primary_key_sql", "level_of_detail"};

constexpr Words relationship_used = {
    "join_from_view", "join_to_view", "join_from_view_as", "join_to_view_as", "join_from_view_as_label",
    "join_to_view_as_label", "on_sql", "where_sql", "join_type", "relationship_type", "reversible",
};
constexpr Words relationship_not_used = {"id"};

constexpr Words topic_used = {
    "base_view",  "label",           "description",      "ai_context",           "joins",
    "fields",     "ai_fields",       "default_filters",  "always_where_sql",     "always_where_filters",
    "always_having_filters", "access_filters", "required_access_grants", "sample_queries", "default_row_limit",
    "hidden", "ignored",
};
constexpr Words topic_not_used = {
    "aliases", "auto_run", "cache_policy", "default_sorts", "display_order", "group_label", "owners", "synonyms", "tags",
    "warehouse_override", "week_start_day",
};
constexpr Words topic_needed = {"always_having_sql", "extends", "relationships", "template", "views"};

constexpr Words sample_query_used = {"name", "prompt", "description", "query"};
constexpr Words sample_query_not_used = {"ai_context", "exclude_from_ai_context", "hidden", "label"};

constexpr Words filter_used = {
    "is",      "is_not",   "not",         "greater_than", "greater_than_or_equal_to", "less_than",
    "less_than_or_equal_to", "between", "contains", "starts_with", "ends_with",
};
constexpr Words filter_needed = {
    "and", "or", "before", "on_or_after", "between_dates", "not_before", "not_on_or_after", "not_between_dates",
    "cancel_query_filter", "date_offset_from_query", "day_of_month", "day_of_quarter", "day_of_week", "day_of_year",
    "hour_of_day", "month_of_year", "quarter_of_year", "time_for_duration", "time_for_unit", "not_time_for_duration",
    "field_name_in_query", "field_name_not_in_query", "not_between", "not_contains", "not_starts_with",
    "not_ends_with", "not_greater_than", "not_less_than", "not_greater_than_or_equal_to", "not_less_than_or_equal_to",
    "case_insensitive", "bound", "query_structure", "top_n",
};

bool is_one_of(std::span<const std::string_view> words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

bool Keys::is_used(std::string_view key) const { return is_one_of(used, key); }
bool Keys::is_not_used(std::string_view key) const { return is_one_of(not_used, key); }
bool Keys::is_needed(std::string_view key) const { return is_one_of(needed, key); }

std::vector<std::string> Keys::all() const {
  std::vector<std::string> result(used.begin(), used.end());
  result.insert(result.end(), not_used.begin(), not_used.end());
  result.insert(result.end(), needed.begin(), needed.end());
  return result;
}

const Keys model_keys = {"the model file", model_used, model_not_used, {}};
const Keys access_grant_keys = {"an access grant", access_grant_used, access_grant_not_used, {}};
const Keys access_filter_keys = {"an access filter", access_filter_used, {}, {}};
const Keys view_keys = {"a view", view_used, view_not_used, view_needed};
const Keys dimension_keys = {"a dimension", dimension_used, dimension_not_used, dimension_needed};
const Keys measure_keys = {"a measure", measure_used, measure_not_used, measure_needed};
const Keys relationship_keys = {"a relationship", relationship_used, relationship_not_used, {}};
const Keys topic_keys = {"a topic", topic_used, topic_not_used, topic_needed};
const Keys sample_query_keys = {"a sample query", sample_query_used, sample_query_not_used, {}};
const Keys filter_keys = {"a filter", filter_used, {}, filter_needed};

}  // namespace analyst
