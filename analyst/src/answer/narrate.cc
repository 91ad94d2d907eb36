#include "answer/narrate.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "answer/format.h"
#include "answer/line.h"
#include "plan/clarify.h"
#include "plan/describe.h"
#include "plan/lexicon.h"

namespace analyst::answering {
namespace {

using planning::Date;
using planning::escape_markdown;
using planning::Period;
using planning::PlannedQuery;

constexpr std::size_t points_max = 8;
constexpr std::size_t pivot_columns_max = 8;
constexpr std::size_t measures_told_max = 3;

// Adds up over groups, so that a share of the total means something.
bool is_additive(const Model& model, const FieldName& name) {
  const Measure* measure = planning::measure_of(model, name);
  return measure && (measure->aggregate == Aggregate::sum || measure->aggregate == Aggregate::count);
}

class Narrator {
 public:
  Narrator(const Model& model, const planning::Reading& reading, const std::vector<QueryResult>& results, Date today)
      : model_(model), reading_(reading), results_(results), today_(today) {
    for (std::size_t i = 1; i < reading.queries.size() && i < results.size(); ++i) {
      if (!results[i].error.empty()) continue;
      if (reading.queries[i].role == PlannedQuery::Role::total) total_ = i;
      if (reading.queries[i].role == PlannedQuery::Role::earlier) earlier_ = i;
    }
    const auto& columns = main().columns;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].is_measure) {
        measures_.push_back(i);
      } else if (columns[i].name.timeframe && planning::unit_of(*columns[i].name.timeframe)) {
        times_.push_back(i);
      } else {
        groups_.push_back(i);
      }
    }
    for (const auto& [name, filter] : main().query.filters) {
      if (filter.type == Filter::Type::date && !filter.is_negative) {
        if (const auto period = planning::from_filter(filter)) {
          period_ = period;
          period_field_ = name;
        }
      }
    }
  }

  Narrative run() {
    if (!main().error.empty()) {
      failed();
    } else if (main().rows.rows.empty()) {
      add(out_.headline, line().text("No rows match the conditions below."));
      compare_with_nothing();
    } else if (measures_.empty()) {
      list();
    } else if (times_.empty() && groups_.empty()) {
      numbers();
    } else if (earlier_) {
      changes();
    } else if (is_series() && groups_.empty()) {
      series(line(), 0, all_rows(0), measures_.front(), "");
    } else if (is_series()) {
      series_by_group();
    } else {
      ranking();
    }
    if (out_.table.empty()) table();
    footer();
    return std::move(out_);
  }

 private:
  const QueryResult& main() const { return results_.front(); }
  Line line() { return Line(results_, out_.words); }
  static void add(std::vector<Sentence>& list, const Line& line) { list.push_back(line.done()); }
  const Value& value(const Cell& cell) const { return results_[cell.result].rows.rows[cell.row][cell.column]; }
  bool has_number(const Cell& cell) const { return is_number(value(cell)); }
  double number(const Cell& cell) const { return to_number(value(cell)); }
  std::string label(std::size_t column) const { return escape_markdown(main().columns[column].label); }

  std::vector<std::size_t> all_rows(std::size_t result) const {
    std::vector<std::size_t> rows(results_[result].rows.rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i;
    return rows;
  }

  // In time order, as a development is told.
  bool is_series() const {
    if (times_.size() != 1) return false;
    const auto& sorts = main().query.sorts;
    return !sorts.empty() && !sorts.front().descending &&
           sorts.front().column == main().columns[times_.front()].name.to_string();
  }

  std::string period_words(const Period& period) const { return planning::in_words(period, today_); }

  // ---- Numbers alone ----

  void failed() {
    add(out_.headline, line().text("The query for this answer failed: ").words(escape_markdown(main().error)));
  }

  void compare_with_nothing() {
    if (earlier_ && !results_[*earlier_].rows.rows.empty())
      add(out_.headline, line().text("The earlier period has rows."));
  }

  void numbers() {
    for (std::size_t i = 0; i < measures_.size(); ++i) {
      const Cell now{0, 0, measures_[i]};
      Line told = line();
      if (!has_number(now)) {
        add(out_.headline,
            told.text("There is no value for **").words(label(measures_[i])).text("** under the conditions below."));
        continue;
      }
      told.text("**").words(label(measures_[i])).text("**: **").cell(now).text("**");
      if (period_) told.text(is_closed(*period_) ? " in " : " ").words(period_words(*period_));
      if (earlier_) against(told, now, {*earlier_, 0, measures_[i]});
      add(out_.headline, told.text("."));
    }
    if (earlier_) unfinished_comparison();
  }

  static bool is_closed(const Period& period) { return period.from && period.until; }

  std::optional<Period> earlier_period() const {
    for (const auto& [name, filter] : results_[*earlier_].query.filters) {
      if (period_field_ && name == *period_field_) return planning::from_filter(filter);
    }
    return {};
  }

  void against(Line& told, const Cell& now, const Cell& then) {
    if (results_[then.result].rows.rows.size() <= then.row || !has_number(then)) {
      told.text("; there is nothing earlier to compare it with");
      return;
    }
    told.text(", against ").cell(then);
    if (const auto period = earlier_period()) told.text(" in ").words(period_words(*period));
    told.text(": ");
    difference(told, now, then);
  }

  void difference(Line& told, const Cell& now, const Cell& then) {
    if (number(now) == number(then)) {
      told.text("unchanged");
      return;
    }
    told.text(number(now) > number(then) ? "a rise of " : "a fall of ").difference(now, then);
    if (number(then) != 0) told.text(" (").change(now, then).text(")");
  }

  void unfinished_comparison() {
    if (!period_ || !is_closed(*period_) || !(*period_->from <= today_ && today_ < *period_->until)) return;
    add(out_.headline, line()
                           .words(planning::in_words(*period_, Date::min()))
                           .text(" is not over yet, so the comparison is with a whole period."));
  }

  // ---- Over time ----

  std::optional<Period> piece(const Cell& cell) const {
    const auto* text = std::get_if<std::string>(&value(cell));
    const auto unit = planning::unit_of(*results_[cell.result].columns[cell.column].name.timeframe);
    const auto start = text && unit ? planning::parse_piece(*text) : std::nullopt;
    if (!start) return {};
    return planning::whole(*unit, *start);
  }

  bool is_complete(const Period& piece) const {
    if (*piece.until > today_) return false;
    if (!period_) return true;
    return (!period_->from || *piece.from >= *period_->from) && (!period_->until || *piece.until <= *period_->until);
  }

  // Tells the development of one measure over `rows` of a result. Returns whether there was one to tell.
  bool series(Line told, std::size_t result, const std::vector<std::size_t>& rows, std::size_t measure,
              const std::string& who) {
    const std::size_t time = times_.front();
    const std::size_t measure_column = column_in(result, measure);
    const std::size_t time_column = column_in(result, time);
    std::vector<std::size_t> whole_rows;
    std::vector<std::size_t> partial;
    for (const std::size_t row : rows) {
      if (!has_number({result, row, measure_column})) continue;
      const auto here = piece({result, row, time_column});
      (here && is_complete(*here) ? whole_rows : partial).push_back(row);
    }
    auto& list = who.empty() ? out_.headline : out_.points;
    if (whole_rows.size() >= 2) {
      const Cell first{result, whole_rows.front(), measure_column};
      const Cell last{result, whole_rows.back(), measure_column};
      told.text("**")
          .words(who.empty() ? label(measure) : who)
          .text("** went from ")
          .cell(first)
          .text(" in ")
          .cell({result, first.row, time_column});
      told.text(" to ").cell(last).text(" in ").cell({result, last.row, time_column}).text(": ");
      difference(told, last, first);
      if (who.empty()) {
        add(list, told.text("."));
        told = line();
      } else {
        told.text("; ");
      }
      const auto by_value = [&](std::size_t a, std::size_t b) {
        return number({result, a, measure_column}) < number({result, b, measure_column});
      };
      const std::size_t high = *std::max_element(whole_rows.begin(), whole_rows.end(), by_value);
      const std::size_t low = *std::min_element(whole_rows.begin(), whole_rows.end(), by_value);
      if (number({result, high, measure_column}) != number({result, low, measure_column})) {
        told.text(who.empty() ? "It was highest in " : "highest in ")
            .cell({result, high, time_column})
            .text(" with ")
            .highest({result, high, measure_column}, whole_rows);
        told.text(" and lowest in ")
            .cell({result, low, time_column})
            .text(" with ")
            .lowest({result, low, measure_column}, whole_rows);
        add(list, told.text("."));
      } else if (!who.empty()) {
        add(list, told.text("the same throughout."));
      }
    } else if (whole_rows.size() == 1) {
      told.text("**")
          .words(who.empty() ? label(measure) : who)
          .text("** was ")
          .cell({result, whole_rows.front(), measure_column});
      add(list, told.text(" in ").cell({result, whole_rows.front(), time_column}).text("."));
    }
    if (!who.empty()) return !whole_rows.empty();
    for (const std::size_t row : partial) {
      const auto here = piece({result, row, time_column});
      Line more = line();
      more.cell({result, row, time_column});
      const bool running = here && *here->from <= today_ && today_ < *here->until;
      more.text(running ? " is not over and left out of that; it has "
                        : " lies only in part within the time asked for and is left out of that; it has ");
      add(list, more.cell({result, row, measure_column}).text(running ? " so far." : "."));
    }
    return !whole_rows.empty() || !partial.empty();
  }

  // The column of another result that is the main result's `column`.
  std::size_t column_in(std::size_t result, std::size_t column) const {
    const FieldName& name = main().columns[column].name;
    const auto& columns = results_[result].columns;
    const auto found =
        std::find_if(columns.begin(), columns.end(), [&](const ResultColumn& each) { return each.name == name; });
    return static_cast<std::size_t>(found - columns.begin());
  }

  std::string group_words(std::size_t result, std::size_t row) const {
    std::string words;
    for (const std::size_t group : groups_) {
      const std::size_t column = column_in(result, group);
      words += (words.empty() ? "" : ", ") +
               in_markdown(results_[result].rows.rows[row][column], results_[result].columns[column]);
    }
    return words;
  }

  void series_by_group() {
    if (total_) series(line().text("In total, "), *total_, all_rows(*total_), measures_.front(), "");
    std::vector<std::pair<std::string, std::vector<std::size_t>>> by_group;
    for (const std::size_t row : all_rows(0)) {
      const auto words = group_words(0, row);
      auto found =
          std::find_if(by_group.begin(), by_group.end(), [&](const auto& each) { return each.first == words; });
      if (found == by_group.end()) found = by_group.insert(by_group.end(), {words, {}});
      found->second.push_back(row);
    }
    const auto last = [&](const std::vector<std::size_t>& rows) { return number({0, rows.back(), measures_.front()}); };
    auto told = by_group;
    std::stable_sort(told.begin(), told.end(),
                     [&](const auto& a, const auto& b) { return last(a.second) > last(b.second); });
    for (std::size_t i = 0; i < told.size() && i < points_max; ++i)
      series(line(), 0, told[i].second, measures_.front(), told[i].first);
    if (told.size() > points_max) add(out_.points, line().text("The other groups are in the table."));
    pivot(by_group);
  }

  // One line a period, one column a group.
  void pivot(const std::vector<std::pair<std::string, std::vector<std::size_t>>>& by_group) {
    if (by_group.size() < 2 || by_group.size() > pivot_columns_max || measures_.size() != 1) return;
    std::vector<std::size_t> periods;
    std::map<std::pair<std::string, std::string>, std::size_t> at;
    const auto key = [&](std::size_t row) { return planning::plain(value({0, row, times_.front()})); };
    for (const std::size_t row : all_rows(0)) {
      if (periods.empty() || key(periods.back()) != key(row)) periods.push_back(row);
      at[{key(row), group_words(0, row)}] = row;
    }
    Line head = line();
    head.text("| ").words(label(times_.front())).text(" |");
    for (const auto& [words, rows] : by_group) head.text(" ").words(words).text(" |");
    add(out_.table, head);
    Line rule = line();
    rule.text("| :-- |");
    for (std::size_t i = 0; i < by_group.size(); ++i) rule.text(" --: |");
    add(out_.table, rule);
    const std::size_t from = periods.size() > table_rows_max ? periods.size() - table_rows_max : 0;
    for (std::size_t i = from; i < periods.size(); ++i) {
      Line row = line();
      row.text("| ").cell({0, periods[i], times_.front()}).text(" |");
      for (const auto& [words, rows] : by_group) {
        const auto found = at.find({key(periods[i]), words});
        if (found == at.end()) {
          row.text(" – |");
        } else {
          row.text(" ").cell({0, found->second, measures_.front()}).text(" |");
        }
      }
      add(out_.table, row);
    }
    if (from > 0)
      add(out_.footer, line().text("The table shows the last periods; the full result is in the query's CSV."));
  }

  // ---- Groups ----

  void name_of(Line& told, std::size_t row) {
    bool first = true;
    for (const auto* list : {&times_, &groups_}) {
      for (const std::size_t column : *list) {
        if (!first) told.text(", ");
        told.cell({0, row, column});
        first = false;
      }
    }
  }

  // Additive over all rows, and the total is there.
  std::optional<Cell> total_of(std::size_t measure) const {
    if (!total_ || results_[*total_].rows.rows.empty() || !is_additive(model_, main().columns[measure].name)) return {};
    const std::size_t column = column_in(*total_, measure);
    if (column >= results_[*total_].columns.size()) return {};
    const Cell cell{*total_, 0, column};
    if (!has_number(cell) || number(cell) <= 0) return {};
    return cell;
  }

  std::size_t ranked_measure() const {
    const auto& sorts = main().query.sorts;
    for (const std::size_t measure : measures_) {
      if (!sorts.empty() && sorts.front().column == main().columns[measure].name.to_string()) return measure;
    }
    return measures_.front();
  }

  void ranking() {
    const std::size_t measure = ranked_measure();
    const bool ascending = !main().query.sorts.empty() && !main().query.sorts.front().descending &&
                           main().query.sorts.front().column == main().columns[measure].name.to_string();
    std::vector<std::size_t> rows = all_rows(0);
    std::erase_if(rows, [&](std::size_t row) { return !has_number({0, row, measure}); });
    if (rows.empty())
      return add(out_.headline,
                 line().text("There is no value for **").words(label(measure)).text("** under the conditions below."));
    const auto by_value = [&](std::size_t a, std::size_t b) {
      return number({0, a, measure}) < number({0, b, measure});
    };
    auto sorted = rows;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [&](std::size_t a, std::size_t b) { return ascending ? by_value(a, b) : by_value(b, a); });
    const Cell best{0, sorted.front(), measure};
    Line told = line();
    told.text("**");
    name_of(told, best.row);
    told.text(ascending ? "** has the lowest " : "** has the highest ").words(label(measure)).text(": **");
    if (ascending) {
      told.lowest(best, rows);
    } else {
      told.highest(best, rows);
    }
    told.text("**");
    const auto total = total_of(measure);
    if (total) told.text(", ").share(best, *total).text(" of the total of ").cell(*total);
    add(out_.headline, told.text("."));
    if (sorted.size() >= 2) {
      Line then = line();
      then.text(sorted.size() == 2 ? "The other is " : "Next: ");
      for (std::size_t i = 1; i < sorted.size() && i <= 2; ++i) {
        if (i > 1) then.text(" and ");
        then.text("**");
        name_of(then, sorted[i]);
        then.text("** with ").cell({0, sorted[i], measure});
      }
      add(out_.headline, then.text("."));
    }
    const bool is_all =
        main().rows.rows.size() < static_cast<std::size_t>(main().query.limit) && !main().rows.truncated;
    if (is_all && sorted.size() > 3) {
      const Cell end{0, sorted.back(), measure};
      Line last = line();
      last.text(ascending ? "The highest of all " : "The lowest of all ").row_count(0).text(" is **");
      name_of(last, end.row);
      last.text("** with ");
      if (ascending) {
        last.highest(end, rows);
      } else {
        last.lowest(end, rows);
      }
      add(out_.headline, last.text("."));
    }
    for (const std::size_t other : measures_) {
      if (other == measure || !total_) continue;
      if (const auto sum = total_of(other)) {
        add(out_.headline, line().text("In total, **").words(label(other)).text("** is ").cell(*sum).text("."));
      }
    }
  }

  void list() {
    Line told = line();
    const bool cut = main().rows.rows.size() >= static_cast<std::size_t>(main().query.limit) || main().rows.truncated;
    if (main().rows.rows.size() == 1) {
      told.text("There is one row: **");
      name_of(told, 0);
      add(out_.headline, told.text("**."));
      return;
    }
    told.text(cut ? "The first **" : "There are **")
        .row_count(0)
        .text(cut ? "** rows are listed; there may be more." : "** rows.");
    add(out_.headline, told);
  }

  // ---- Groups against an earlier period ----

  std::string key_of(std::size_t result, std::size_t row) const {
    std::string key;
    for (const std::size_t group : groups_)
      key += planning::plain(value({result, row, column_in(result, group)})) + '\x1f';
    for (const std::size_t time : times_) key += place_in_period(result, row, column_in(result, time)) + '\x1f';
    return key;
  }

  // The first month of one period stands against the first of the other.
  std::string place_in_period(std::size_t result, std::size_t row, std::size_t column) const {
    const auto here = piece({result, row, column});
    const auto period = result == 0 ? period_ : earlier_period();
    const auto unit = planning::unit_of(*results_[result].columns[column].name.timeframe);
    if (!here || !period || !period->from || !unit) return planning::plain(value({result, row, column}));
    Date start = planning::start_of(*unit, *period->from);
    int place = 0;
    for (; start < *here->from && place < 10'000; ++place) start = planning::plus(start, *unit, 1);
    return std::to_string(place);
  }

  void changes() {
    const std::size_t measure = ranked_measure();
    const std::size_t then_column = column_in(*earlier_, measure);
    std::map<std::string, std::size_t> then_rows;
    for (const std::size_t row : all_rows(*earlier_)) then_rows.emplace(key_of(*earlier_, row), row);
    std::vector<std::pair<Cell, std::optional<Cell>>> pairs;
    for (const std::size_t row : all_rows(0)) {
      const auto found = then_rows.find(key_of(0, row));
      std::optional<Cell> then;
      if (found != then_rows.end()) then = Cell{*earlier_, found->second, then_column};
      if (then && !has_number(*then)) then.reset();
      pairs.emplace_back(Cell{0, row, measure}, then);
    }
    const auto rise = [&](const auto& pair) { return number(pair.first) - number(*pair.second); };
    auto moved = pairs;
    std::erase_if(moved, [&](const auto& pair) { return !pair.second || !has_number(pair.first); });
    std::stable_sort(moved.begin(), moved.end(), [&](const auto& a, const auto& b) { return rise(a) > rise(b); });
    const auto tell = [&](const auto& pair, const char* how) {
      Line told = line();
      told.words(label(measure)).text(how);
      name_of(told, pair.first.row);
      told.text("**: ").cell(pair.first).text(" against ").cell(*pair.second).text(", ");
      difference(told, pair.first, *pair.second);
      add(out_.headline, told.text("."));
    };
    if (!moved.empty() && rise(moved.front()) > 0) tell(moved.front(), " rose most for **");
    if (!moved.empty() && rise(moved.back()) < 0) tell(moved.back(), " fell most for **");
    if (moved.empty()) add(out_.headline, line().text("The earlier period has none of these groups to compare with."));
    if (!moved.empty() && out_.headline.empty())
      add(out_.headline, line().text("Nothing changed between the two periods."));
    unfinished_comparison();

    Line head = line();
    head.text("|");
    for (const auto* columns : {&times_, &groups_}) {
      for (const std::size_t column : *columns) head.text(" ").words(label(column)).text(" |");
    }
    head.text(" ").words(label(measure));
    if (period_) head.text(", ").words(period_words(*period_));
    head.text(" |");
    if (const auto period = earlier_period()) head.text(" ").words(period_words(*period)).text(" |");
    add(out_.table, head.text(" Change |"));
    Line rule = line();
    rule.text("|");
    for (std::size_t i = 0; i < times_.size() + groups_.size(); ++i) rule.text(" :-- |");
    add(out_.table, rule.text(" --: | --: | --: |"));
    for (std::size_t i = 0; i < pairs.size() && i < table_rows_max; ++i) {
      const auto& [now, then] = pairs[i];
      Line row = line();
      row.text("|");
      for (const auto* columns : {&times_, &groups_}) {
        for (const std::size_t column : *columns) row.text(" ").cell({0, now.row, column}).text(" |");
      }
      row.text(" ").cell(now).text(" |");
      if (then) {
        row.text(" ").cell(*then).text(" |");
      } else {
        row.text(" – |");
      }
      if (then && has_number(now) && number(*then) != 0) {
        row.text(" ").change(now, *then).text(" |");
      } else {
        row.text(" – |");
      }
      add(out_.table, row);
    }
    if (pairs.size() > table_rows_max) cut_table(table_rows_max);
    if (measures_.size() > 1)
      add(out_.footer, line().text("The table compares the first measure; the others are in the queries' CSV."));
  }

  // ---- Table and footer ----

  void cut_table(std::size_t shown) {
    const std::string rows = std::to_string(shown);
    add(out_.footer, line()
                         .text("The table shows ")
                         .words(rows)
                         .text(" of ")
                         .row_count(0)
                         .text(" rows; all of them are in the query's CSV."));
  }

  void table() {
    if (!main().error.empty() || main().rows.rows.empty() || (times_.empty() && groups_.empty())) return;
    const auto& columns = main().columns;
    Line head = line();
    Line rule = line();
    head.text("|");
    rule.text("|");
    for (std::size_t i = 0; i < columns.size(); ++i) {
      head.text(" ").words(label(i)).text(" |");
      rule.text(columns[i].is_measure ? " --: |" : " :-- |");
    }
    add(out_.table, head);
    add(out_.table, rule);
    for (std::size_t i = 0; i < main().rows.rows.size() && i < table_rows_max; ++i) {
      Line row = line();
      row.text("|");
      for (std::size_t column = 0; column < columns.size(); ++column) row.text(" ").cell({0, i, column}).text(" |");
      add(out_.table, row);
    }
    if (main().rows.rows.size() > table_rows_max) cut_table(table_rows_max);
  }

  void footer() {
    if (main().rows.truncated) {
      add(out_.footer,
          line().text("The result was cut at the limit of rows or bytes for one query; it is not complete."));
    } else if (!main().rows.rows.empty() && main().rows.rows.size() == static_cast<std::size_t>(main().query.limit) &&
               main().query.limit >= 1'000) {
      add(out_.footer, line().text("The result was cut at ").row_count(0).text(" rows; there may be more."));
    }
    std::vector<std::string> conditions;
    for (const auto& [name, filter] : main().query.filters)
      conditions.push_back(planning::in_words(model_, name, filter, today_));
    const Topic* topic = main().query.topic.empty() ? nullptr : model_.topic(main().query.topic);
    if (topic) {
      for (const ModelFilter& filter : topic->default_filters) {
        const auto dot = filter.field.find('.');
        const FieldName name = dot == std::string::npos
                                   ? FieldName{topic->base_view, filter.field, {}}
                                   : FieldName{filter.field.substr(0, dot), filter.field.substr(dot + 1), {}};
        const auto& filters = main().query.filters;
        const bool replaced = std::any_of(filters.begin(), filters.end(), [&](const auto& each) {
          return each.first.view == name.view && each.first.field == name.field;
        });
        if (!replaced)
          conditions.push_back(planning::in_words(model_, filter, topic->base_view) + " (the topic's default)");
      }
    }
    Line told = line();
    told.text(conditions.empty() ? "Conditions: none" : "Conditions: ");
    for (std::size_t i = 0; i < conditions.size(); ++i) {
      if (i > 0) told.text("; ");
      told.words(escape_markdown(conditions[i]));
    }
    told.text(". ");
    const View* view = model_.view(main().query.table);
    if (topic) {
      told.text("Topic: ").words(escape_markdown(topic->label.empty() ? topic->name : topic->label)).text(".");
    } else if (view) {
      told.text("Asked of: ").words(escape_markdown(view->label)).text(".");
    }
    add(out_.footer, told);
    for (const auto& note : reading_.notes) add(out_.footer, line().words(escape_markdown(note)));
    for (std::size_t i = 1; i < results_.size(); ++i) {
      if (results_[i].error.empty()) continue;
      add(out_.footer, line()
                           .text("The query \"")
                           .words(escape_markdown(reading_.queries[i].name))
                           .text("\" failed: ")
                           .words(escape_markdown(results_[i].error)));
    }
  }

  const Model& model_;
  const planning::Reading& reading_;
  const std::vector<QueryResult>& results_;
  const Date today_;
  Narrative out_;
  std::optional<std::size_t> total_;
  std::optional<std::size_t> earlier_;
  std::vector<std::size_t> times_;
  std::vector<std::size_t> groups_;
  std::vector<std::size_t> measures_;
  std::optional<Period> period_;
  std::optional<FieldName> period_field_;
};

}  // namespace

Narrative narrate(const Model& model, const planning::Reading& reading, const std::vector<QueryResult>& results,
                  Date today) {
  return Narrator(model, reading, results, today).run();
}

}  // namespace analyst::answering
