#include "plan/time_phrase.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "plan/words.h"

namespace analyst::planning {
namespace {

using std::chrono::days;

constexpr int count_max = 1'000;

struct Found {
  Period period = {};
  std::optional<Unit> unit = {};
  // A month, quarter or day that was named without its year.
  bool guessed_year = false;
};

class Parser {
 public:
  Parser(const Tokens& tokens, std::size_t at, Date today) : tokens_(tokens), at_(at), today_(today) {}

  std::size_t at() const { return at_; }

  bool word(std::initializer_list<std::string_view> any) {
    if (at_ >= tokens_.size() || tokens_[at_].kind != Token::Kind::word) return false;
    if (std::find(any.begin(), any.end(), tokens_[at_].lower) == any.end()) return false;
    ++at_;
    return true;
  }

  bool words(std::initializer_list<std::string_view> all) {
    const auto start = at_;
    for (const auto each : all) {
      if (!word({each})) {
        at_ = start;
        return false;
      }
    }
    return true;
  }

  std::optional<Unit> unit() {
    if (at_ >= tokens_.size() || tokens_[at_].kind != Token::Kind::word) return {};
    const auto found = parse_unit(tokens_[at_].lower);
    if (found) ++at_;
    return found;
  }

  // A whole number from 1 on, in digits or in words.
  std::optional<int> count() {
    if (at_ >= tokens_.size()) return {};
    const Token& token = tokens_[at_];
    if (token.kind == Token::Kind::number && token.is_integer && !token.has_currency && !token.has_percent &&
        !token.is_ordinal && token.number >= 1 && token.number <= count_max) {
      ++at_;
      return static_cast<int>(token.number);
    }
    const auto spelt = token.kind == Token::Kind::word ? number_word(token.lower) : std::nullopt;
    if (spelt) ++at_;
    return spelt;
  }

  std::optional<int> year() {
    if (at_ >= tokens_.size()) return {};
    const Token& token = tokens_[at_];
    if (token.kind != Token::Kind::number || token.text.size() != 4 || !token.is_integer) return {};
    const int number = static_cast<int>(token.number);
    if (number < 1970 || number > 2099) return {};
    ++at_;
    return number;
  }

  // "this month", "last 8 weeks", "2 months ago", "year to date"
  std::optional<Found> relative() {
    const auto start = at_;
    word({"the"});
    if (word({"today"})) return Found{whole(Unit::day, today_), Unit::day};
    if (word({"yesterday"})) return Found{whole(Unit::day, today_, -1), Unit::day};
    if (word({"ytd"}) || words({"year", "to", "date"}))
      return Found{{start_of(Unit::year, today_), today_ + days(1)}, Unit::year};
    if (word({"qtd"}) || words({"quarter", "to", "date"}))
      return Found{{start_of(Unit::quarter, today_), today_ + days(1)}, Unit::quarter};
    if (word({"mtd"}) || words({"month", "to", "date"}))
      return Found{{start_of(Unit::month, today_), today_ + days(1)}, Unit::month};
    if (word({"wtd"}) || words({"week", "to", "date"}))
      return Found{{start_of(Unit::week, today_), today_ + days(1)}, Unit::week};
    const bool past = at_ < tokens_.size() && tokens_[at_].lower == "past";
    if (word({"this", "current"})) {
      if (const auto of = unit()) return Found{whole(*of, today_), of};
    } else if (word({"last", "past", "previous", "prior", "trailing", "preceding"})) {
      word({"full", "complete"});
      if (const auto number = count()) {
        if (const auto of = unit()) {
          const Date until = start_of(*of, today_);
          return Found{{plus(until, *of, -*number), until}, *number == 1 ? of : std::nullopt};
        }
      } else if (const auto of = unit()) {
        if (!past) return Found{whole(*of, today_, -1), of};
        const Date month = start_of(Unit::month, today_);
        switch (*of) {
          case Unit::day:
            return Found{{today_ - days(1), today_}, of};
          case Unit::week:
            return Found{{today_ - days(7), today_}, {}};
          case Unit::month:
            return Found{{today_ - days(30), today_}, {}};
          case Unit::quarter:
            return Found{{plus(month, Unit::month, -3), month}, {}};
          case Unit::year:
            return Found{{plus(month, Unit::month, -12), month}, {}};
        }
      }
    } else {
      auto number = count();
      if (!number && word({"a", "an"})) number = 1;
      if (number) {
        if (const auto of = unit(); of && word({"ago"})) return Found{whole(*of, today_, -*number), of};
      }
    }
    at_ = start;
    return {};
  }

