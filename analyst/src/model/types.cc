#include "model/types.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include "model/reference.h"

namespace analyst {
namespace {

constexpr std::array<std::string_view, 12> number_functions = {
    "abs", "round", "coalesce", "nullif", "length", "min", "max", "julianday", "unixepoch", "cast", "real", "integer",
};
constexpr std::array<std::string_view, 4> number_words = {"as", "numeric", "ceil", "floor"};
constexpr std::array<std::string_view, 8> condition_words = {"and", "or", "not", "like", "in", "is", "between", "exists"};

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

template <typename Words>
bool contains(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::optional<ValueType> type_of_format(std::string_view format) {
  for (const std::string_view prefix : {"number", "percent", "big", "financial", "accounting", "billions", "millions"}) {
    if (format.starts_with(prefix)) return ValueType::number;
  }
  if (format.find("currency") != std::string_view::npos) return ValueType::number;
  return std::nullopt;
}

// What the words outside of literals and references make of an expression. `references_are_numbers` says what is known
// of the references in it.
std::optional<ValueType> type_of_words(std::string_view sql, bool references_are_numbers) {
  int depth = 0;
  bool only_numbers = references_are_numbers;
  bool is_condition = false;
  for (std::size_t i = 0; i < sql.size();) {
    const char c = sql[i];
    if (c == '\'') {
      only_numbers = false;
      for (++i; i < sql.size() && sql[i] != '\''; ++i) {
      }
      ++i;
    } else if (std::isalpha(static_cast<unsigned char>(c)) || c == '_') {
      std::size_t end = i;
      while (end < sql.size() && (std::isalnum(static_cast<unsigned char>(sql[end])) || sql[end] == '_')) ++end;
      const std::string word = lower_case(sql.substr(i, end - i));
      // The branches of a case may be anything.
      if (word == "case" || word == "select") return std::nullopt;
      if (contains(condition_words, word)) {
        is_condition = is_condition || depth == 0;
      } else if (!contains(number_functions, word) && !contains(number_words, word)) {
        only_numbers = false;
      }
      i = end;
    } else {
      if (c == '(') ++depth;
      if (c == ')') --depth;
      if ((c == '=' || c == '<' || c == '>') && depth == 0) is_condition = true;
      if (c == '"' || c == '|' || c == '`' || c == '[') only_numbers = false;
      ++i;
    }
  }
  if (is_condition) return ValueType::boolean;
  if (only_numbers) return ValueType::number;
  return std::nullopt;
}

class Types {
 public:
  explicit Types(Draft& draft) : draft_(draft) {}

  ValueType of(View& view, Dimension& dimension) {
    const auto [state, is_new] = states_.emplace(&dimension, State::running);
    // A cycle is reported elsewhere.
    if (!is_new) return dimension.type;
    if (++depth_ <= depth_max) dimension.type = inferred(view, dimension);
    --depth_;
    state->second = State::done;
    return dimension.type;
  }

 private:
  enum class State { running, done };
  static constexpr int depth_max = 200;

  ValueType inferred(View& view, Dimension& dimension) {
    const std::string path = (view.alias_of.empty() ? view.name : view.alias_of) + "." + dimension.name;
    if (dimension.sql.empty() || draft_.places.has(path + "/type")) return dimension.type;
    const auto found = references(dimension.sql);
    if (found.size() == 1 && found[0].length == dimension.sql.size() && !found[0].timeframe) {
      if (auto type = type_of(view, found[0])) return *type;
    }
    if (!dimension.timeframes.empty()) return ValueType::timestamp;
    if (const auto type = type_of_format(dimension.format)) return *type;
    const bool numbers = std::all_of(found.begin(), found.end(), [&](const Reference& reference) {
      return !reference.timeframe && type_of(view, reference) == ValueType::number;
    });
    const std::string words = replace_references(dimension.sql, [](const Reference&) { return std::string(" 0 "); });
    return type_of_words(words, numbers).value_or(ValueType::text);
  }

  std::optional<ValueType> type_of(View& view, const Reference& reference) {
    View* other = reference.view.empty() ? &view : draft_.view(reference.view);
    if (other == nullptr) return std::nullopt;
    for (Dimension& dimension : other->dimensions) {
      if (dimension.name == reference.field) return of(*other, dimension);
    }
    return std::nullopt;
  }

  Draft& draft_;
  std::map<const Dimension*, State> states_ = {};
  int depth_ = 0;
};

}  // namespace

void infer_types(Draft& draft) {
  Types types(draft);
  for (View& view : draft.model.views) {
    for (Dimension& dimension : view.dimensions) types.of(view, dimension);
  }
}

}  // namespace analyst
