#include "compile/expression.h"

#include <algorithm>
#include <span>

#include "model/reference.h"

namespace analyst {

namespace {

// Deeper is a cycle, or a model nobody can read.
constexpr int expression_depth_max = 32;
// References grow exponentially in a hostile model; no honest expression comes near this.
constexpr std::size_t sql_length_max = 256 * 1024;

constexpr date::sys_seconds zone_from = date::sys_days(date::year(1970) / 1 / 1);
constexpr date::sys_seconds zone_until = date::sys_days(date::year(2038) / 1 / 1);

date::sys_seconds instant_of(const std::string& text) {
  const auto part = [&](std::size_t at, std::size_t size) { return std::stoi(text.substr(at, size)); };
  const date::sys_days day = date::year(part(0, 4)) / date::month(static_cast<unsigned>(part(5, 2))) /
                             date::day(static_cast<unsigned>(part(8, 2)));
  return day + std::chrono::hours(part(11, 2)) + std::chrono::minutes(part(14, 2)) + std::chrono::seconds(part(17, 2));
}

}  // namespace

bool divides(std::string_view sql) {
  char quote = 0;
  for (std::size_t at = 0; at < sql.size(); ++at) {
    const char c = sql[at];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"' || c == '`') {
      quote = c;
    } else if (c == '-' && sql.substr(at, 2) == "--") {
      at = std::min(sql.find('\n', at), sql.size());
    } else if (c == '/' && sql.substr(at, 2) == "/*") {
      at = std::min(sql.find("*/", at + 2), sql.size() - 1) + 1;
    } else if (c == '/') {
      return true;
    }
  }
  return false;
}

bool is_period(Timeframe timeframe) {
  switch (timeframe) {
    case Timeframe::second:
    case Timeframe::minute:
    case Timeframe::hour:
    case Timeframe::date:
    case Timeframe::week:
    case Timeframe::month:
    case Timeframe::quarter:
    case Timeframe::year:
      return true;
    default:
      return false;
  }
}

ValueType type_of(const Dimension& dimension, std::optional<Timeframe> timeframe) {
  if (!timeframe) return dimension.type;
  switch (*timeframe) {
    case Timeframe::raw:
      return dimension.type;
    case Timeframe::second:
    case Timeframe::minute:
    case Timeframe::hour:
      return ValueType::timestamp;
    case Timeframe::date:
    case Timeframe::week:
    case Timeframe::month:
    case Timeframe::quarter:
    case Timeframe::year:
      return ValueType::date;
    case Timeframe::day_of_week_name:
    case Timeframe::month_name:
      return ValueType::text;
    case Timeframe::day_of_week_num:
    case Timeframe::day_of_month:
    case Timeframe::day_of_year:
    case Timeframe::hour_of_day:
    case Timeframe::month_num:
    case Timeframe::quarter_of_year:
      return ValueType::number;
  }
  return dimension.type;
}

void Expressions::narrow(const FieldName& field, const Interval& interval) {
  Interval& known = intervals_[{field.view, field.field}];
  if (known.from < interval.from) known.from = interval.from;
  if (known.until.empty() || (!interval.until.empty() && interval.until < known.until)) known.until = interval.until;
}

std::string Expressions::on_wall_clock(const FieldName& name, const std::string& timestamp) {
  date::sys_seconds from = zone_from;
  date::sys_seconds until = zone_until;
  if (const auto found = intervals_.find({name.view, name.field}); found != intervals_.end()) {
    if (!found->second.from.empty()) from = std::max(from, instant_of(found->second.from));
    if (!found->second.until.empty()) until = std::min(until, instant_of(found->second.until));
  }
  const std::vector<Zone::Offset> offsets = zone_.offsets(from, until);
  const auto tree = [&](const auto& self, std::span<const Zone::Offset> part) -> std::string {
    if (part.size() == 1) return bindings_.bind(part.front().offset);
    const std::size_t middle = part.size() / 2;
    const std::string change = bindings_.bind(date::format("%F %T", part[middle].starts));
    return "CASE WHEN " + timestamp + " < " + change + " THEN " + self(self, part.first(middle)) + " ELSE " +
           self(self, part.subspan(middle)) + " END";
  };
  const std::string offset = tree(tree, std::span(offsets));
  return dialect_.shifted(timestamp, offsets.size() == 1 ? offset : "(" + offset + ")");
}

Expression Expressions::dimension(const FieldName& name, int depth) {
  const View* view = model_.view(name.view);
  const Dimension* dimension = view ? view->any_dimension(name.field) : nullptr;
  if (!dimension) {
    // The name comes from the model, not from the user, who may not be allowed to know it.
    throw Error(Errc::bad_query, "The model refers to a field that does not exist for this user.");
  }
  Expression raw;
  if (dimension->sql.empty()) {
    raw.sql = dialect_.quoted(view->name) + "." +
              dialect_.quoted(dimension->column.empty() ? dimension->name : dimension->column);
  } else {
    raw = expand(view->name, dimension->sql, false, depth + 1);
    raw.sql = "(" + raw.sql + ")";
  }
  raw.views.insert(view->name);
  if (!name.timeframe || *name.timeframe == Timeframe::raw) return raw;
  if (dimension->type != ValueType::date && dimension->type != ValueType::timestamp) {
    throw Error(Errc::bad_query, name.view + "." + name.field + " is neither a date nor a time: it has no timeframes.");
  }
  if (dimension->type == ValueType::timestamp && !zone_.is_utc()) raw.sql = on_wall_clock(name, raw.sql);
  raw.sql = "(" + dialect_.timeframe(*name.timeframe, raw.sql) + ")";
  if (raw.sql.size() > sql_length_max) throw Error(Errc::too_large, "The SQL of a field of the model is too long.");
  return raw;
}

Expression Expressions::expand(const std::string& home, const std::string& sql, bool real, int depth) {
  if (depth > expression_depth_max) throw Error(Errc::bad_query, "The fields of the model refer to each other in a circle.");
  Expression result;
  result.sql = replace_references(sql, [&](const Reference& reference) {
    const FieldName name{reference.view.empty() ? home : reference.view, reference.field, reference.timeframe};
    const View* view = model_.view(name.view);
    if (view && !view->any_dimension(name.field) && view->any_measure(name.field)) {
      throw Error(Errc::bad_query, "The model uses the measure " + name.to_string() + " where a dimension must stand.");
    }
    Expression part = dimension(name, depth);
    result.views.insert(part.views.begin(), part.views.end());
    const bool number = view->any_dimension(name.field)->type == ValueType::number && !name.timeframe;
    return real && number ? dialect_.as_real(part.sql) : part.sql;
  });
  // What follows must not become part of a comment.
  if (sql.find("--") != std::string::npos) result.sql += "\n";
  if (result.sql.size() > sql_length_max) throw Error(Errc::too_large, "The SQL of a field of the model is too long.");
  return result;
}

}  // namespace analyst