  // "2024", "March 2025", "5 March", "March 5th, 2025", "Q3 2025", "second half of 2025", "2025-03-01"
  std::optional<Found> absolute() {
    const auto start = at_;
    word({"the"});
    if (at_ < tokens_.size() && tokens_[at_].kind == Token::Kind::date) {
      const auto day = parse_date(tokens_[at_].text);
      if (day) {
        ++at_;
        return Found{whole(Unit::day, *day), Unit::day};
      }
    }
    if (auto found = quarter_or_half()) return found;
    if (auto found = day_and_month()) return found;
    if (const auto number = month_name()) {
      const auto day = day_of_month();
      return in_month(*number, day);
    }
    word({"year"});
    if (const auto number = year()) {
      if (const auto found = quarter_after(*number)) return found;
      return Found{whole(Unit::year, date_of(*number, 1, 1)), Unit::year};
    }
    at_ = start;
    return {};
  }

  std::optional<Found> one() {
    if (auto found = relative()) return found;
    return absolute();
  }

  // A bare "may" or "mar" is a month only where a time is expected.
  bool is_doubtful_month() const {
    return at_ < tokens_.size() &&
           (tokens_[at_].lower == "may" || tokens_[at_].lower == "march" || tokens_[at_].lower == "mar" ||
            tokens_[at_].lower == "sun" || tokens_[at_].lower == "dec");
  }

 private:
  std::optional<unsigned> month_name() {
    if (at_ >= tokens_.size() || tokens_[at_].kind != Token::Kind::word) return {};
    constexpr std::array<std::pair<std::string_view, std::string_view>, 12> names = {{
        {"january", "jan"},
        {"february", "feb"},
        {"march", "mar"},
        {"april", "apr"},
        {"may", "may"},
        {"june", "jun"},
        {"july", "jul"},
        {"august", "aug"},
        {"september", "sep"},
        {"october", "oct"},
        {"november", "nov"},
        {"december", "dec"},
    }};
    const std::string& text = tokens_[at_].lower;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (text == names[i].first || text == names[i].second || (i == 8 && text == "sept")) {
        ++at_;
        return static_cast<unsigned>(i + 1);
      }
    }
    return {};
  }

  std::optional<unsigned> day_of_month() {
    if (at_ >= tokens_.size()) return {};
    const Token& token = tokens_[at_];
    if (token.kind != Token::Kind::number || !token.is_integer || token.number < 1 || token.number > 31 ||
        token.has_currency || token.has_percent) {
      return {};
    }
    ++at_;
    return static_cast<unsigned>(token.number);
  }

  // After a month name: an optional year, with "of" or a comma before it.
  Found in_month(unsigned month, std::optional<unsigned> day) {
    const auto before_year = at_;
    if (!word({"of", "in"}) && at_ < tokens_.size() && tokens_[at_].kind == Token::Kind::comma) ++at_;
    auto number = year();
    Found found;
    if (!number) {
      at_ = before_year;
      found.guessed_year = true;
      if (words({"this", "year"}) || words({"of", "this", "year"})) {
        number = year_of(today_);
      } else if (words({"last", "year"}) || words({"of", "last", "year"})) {
        number = year_of(today_) - 1;
      }
      if (number) found.guessed_year = false;
    }
    if (!number) {
      number = year_of(today_);
      if (date_of(*number, month, day.value_or(1)) > today_) --*number;
    }
    const auto exact = std::chrono::year(*number) / std::chrono::month(month) / std::chrono::day(day.value_or(1));
    if (day && exact.ok()) {
      found.period = whole(Unit::day, Date{exact});
      found.unit = Unit::day;
    } else {
      found.period = whole(Unit::month, date_of(*number, month, 1));
      found.unit = Unit::month;
    }
    return found;
  }

