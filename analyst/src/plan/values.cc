#include "plan/values.h"

#include <algorithm>
#include <utility>

#include "plan/lexicon.h"
#include "plan/scope.h"
#include "plan/text.h"

namespace analyst::planning {
namespace {

constexpr std::size_t places_max = 24;
constexpr std::size_t texts_max = 400;
constexpr std::size_t common_values_max = 200;
constexpr std::chrono::milliseconds time_max = std::chrono::seconds(5);

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  return text;
}

std::string capitalised(std::string text, bool every_word) {
  bool at_start = true;
  for (char& c : text) {
    if (at_start && c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    at_start = every_word && (c == ' ' || c == '-' || c == '/');
  }
  return text;
}

}  // namespace

struct DatabaseValues::Place {
  FieldName field = {};
  Scope scope = {};
};

std::vector<std::string> spellings(const std::string& text) {
  std::vector<std::string> words = {text};
  const std::string low = lower(text);
  const auto space = low.rfind(' ');
  const std::string head = space == std::string::npos ? "" : low.substr(0, space + 1);
  const std::string last = space == std::string::npos ? low : low.substr(space + 1);
  const std::string one = singular(last);
  std::vector<std::string> lows = {low, head + one, head + one + "s"};
  if (one.size() > 1 && one.ends_with("y")) lows.push_back(head + one.substr(0, one.size() - 1) + "ies");
  if (one.ends_with("s") || one.ends_with("x") || one.ends_with("ch") || one.ends_with("sh"))
    lows.push_back(head + one + "es");
  for (const auto& each : std::vector<std::string>(lows)) {
    const auto at = each.find(" and ");
    if (at != std::string::npos) lows.push_back(each.substr(0, at) + " & " + each.substr(at + 5));
  }
  for (const auto& each : lows) {
    for (auto& form : {each, capitalised(each, true), capitalised(each, false), upper(each)}) {
      if (std::find(words.begin(), words.end(), form) == words.end()) words.push_back(form);
    }
  }
  return words;
}

DatabaseValues::DatabaseValues(const Model& visible_model, Database& database, const Question& question,
                               const User& user, std::stop_token stop)
    : model_(visible_model), database_(database), question_(question), user_(user), stop_(std::move(stop)) {}

std::vector<DatabaseValues::Place> DatabaseValues::places() const {
  std::vector<Place> out;
  const auto all = scopes(model_, user_, question_.topic);
  for (const View& view : model_.views) {
    if (view.hidden) continue;
    for (const Dimension& dimension : view.dimensions) {
      if (dimension.hidden || dimension.primary_key || dimension.type != ValueType::text) continue;
      const FieldName name{view.name, dimension.name, {}};
      // Where the fewest joins are needed: a single view comes first among scopes.
      const auto scope =
          std::find_if(all.begin(), all.end(), [&](const Scope& each) { return each.has(model_, name); });
      if (scope != all.end() && out.size() < places_max) out.push_back({name, *scope});
    }
  }
  return out;
}

std::vector<FoundValue> DatabaseValues::run(const Place& place, const std::vector<std::string>& texts,
                                            std::size_t limit) {
  SemanticQuery query;
  query.model_id = model_.id;
  query.table = place.scope.table;
  query.topic = place.scope.topic ? place.scope.topic->name : "";
  query.fields = {place.field};
  query.limit = static_cast<int>(limit);
  if (!texts.empty()) {
    Filter filter;
    filter.type = Filter::Type::string;
    filter.kind = Filter::Kind::equals;
    for (const auto& text : texts) filter.values.emplace_back(text);
    query.filters.emplace_back(place.field, std::move(filter));
  }
  std::vector<FoundValue> found;
  try {
    const auto compiled = compile(model_, query, user_, {question_.now}, database_.dialect());
    const Limits limits{.time = std::min(question_.limits.time, time_max), .rows = limit, .bytes = 4 * 1024 * 1024};
    for (const auto& row : database_.run(compiled.statement, limits, stop_).rows) {
      if (row.empty()) continue;
      if (const auto* text = std::get_if<std::string>(&row.front())) found.push_back({place.field, *text});
    }
  } catch (const Error& error) {
    // A column too slow to look through leaves the word not understood, which the answer says. Permissions, stopping
    // and a broken database are not the planner's to swallow.
    if (error.code() != Errc::too_large) throw;
  }
  return found;
}

std::vector<FoundValue> DatabaseValues::find(const std::vector<std::string>& texts) {
  std::vector<std::string> all;
  for (const auto& text : texts) {
    for (auto& spelling : spellings(text)) {
      if (all.size() < texts_max && std::find(all.begin(), all.end(), spelling) == all.end())
        all.push_back(std::move(spelling));
    }
  }
  std::vector<FoundValue> found;
  for (const Place& place : places()) {
    auto here = run(place, all, texts_max);
    found.insert(found.end(), std::make_move_iterator(here.begin()), std::make_move_iterator(here.end()));
  }
  return found;
}

std::vector<FoundValue> DatabaseValues::common() {
  std::vector<FoundValue> found;
  for (const Place& place : places()) {
    auto here = run(place, {}, common_values_max + 1);
    if (here.size() > common_values_max) continue;
    found.insert(found.end(), std::make_move_iterator(here.begin()), std::make_move_iterator(here.end()));
  }
  return found;
}

}  // namespace analyst::planning
