#include "plan/ask.h"

#include <nlohmann/json.hpp>

#include "plan/describe.h"
#include "plan/shop_model.h"

namespace shop_test {
namespace {

using analyst::Filter;
using analyst::SemanticQuery;

std::string condition(const Filter& filter) {
  using Kind = Filter::Kind;
  std::string values;
  for (const auto& value : filter.values) values += (values.empty() ? "" : "|") + analyst::planning::plain(value);
  const std::string no = filter.is_negative ? "!" : "";
  if (filter.type == Filter::Type::date) {
    switch (filter.kind) {
      case Kind::time_for_interval_duration:
        return no + "= " + filter.left + " + " + filter.right;
      case Kind::on_or_after:
        return no + ">= " + filter.left;
      case Kind::before:
        return no + "< " + filter.left;
      default:
        return no + "? " + filter.left;
    }
  }
  if (filter.type == Filter::Type::composite) {
    std::string out;
    for (const auto& part : filter.filters)
      out += (out.empty() ? "" : filter.kind == Kind::any_of ? " or " : " and ") + condition(part);
    return no + "(" + out + ")";
  }
  switch (filter.kind) {
    case Kind::greater_than:
      return no + "> " + values;
    case Kind::less_than:
      return no + "< " + values;
    case Kind::between:
      return no + "between " + values;
    case Kind::contains:
      return no + "contains " + values;
    case Kind::starts_with:
      return no + "starts " + values;
    case Kind::ends_with:
      return no + "ends " + values;
    default:
      return no + "= " + values;
  }
}

std::string written(const SemanticQuery& query) {
  std::string out = (query.topic.empty() ? query.table : query.topic) + ": ";
  for (std::size_t i = 0; i < query.fields.size(); ++i) out += (i > 0 ? ", " : "") + query.fields[i].to_string();
  for (const auto& [name, filter] : query.filters) out += " | " + name.to_string() + " " + condition(filter);
  if (!query.sorts.empty()) {
    out += " | by ";
    for (std::size_t i = 0; i < query.sorts.size(); ++i)
      out += (i > 0 ? ", " : "") + query.sorts[i].column + (query.sorts[i].descending ? " desc" : "");
  }
  if (query.limit < 1'000) out += " | " + std::to_string(query.limit);
  return out;
}

}  // namespace

analyst::User everyone() {
  return {.id = "u", .attributes = {{"region", {"all"}}}};
}

std::string written(const analyst::planning::Reading& reading) {
  if (reading.queries.empty()) return "? " + reading.clarification;
  std::string out = written(reading.queries.front().query);
  for (const auto& planned : reading.queries) {
    if (planned.role != analyst::planning::PlannedQuery::Role::earlier) continue;
    for (const auto& [name, filter] : planned.query.filters) {
      if (filter.type == Filter::Type::date) out += " vs " + condition(filter);
    }
  }
  return out;
}

analyst::planning::Reading reading_of(const std::string& prompt, const std::vector<analyst::Turn>& history,
                                      const std::string& topic, const analyst::User& user) {
  static const analyst::Model model = shop_model();
  FixedValues values;
  return analyst::planning::make_reading(model, values,
                                         {.prompt = prompt, .topic = topic, .history = history, .now = now}, user);
}

std::string ask(const std::string& prompt, const std::vector<analyst::Turn>& history, const std::string& topic) {
  return written(reading_of(prompt, history, topic));
}

std::string talk(const std::vector<std::string>& prompts) {
  std::vector<analyst::Turn> history;
  std::string last;
  for (const auto& prompt : prompts) {
    auto reading = reading_of(prompt, history);
    last = written(reading);
    analyst::Turn turn{.prompt = prompt};
    if (!reading.queries.empty()) turn.query = reading.queries.front().query;
    history.push_back(std::move(turn));
  }
  return last;
}

}  // namespace shop_test