  std::optional<Found> day_and_month() {
    const auto start = at_;
    if (const auto day = day_of_month()) {
      word({"of"});
      if (const auto month = month_name()) return in_month(*month, day);
    }
    at_ = start;
    return {};
  }

  std::optional<Found> quarter_of(int number, std::optional<int> in_year) {
    Found found;
    found.unit = Unit::quarter;
    found.guessed_year = !in_year;
    const auto month = static_cast<unsigned>(number * 3 - 2);
    int which = in_year.value_or(year_of(today_));
    if (!in_year && date_of(which, month, 1) > today_) --which;
    found.period = whole(Unit::quarter, date_of(which, month, 1));
    return found;
  }

  std::optional<int> year_after_of() {
    const auto start = at_;
    word({"of", "in"});
    if (words({"this", "year"})) return year_of(today_);
    if (words({"last", "year"})) return year_of(today_) - 1;
    const auto number = year();
    if (!number) at_ = start;
    return number;
  }

  std::optional<Found> quarter_after(int in_year) {
    for (int i = 1; i <= 4; ++i) {
      const std::string name = "q" + std::to_string(i);
      if (word({name})) return quarter_of(i, in_year);
    }
    return {};
  }

  std::optional<Found> quarter_or_half() {
    const auto start = at_;
    constexpr std::array<std::array<std::string_view, 2>, 4> ordinals = {
        {{"first", "1st"}, {"second", "2nd"}, {"third", "3rd"}, {"fourth", "4th"}}};
    int ordinal = 0;
    for (std::size_t i = 0; i < ordinals.size() && ordinal == 0; ++i) {
      if (at_ < tokens_.size() && (tokens_[at_].lower == ordinals[i][0] || tokens_[at_].lower == ordinals[i][1])) {
        ++at_;
        ordinal = static_cast<int>(i) + 1;
      }
    }
    if (ordinal > 0) {
      if (word({"quarter"})) return quarter_of(ordinal, year_after_of());
      if (ordinal <= 2 && word({"half"})) return half_of(ordinal, year_after_of());
      at_ = start;
      return {};
    }
    for (int i = 1; i <= 4; ++i) {
      const std::string name = "q" + std::to_string(i);
      if (word({name})) return quarter_of(i, year_after_of());
    }
    for (int i = 1; i <= 2; ++i) {
      const std::string name = "h" + std::to_string(i);
      if (word({name})) return half_of(i, year_after_of());
    }
    return {};
  }

  Found half_of(int number, std::optional<int> in_year) {
    const unsigned month = number == 1 ? 1 : 7;
    int which = in_year.value_or(year_of(today_));
    if (!in_year && date_of(which, month, 1) > today_) --which;
    Found found;
    found.guessed_year = !in_year;
    found.period = {date_of(which, month, 1), plus(date_of(which, month, 1), Unit::month, 6)};
    return found;
  }

  const Tokens& tokens_;
  std::size_t at_;
  Date today_;
};

// "from March to June 2025": the first end takes the year of the second.
void share_year(Found& first, const Found& second) {
  if (!first.guessed_year || second.guessed_year) return;
  const int step = year_of(*second.period.from) - year_of(*first.period.from);
  first.period = shifted(first.period, Unit::year, step);
  if (*first.period.from > *second.period.from) first.period = shifted(first.period, Unit::year, -1);
}

std::optional<Period> range(Found first, const Found& second) {
  share_year(first, second);
  // "from November to February": the first month lies in the year before.
  if (first.guessed_year && second.guessed_year && *first.period.from > *second.period.from) {
    first.period = shifted(first.period, Unit::year, -1);
  }
  if (*second.period.until <= *first.period.from) return {};
  return Period{first.period.from, second.period.until};
}

Span span_of(std::size_t begin, std::size_t end, Period period, std::optional<Unit> unit) {
  Span span;
  span.meaning = Meaning::period;
  span.begin = begin;
  span.end = end;
  span.period = period;
  span.unit = unit;
  return span;
}

}  // namespace

