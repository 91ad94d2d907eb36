#include "model/names.h"

#include <array>
#include <cctype>
#include <span>
#include <utility>

#include "model/reference.h"

namespace analyst {
namespace {

template <typename Enum>
using Word = std::pair<std::string_view, Enum>;

constexpr std::array<Word<Timeframe>, 17> timeframe_names = {{
    {"raw", Timeframe::raw},
    {"date", Timeframe::date},
    {"week", Timeframe::week},
    {"month", Timeframe::month},
    {"quarter", Timeframe::quarter},
    {"year", Timeframe::year},
    {"hour", Timeframe::hour},
    {"minute", Timeframe::minute},
    {"second", Timeframe::second},
    {"day_of_week_name", Timeframe::day_of_week_name},
    {"day_of_week_num", Timeframe::day_of_week_num},
    {"day_of_month", Timeframe::day_of_month},
    {"day_of_year", Timeframe::day_of_year},
    {"hour_of_day", Timeframe::hour_of_day},
    {"month_name", Timeframe::month_name},
    {"month_num", Timeframe::month_num},
    {"quarter_of_year", Timeframe::quarter_of_year},
}};

constexpr std::array<Word<Aggregate>, 9> aggregate_names = {{
    {"count", Aggregate::count},
    {"count_distinct", Aggregate::count_distinct},
    {"sum", Aggregate::sum},
    {"average", Aggregate::average},
    {"min", Aggregate::min},
    {"max", Aggregate::max},
    {"median", Aggregate::median},
    {"list", Aggregate::list},
    {"percentile", Aggregate::percentile},
}};

// not_null is written "not: null".
constexpr std::array<Word<ModelFilter::Operator>, 11> operator_names = {{
    {"is", ModelFilter::Operator::is},
    {"is_not", ModelFilter::Operator::is_not},
    {"greater_than", ModelFilter::Operator::greater_than},
    {"greater_than_or_equal_to", ModelFilter::Operator::greater_than_or_equal_to},
    {"less_than", ModelFilter::Operator::less_than},
    {"less_than_or_equal_to", ModelFilter::Operator::less_than_or_equal_to},
    {"between", ModelFilter::Operator::between},
    {"contains", ModelFilter::Operator::contains},
    {"starts_with", ModelFilter::Operator::starts_with},
    {"ends_with", ModelFilter::Operator::ends_with},
    {"not", ModelFilter::Operator::not_null},
}};

constexpr std::array<Word<JoinType>, 4> join_type_names = {{
    {"always_left", JoinType::always_left},
    {"inner", JoinType::inner},
    {"full_outer", JoinType::full_outer},
    {"cross", JoinType::cross},
}};

constexpr std::array<Word<Cardinality>, 4> cardinality_names = {{
    {"one_to_one", Cardinality::one_to_one},
    {"many_to_one", Cardinality::many_to_one},
    {"one_to_many", Cardinality::one_to_many},
    {"many_to_many", Cardinality::many_to_many},
}};

constexpr std::array<Word<ValueType>, 5> value_type_names = {{
    {"text", ValueType::text},
    {"number", ValueType::number},
    {"date", ValueType::date},
    {"timestamp", ValueType::timestamp},
    {"boolean", ValueType::boolean},
}};

template <typename Enum, std::size_t size>
std::string_view word_of(const std::array<Word<Enum>, size>& words, Enum value) {
  for (const auto& [word, meaning] : words) {
    if (meaning == value) return word;
  }
  return "";
}

template <typename Enum, std::size_t size>
std::optional<Enum> meaning_of(const std::array<Word<Enum>, size>& words, std::string_view text) {
  for (const auto& [word, meaning] : words) {
    if (word == text) return meaning;
  }
  return std::nullopt;
}

template <typename Enum, std::size_t size>
std::vector<std::string> all_of(const std::array<Word<Enum>, size>& words) {
  std::vector<std::string> result;
  for (const auto& [word, meaning] : words) result.emplace_back(word);
  return result;
}

}  // namespace

std::string_view to_string(Timeframe timeframe) { return word_of(timeframe_names, timeframe); }
std::optional<Timeframe> parse_timeframe(std::string_view text) { return meaning_of(timeframe_names, text); }
std::vector<std::string> timeframe_words() { return all_of(timeframe_names); }

std::string_view to_string(Aggregate aggregate) { return word_of(aggregate_names, aggregate); }
std::optional<Aggregate> parse_aggregate(std::string_view text) { return meaning_of(aggregate_names, text); }
std::vector<std::string> aggregate_words() { return all_of(aggregate_names); }

std::string_view to_string(ModelFilter::Operator op) { return word_of(operator_names, op); }
std::optional<ModelFilter::Operator> parse_filter_operator(std::string_view text) { return meaning_of(operator_names, text); }
std::vector<std::string> filter_operator_words() { return all_of(operator_names); }

std::string_view to_string(JoinType type) { return word_of(join_type_names, type); }
std::optional<JoinType> parse_join_type(std::string_view text) { return meaning_of(join_type_names, text); }
std::vector<std::string> join_type_words() { return all_of(join_type_names); }

std::string_view to_string(Cardinality cardinality) { return word_of(cardinality_names, cardinality); }
std::optional<Cardinality> parse_cardinality(std::string_view text) { return meaning_of(cardinality_names, text); }
std::vector<std::string> cardinality_words() { return all_of(cardinality_names); }

std::string_view to_string(ValueType type) { return word_of(value_type_names, type); }
std::optional<ValueType> parse_value_type(std::string_view text) { return meaning_of(value_type_names, text); }
std::vector<std::string> value_type_words() { return all_of(value_type_names); }

std::string label_from_name(std::string_view name) {
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto is_lower = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  std::vector<std::string> words(1);
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (c == '_' || c == ' ' || c == '-') {
      words.emplace_back();
      continue;
    }
    if (i > 0 && is_upper(c) && is_lower(name[i - 1])) words.emplace_back();
    words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  std::string label;
  for (const std::string& word : words) {
    if (word.empty()) continue;
    if (!label.empty()) label += " ";
    label += word == "id" ? "ID" : word;
  }
  if (label.empty()) return std::string(name);
  label.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(label.front())));
  return label;
}

std::string quoted_identifier(std::string_view identifier) {
  std::string result = "\"";
  for (const char c : identifier) {
    if (c == '"') result += '"';
    result += c;
  }
  return result + '"';
}

std::string name_from_identifier(std::string_view identifier) {
  std::string name;
  for (const char c : identifier) name += is_name(std::string("_") + c) ? c : '_';
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) name.insert(name.begin(), '_');
  return name;
}

}  // namespace analyst