std::optional<Span> match_period(const Tokens& tokens, std::size_t at, Date today) {
  {
    Parser parser(tokens, at, today);
    if (parser.words({"of", "all", "time"}) || parser.words({"all", "time"}) || parser.word({"ever"})) {
      Span span = span_of(at, parser.at(), {}, {});
      span.meaning = Meaning::all_time;
      return span;
    }
  }
  {
    Parser parser(tokens, at, today);
    const bool between = parser.word({"between"});
    const bool from = !between && parser.word({"from"});
    if (auto first = parser.one()) {
      if (between ? parser.word({"and", "to"}) : parser.word({"to", "until", "till", "through", "thru"})) {
        if (const auto second = parser.one()) {
          if (const auto period = range(*first, *second)) return span_of(at, parser.at(), *period, {});
        } else if (from && parser.word({"today", "now"})) {
          return span_of(at, parser.at(), {first->period.from, today + days(1)}, {});
        }
      } else if (from && (parser.word({"onward", "onwards"}) || parser.words({"on"}))) {
        return span_of(at, parser.at(), {first->period.from, {}}, {});
      }
    }
  }
  {
    Parser parser(tokens, at, today);
    const auto open = [&](bool is_since, bool include) -> std::optional<Span> {
      const auto found = parser.one();
      if (!found) return {};
      Period period;
      if (is_since) {
        period.from = include ? found->period.from : found->period.until;
      } else {
        period.until = include ? found->period.until : found->period.from;
      }
      return span_of(at, parser.at(), period, {});
    };
    if (parser.word({"since"}) || parser.words({"starting", "in"}) || parser.words({"starting", "from"}) ||
        parser.word({"starting"})) {
      return open(true, true);
    }
    if (parser.word({"after"})) return open(true, false);
    if (parser.word({"before"}) || parser.words({"prior", "to"}) || parser.words({"earlier", "than"}))
      return open(false, false);
    if (parser.word({"until", "till", "through"}) || parser.words({"up", "to"})) return open(false, true);
  }
  Parser parser(tokens, at, today);
  const bool expected = parser.word({"in", "during", "for", "of", "over", "within", "on", "from"});
  const bool doubtful = parser.is_doubtful_month();
  const auto start = parser.at();
  if (const auto found = parser.one()) {
    if (doubtful && !expected && parser.at() == start + 1) return {};
    Span span = span_of(at, parser.at(), found->period, found->unit);
    return span;
  }
  return {};
}

std::optional<Span> match_grain(const Tokens& tokens, std::size_t at) {
  Parser parser(tokens, at, Date{});
  Span span;
  span.meaning = Meaning::grain;
  span.begin = at;
  const auto done = [&](Timeframe grain) {
    span.grain = grain;
    span.end = parser.at();
    return span;
  };
  if (parser.words({"day", "of", "the", "week"}) || parser.words({"day", "of", "week"}) ||
      parser.word({"weekday", "weekdays"}) || parser.words({"days", "of", "the", "week"})) {
    return done(Timeframe::day_of_week_name);
  }
  if (parser.words({"month", "of", "the", "year"}) || parser.words({"month", "of", "year"}) ||
      parser.words({"calendar", "month"}) || parser.words({"month", "name"})) {
    return done(Timeframe::month_name);
  }
  if (parser.words({"hour", "of", "the", "day"}) || parser.words({"hour", "of", "day"}) ||
      parser.words({"time", "of", "day"})) {
    return done(Timeframe::hour_of_day);
  }
  if (parser.words({"day", "of", "the", "month"}) || parser.words({"day", "of", "month"}))
    return done(Timeframe::day_of_month);
  if (parser.words({"quarter", "of", "the", "year"}) || parser.words({"quarter", "of", "year"})) {
    return done(Timeframe::quarter_of_year);
  }
  if (parser.word({"daily", "day", "days", "date", "dates"})) return done(Timeframe::date);
  if (parser.word({"weekly", "week", "weeks"})) return done(Timeframe::week);
  if (parser.word({"monthly", "month", "months"})) return done(Timeframe::month);
  if (parser.word({"quarterly", "quarter", "quarters"})) return done(Timeframe::quarter);
  if (parser.word({"yearly", "annual", "annually", "year", "years"})) return done(Timeframe::year);
  if (parser.word({"hour", "hours", "hourly"})) return done(Timeframe::hour);
  return {};
}

std::optional<Span> match_comparison(const Tokens& tokens, std::size_t at, Date today) {
  Span span;
  span.meaning = Meaning::compare;
  span.begin = at;
  const auto done = [&](const Parser& parser, Comparison comparison) {
    span.comparison = comparison;
    span.end = parser.at();
    return span;
  };
  using Kind = Comparison::Kind;
  {
    Parser parser(tokens, at, today);
    if (parser.word({"yoy"}) || parser.words({"year", "over", "year"}) || parser.words({"year", "on", "year"})) {
      return done(parser, {.kind = Kind::year_before, .unit = Unit::year});
    }
    if (parser.word({"qoq"}) || parser.words({"quarter", "over", "quarter"}))
      return done(parser, {.kind = Kind::unit_before, .unit = Unit::quarter});
    if (parser.word({"mom"}) || parser.words({"month", "over", "month"}) || parser.words({"month", "on", "month"})) {
      return done(parser, {.kind = Kind::unit_before, .unit = Unit::month});
    }
    if (parser.word({"wow"}) || parser.words({"week", "over", "week"}))
      return done(parser, {.kind = Kind::unit_before, .unit = Unit::week});
  }
  Parser parser(tokens, at, today);
  if (!parser.word({"compared", "comparing", "compare", "versus", "vs", "against", "relative", "than"})) return {};
  parser.word({"to", "with", "against"});
  parser.word({"in", "for", "from", "that"});
  parser.word({"of"});
  const auto members_end = parser;
  parser.word({"the"});
  {
    Parser same = parser;
    if (same.word({"same"}) && (same.word({"period", "time"}) || same.unit())) {
      same.word({"of", "in"});
      same.word({"the"});
      if (same.words({"last", "year"}) || same.words({"previous", "year"}) || same.words({"prior", "year"}) ||
          same.words({"year", "before"}) || same.words({"a", "year", "ago"}) || same.words({"a", "year", "earlier"})) {
        return done(same, {.kind = Kind::year_before, .unit = Unit::year});
      }
    }
  }
  {
    Parser named = parser;
    if (const auto unit = named.unit(); unit && named.word({"before", "earlier", "prior", "previously"})) {
      named.words({"that"});
      return done(named, {.kind = Kind::unit_before, .unit = *unit});
    }
  }
  {
    Parser ago = parser;
    if (ago.words({"a", "year", "ago"}) || ago.words({"a", "year", "earlier"}) || ago.words({"one", "year", "ago"})) {
      return done(ago, {.kind = Kind::year_before, .unit = Unit::year});
    }
  }
  {
    Parser previous = parser;
    if (previous.word({"previous", "prior", "preceding"})) {
      if (previous.word({"period", "one"})) return done(previous, {.kind = Kind::period_before});
      if (const auto unit = previous.unit()) return done(previous, {.kind = Kind::unit_before, .unit = *unit});
    }
    if (previous.words({"period", "before"})) return done(previous, {.kind = Kind::period_before});
  }
  {
    Parser explicitly = members_end;
    if (const auto found = match_period(tokens, explicitly.at(), today); found && found->meaning == Meaning::period) {
      span.comparison = {.kind = Kind::period, .unit = found->unit.value_or(Unit::day), .period = found->period};
      span.unit = found->unit;
      span.end = found->end;
      return span;
    }
  }
  if (tokens[at].lower == "than") return {};
  return done(members_end, {.kind = Kind::members});
}

}  // namespace analyst::planning
