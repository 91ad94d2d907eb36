#include "plan/assemble.h"

#include <algorithm>
#include <utility>

#include "plan/describe.h"
#include "plan/text.h"

namespace analyst::planning {
namespace {

constexpr int rank_default = 10;
constexpr int limit_default = 1'000;
constexpr int limit_series = 5'000;

using Role = FieldUse::Role;

bool is_counting(const Measure& measure) {
  return measure.aggregate == Aggregate::count || measure.aggregate == Aggregate::count_distinct;
}

bool is_money(const Field& field) {
  return field.format.find("currency") != std::string::npos;
}

std::string without_spaces(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c != ' ') out += c;
  }
  return out;
}

std::string_view in_words(Aggregate aggregate) {
  switch (aggregate) {
    case Aggregate::average:
      return "average";
    case Aggregate::max:
      return "maximum";
    case Aggregate::min:
      return "minimum";
    case Aggregate::median:
      return "median";
    case Aggregate::sum:
      return "total";
    default:
      return "count";
  }
}

class Assembler {
 public:
  Assembler(const Asked& asked, const Scope& scope)
      : model_(asked.model), asked_(asked), intent_(asked.intent), scope_(scope), follows_(is_follow_up(asked)) {}

  Draft run() {
    draft_.troubles = intent_.troubles;
    if (follows_) take_previous();
    resolve_fields();
    put_values();
    put_texts();
    put_time();
    put_measures_and_dimensions();
    put_numbers();
    put_rank_and_order();
    if (draft_.troubles.empty() && draft_.out_of_reach.empty()) build();
    // Where a measure is at home matters more than how far its groups are.
    for (const FieldName& field : query_.fields) draft_.cost += distance(field) * (measure_of(model_, field) ? 10 : 1);
    return std::move(draft_);
  }

 private:
  // ---- Candidates ----

  int distance(const FieldName& name) const {
    int far = 0;
    for (const auto& view : views_of(model_, name)) {
      if (const auto found = scope_.views.find(view); found != scope_.views.end()) far += found->second;
    }
    return far * 4 + (scope_.topic ? 1 : 0);
  }

  bool is_in_previous(const FieldName& name) const {
    if (!asked_.previous) return false;
    const auto same = [&](const FieldName& other) { return other.view == name.view && other.field == name.field; };
    return std::any_of(asked_.previous->fields.begin(), asked_.previous->fields.end(), same) ||
           std::any_of(asked_.previous->filters.begin(), asked_.previous->filters.end(),
                       [&](const auto& filter) { return same(filter.first); });
  }

  // The best candidate within reach. Others that are as good are noted.
  template <class Accept>
  std::optional<Candidate> pick(const std::vector<Candidate>& candidates, const std::string& words, Accept accept) {
    std::vector<std::pair<int, const Candidate*>> ranked;
    for (const Candidate& candidate : candidates) {
      if (!accept(candidate) || !scope_.has(model_, candidate.name)) continue;
      int badness = distance(candidate.name);
      if (candidate.indirect) badness += 1'000;
      if (!is_in_previous(candidate.name)) badness += 100;
      if (!candidate.exact) badness += 10;
      ranked.emplace_back(badness, &candidate);
    }
    if (ranked.empty()) return {};
    std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    const Candidate& best = *ranked.front().second;
    for (std::size_t i = 1; i < ranked.size(); ++i) {
      const Candidate& other = *ranked[i].second;
      if (other.indirect != best.indirect) continue;
      const std::string mine = full_label(best.name);
      const std::string theirs = full_label(other.name);
      if (mine != theirs) note("I read \"" + words + "\" as " + mine + "; it could also mean " + theirs + ".");
      break;
    }
    return best;
  }

  std::string full_label(const FieldName& name) const {
    const View* view = model_.view(name.view);
    const std::string label = label_of(model_, name);
    return view && stems(label).find(stems(view->label)) == std::string::npos ? label + " (" + view->label + ")"
                                                                              : label;
  }

  void note(std::string text) {
    if (std::find(draft_.notes.begin(), draft_.notes.end(), text) == draft_.notes.end())
      draft_.notes.push_back(std::move(text));
  }

  void trouble(const std::string& words, std::string why) { draft_.troubles.push_back({words, std::move(why)}); }

  // ---- Fields ----

  struct Resolved {
    std::optional<FieldName> name = {};
    bool is_measure = false;
    bool waits = false;
  };

  void resolve_fields() {
    resolved_.resize(intent_.fields.size());
    for (std::size_t i = 0; i < intent_.fields.size(); ++i) resolve(i);
    bool measured = intent_.best_selling || (follows_ && !measures_.empty());
    for (const Resolved& each : resolved_) measured = measured || (each.is_measure && !each.waits);
    const bool shaped = intent_.grouped || !intent_.grains.empty() || intent_.trend || intent_.growth ||
                        intent_.ranked || intent_.comparison;
    for (std::size_t i = 0; i < resolved_.size(); ++i) {
      if (!resolved_[i].waits) continue;
      // "customers by country" counts them, and so does "orders and customers by country"; "customers in Germany" lists
      // them.
      const bool as_measure =
          (!measured || (intent_.fields[i].is_joined && intent_.grouped)) && !intent_.listing && shaped;
      settle(i, as_measure);
    }
  }

  void set(std::size_t i, const std::optional<Candidate>& candidate) {
    if (!candidate) {
      draft_.out_of_reach.push_back(intent_.fields[i].words);
      return;
    }
    resolved_[i] = {candidate->name, candidate->is_measure, false};
  }

  void settle(std::size_t i, bool as_measure) {
    const FieldUse& use = intent_.fields[i];
    auto chosen = pick(use.candidates, use.words, [&](const Candidate& each) { return each.is_measure == as_measure; });
    if (!chosen)
      chosen = pick(use.candidates, use.words, [&](const Candidate& each) { return each.is_measure != as_measure; });
    set(i, chosen);
  }

  void resolve(std::size_t i) {
    const FieldUse& use = intent_.fields[i];
    switch (use.role) {
      case Role::group: {
        settle(i, false);
        return;
      }
      case Role::measure:
      case Role::sort:
        settle(i, true);
        return;
      case Role::count:
        resolve_count(i);
        return;
      case Role::aggregate:
        resolve_aggregate(i);
        return;
      case Role::filter:
      case Role::removed:
        settle(i, true);
        return;
      case Role::neutral:
        break;
    }
    const auto has = [&](bool is_measure, bool direct) {
      return std::any_of(use.candidates.begin(), use.candidates.end(), [&](const Candidate& each) {
        return each.is_measure == is_measure && (!direct || !each.indirect) && scope_.has(model_, each.name);
      });
    };
    const bool measure = has(true, false);
    const bool dimension = has(false, false);
    if (measure && !dimension) return settle(i, true);
    if (dimension && !measure) return settle(i, false);
    if (!measure && !dimension) return set(i, {});
    const bool direct_measure = has(true, true);
    const bool direct_dimension = has(false, true);
    if (direct_measure && !direct_dimension) return settle(i, true);
    resolved_[i].waits = true;
  }

  void resolve_count(std::size_t i) {
    const FieldUse& use = intent_.fields[i];
    auto counted = pick(use.candidates, use.words, [&](const Candidate& each) {
      const Measure* measure = measure_of(model_, each.name);
      return measure && is_counting(*measure);
    });
    if (!counted) {
      counted = pick(use.candidates, use.words, [&](const Candidate& each) {
        const Measure* measure = measure_of(model_, each.name);
        return measure && !is_money(*measure) && measure->aggregate == Aggregate::sum;
      });
    }
    if (!counted) {
      // A dimension: a measure that counts its distinct values will do.
      for (const Candidate& each : use.candidates) {
        const View* view = each.is_measure ? nullptr : model_.view(each.name.view);
        if (!view) continue;
        for (const Measure& measure : view->measures) {
          if (!measure.hidden && measure.aggregate == Aggregate::count_distinct && measure.filters.empty() &&
              without_spaces(measure.sql) == "${" + each.name.field + "}") {
            counted = Candidate{.name = {view->name, measure.name, {}}, .is_measure = true};
          }
        }
      }
      if (counted && !scope_.has(model_, counted->name)) counted.reset();
    }
    if (!counted && within_reach(use)) return trouble(use.words, "The model has no count of " + use.words + ".");
    set(i, counted);
  }

  bool within_reach(const FieldUse& use) const {
    return std::any_of(use.candidates.begin(), use.candidates.end(),
                       [&](const Candidate& each) { return scope_.has(model_, each.name); });
  }

  void resolve_aggregate(std::size_t i) {
    const FieldUse& use = intent_.fields[i];
    const auto fits = [&](const Measure& measure) {
      if (use.aggregate == Aggregate::sum)
        return !measure.aggregate || *measure.aggregate == Aggregate::sum || is_counting(measure);
      return measure.aggregate == use.aggregate;
    };
    auto found = pick(use.candidates, use.words, [&](const Candidate& each) {
      const Measure* measure = measure_of(model_, each.name);
      return measure && fits(*measure);
    });
    if (!found) {
      for (const Candidate& each : use.candidates) {
        if (const auto sibling = aggregated(each, use.aggregate)) {
          found = Candidate{.name = *sibling, .is_measure = true};
          break;
        }
      }
    }
    if (!found && within_reach(use)) {
      return trouble(use.words, "The model has no " + std::string(in_words(use.aggregate)) + " of " + use.words + ".");
    }
    set(i, found);
  }

  // The measure beside `of` that aggregates the same thing in the wanted way.
  std::optional<FieldName> aggregated(const Candidate& of, Aggregate aggregate) const {
    const View* view = model_.view(of.name.view);
    if (!view) return {};
    const Field* field = field_of(model_, of.name);
    for (const Measure& measure : view->measures) {
      const FieldName name{view->name, measure.name, {}};
      if (measure.hidden || measure.aggregate != aggregate || !measure.filters.empty() || !scope_.has(model_, name))
        continue;
      const std::string sql = without_spaces(measure.sql);
      const bool same =
          of.is_measure ? field && !sql.empty() && sql == without_spaces(field->sql)
                        : sql == "${" + of.name.field + "}" || sql == "${" + of.name.view + "." + of.name.field + "}";
      if (same) return name;
    }
    return {};
  }

  // ---- The question before ----

  void take_previous() {
    const SemanticQuery& previous = *asked_.previous;
    for (const FieldName& field : previous.fields) {
      if (!scope_.has(model_, field)) draft_.out_of_reach.push_back(label_of(model_, field));
      if (measure_of(model_, field)) {
        measures_.push_back(field);
      } else if (field.timeframe) {
        times_.push_back(field);
      } else {
        dimensions_.push_back(field);
      }
    }
    for (const auto& filter : previous.filters) {
      if (!scope_.has(model_, filter.first)) draft_.out_of_reach.push_back(label_of(model_, filter.first));
      query_.filters.push_back(filter);
    }
    query_.sorts = previous.sorts;
    query_.limit = previous.limit;
    had_series_ = !times_.empty();
  }

  // ---- Conditions ----

  std::pair<FieldName, Filter>* filter_on(const FieldName& name) {
    const auto found = std::find_if(query_.filters.begin(), query_.filters.end(),
                                    [&](const auto& filter) { return filter.first == name; });
    return found == query_.filters.end() ? nullptr : &*found;
  }

  struct Wanted {
    FieldName field = {};
    std::vector<std::string> is = {};
    std::vector<std::string> is_not = {};
  };

  void put_values() {
    std::vector<Wanted> wanted;
    for (const ValueUse& use : intent_.values) {
      // Beside other values of a field, the same field is meant.
      std::optional<Candidate> chosen;
      for (const Wanted& each : wanted) {
        if (chosen) break;
        for (const Candidate& candidate : use.candidates) {
          if (candidate.name == each.field) chosen = candidate;
        }
      }
      if (!chosen) chosen = pick(use.candidates, use.words, [](const Candidate&) { return true; });
      if (!chosen) {
        draft_.out_of_reach.push_back(use.words);
        continue;
      }
      auto at =
          std::find_if(wanted.begin(), wanted.end(), [&](const Wanted& each) { return each.field == chosen->name; });
      if (at == wanted.end()) at = wanted.insert(wanted.end(), Wanted{.field = chosen->name});
      auto& list = use.negative ? at->is_not : at->is;
      // Values that differ in case alone are all meant.
      for (const Candidate& candidate : use.candidates) {
        if (candidate.name == chosen->name && std::find(list.begin(), list.end(), candidate.value) == list.end()) {
          list.push_back(candidate.value);
        }
      }
    }
    for (const Wanted& each : wanted) put_values_of(each);
    if (intent_.comparison && intent_.comparison->kind == Comparison::Kind::members) {
      for (const Wanted& each : wanted) {
        if (each.is.size() >= 2) compared_members_.push_back(each.field);
      }
    }
  }

  static Filter equals(const std::vector<std::string>& values, bool negative) {
    Filter filter;
    filter.type = Filter::Type::string;
    filter.kind = Filter::Kind::equals;
    filter.is_negative = negative;
    for (const auto& value : values) filter.values.emplace_back(value);
    return filter;
  }

  void put_values_of(const Wanted& wanted) {
    Filter filter;
    if (!wanted.is.empty() && !wanted.is_not.empty()) {
      filter.type = Filter::Type::composite;
      filter.kind = Filter::Kind::all_of;
      filter.filters = {equals(wanted.is, false), equals(wanted.is_not, true)};
    } else {
      filter = equals(wanted.is.empty() ? wanted.is_not : wanted.is, wanted.is.empty());
    }
    auto* existing = filter_on(wanted.field);
    if (!existing) {
      query_.filters.emplace_back(wanted.field, std::move(filter));
      return;
    }
    Filter& old = existing->second;
    const bool both_equal = old.type == Filter::Type::string && old.kind == Filter::Kind::equals &&
                            filter.type == Filter::Type::string && old.is_negative == filter.is_negative;
    if (both_equal && (intent_.says_also || filter.is_negative)) {
      for (const Value& value : filter.values) {
        if (std::find(old.values.begin(), old.values.end(), value) == old.values.end()) old.values.push_back(value);
      }
      return;
    }
    old = std::move(filter);
  }

  void put_texts() {
    for (const TextUse& use : intent_.texts) {
      const auto& candidates = intent_.fields[*use.field].candidates;
      const auto chosen = pick(candidates, intent_.fields[*use.field].words, [&](const Candidate& each) {
        const Dimension* dimension = dimension_of(model_, each.name);
        return dimension && dimension->type == ValueType::text;
      });
      if (!chosen) {
        trouble(use.text,
                "\"" + intent_.fields[*use.field].words + "\" is no text that could contain \"" + use.text + "\".");
        continue;
      }
      if (filter_on(chosen->name) && !follows_) {
        trouble(use.text, "I can take one condition on " + label_of(model_, chosen->name) + " at a time.");
        continue;
      }
      Filter filter;
      filter.type = Filter::Type::string;
      filter.kind = use.kind;
      filter.is_negative = use.negative;
      filter.values = {use.text};
      if (auto* existing = filter_on(chosen->name)) {
        existing->second = std::move(filter);
      } else {
        query_.filters.emplace_back(chosen->name, std::move(filter));
      }
    }
  }

  // ---- Time ----

  std::optional<FieldName> choose_time_field() {
    for (std::size_t i = 0; i < resolved_.size(); ++i) {
      if (!resolved_[i].name || resolved_[i].is_measure || intent_.fields[i].role == Role::removed) continue;
      const Dimension* dimension = dimension_of(model_, *resolved_[i].name);
      if (dimension && is_time(*dimension)) return resolved_[i].name;
    }
    for (const auto& [name, filter] : query_.filters) {
      if (filter.type == Filter::Type::date) return name;
    }
    for (FieldName name : times_) {
      name.timeframe.reset();
      return name;
    }
    std::optional<FieldName> anchor;
    for (const Resolved& each : resolved_) {
      if (each.name && each.is_measure && !anchor) anchor = each.name;
    }
    if (!anchor && !measures_.empty()) anchor = measures_.front();
    if (!anchor && intent_.best_selling) anchor = best_selling_measure();
    for (const Resolved& each : resolved_) {
      if (each.name && !anchor) anchor = each.name;
    }
    if (!anchor) anchor = FieldName{scope_.table, "", {}};
    return time_field(model_, scope_, *anchor);
  }

  void put_time() {
    const bool by_date = std::any_of(resolved_.begin(), resolved_.end(), [&](const Resolved& each) {
      if (!each.name || each.is_measure) return false;
      const Dimension* dimension = dimension_of(model_, *each.name);
      return dimension && is_time(*dimension);
    });
    const bool needs_time = !intent_.periods.empty() || intent_.comparison || !intent_.grains.empty() ||
                            intent_.trend || intent_.growth || intent_.all_time || by_date;
    if (!needs_time) return;
    time_ = choose_time_field();
    if (!time_) {
      const bool members = intent_.comparison && intent_.comparison->kind == Comparison::Kind::members &&
                           intent_.periods.empty() && intent_.grains.empty();
      if (!members) trouble("", "There is no date here that a time could be about.");
      return;
    }
    auto* existing = filter_on(*time_);
    std::optional<Period> period;
    if (existing) period = from_filter(existing->second);
    auto comparison = intent_.comparison;
    const bool members = comparison && comparison->kind == Comparison::Kind::members;
    if (intent_.periods.size() == 1) {
      period = intent_.periods.front().period;
    } else if (intent_.periods.size() == 2 && (!comparison || members) && is_closed(intent_.periods[0].period) &&
               is_closed(intent_.periods[1].period)) {
      // "this month and last month": the later is compared with the earlier.
      auto later = intent_.periods[0];
      auto earlier = intent_.periods[1];
      if (*later.period.from < *earlier.period.from) std::swap(later, earlier);
      period = later.period;
      comparison = Comparison{.kind = Comparison::Kind::period, .period = earlier.period};
    } else if (intent_.periods.size() > 1) {
      return trouble("", "There is more than one time range in the question; I can take one, or compare two.");
    }
    if (intent_.all_time) period.reset();
    if (comparison && comparison->kind != Comparison::Kind::members) put_comparison(*comparison, period);
    if (intent_.growth && !earlier_ && intent_.grains.empty() && !intent_.trend && times_.empty() && period &&
        is_closed(*period)) {
      earlier_ = before(*period);
    }
    const bool replaced = !intent_.periods.empty() || intent_.all_time || earlier_;
    if (replaced || !existing) {
      std::erase_if(query_.filters, [&](const auto& filter) { return filter.first == *time_; });
      if (period && (period->from || period->until)) query_.filters.emplace_back(*time_, to_filter(*period));
    }
    period_ = period;
    put_grain(by_date);
  }

  static bool is_closed(const Period& period) { return period.from && period.until; }

  void put_comparison(const Comparison& comparison, std::optional<Period>& period) {
    using Kind = Comparison::Kind;
    if (!period) {
      if (!intent_.grains.empty() && comparison.kind != Kind::period) {
        // "revenue by month, month over month": a series shows that by itself.
        return;
      }
      if (comparison.kind == Kind::period) {
        if (!intent_.comparison_unit) return trouble("", "Say which two time ranges to compare.");
        period = whole(*intent_.comparison_unit, asked_.today);
      } else if (comparison.kind == Kind::period_before) {
        return trouble("", "Say which time range to compare with the one before it.");
      } else {
        period = whole(comparison.unit, asked_.today);
      }
    }
    if (!is_closed(*period)) return trouble("", "A time range without an end cannot be compared with an earlier one.");
    switch (comparison.kind) {
      case Kind::period_before:
        earlier_ = before(*period);
        break;
      case Kind::year_before:
        earlier_ = shifted(*period, Unit::year, -1);
        break;
      case Kind::unit_before: {
        const Period unit_before = shifted(*period, comparison.unit, -1);
        // "last 3 months compared to the previous month" would overlap itself.
        if (*unit_before.until > *period->from) return trouble("", "The two time ranges to compare overlap.");
        earlier_ = unit_before;
        break;
      }
      case Kind::period: {
        // Months differ by a day or two; a longer unit is at least twice as long.
        const bool longer =
            intent_.comparison_unit && is_closed(comparison.period) &&
            *comparison.period.until - *comparison.period.from > (*period->until - *period->from) * 3 / 2;
        // "this month compared to last year" means the same month of last year.
        earlier_ = longer ? shifted(*period, *intent_.comparison_unit, -1) : comparison.period;
        if (longer)
          note("I compared with the same time one " + std::string(to_string(*intent_.comparison_unit)) + " earlier.");
        if (!is_closed(*earlier_)) return trouble("", "A time range without an end cannot be compared.");
        if (*earlier_ == *period) return trouble("", "The two time ranges to compare are the same.");
        break;
      }
      case Kind::members:
        break;
    }
  }

  void put_grain(bool by_date) {
    std::vector<Timeframe> grains = intent_.grains;
    const bool grouped_by_date =
        by_date && std::any_of(intent_.fields.begin(), intent_.fields.end(), [&](const FieldUse& use) {
          const auto index = static_cast<std::size_t>(&use - intent_.fields.data());
          return use.role == Role::group && resolved_[index].name && is_time_field(*resolved_[index].name);
        });
    const bool wants_series = intent_.trend || grouped_by_date || (intent_.growth && !earlier_);
    const bool has_series = follows_ && !times_.empty();
    if (grains.empty() && wants_series && !has_series) grains.push_back(fitting_grain(period_.value_or(Period{})));
    if (grains.empty()) return;
    const Dimension* dimension = dimension_of(model_, *time_);
    std::vector<FieldName> series;
    for (const Timeframe grain : grains) {
      if (dimension && !dimension->timeframes.empty() &&
          std::find(dimension->timeframes.begin(), dimension->timeframes.end(), grain) == dimension->timeframes.end()) {
        std::vector<std::string> can;
        for (const Timeframe each : dimension->timeframes) {
          if (each != Timeframe::raw) can.emplace_back(to_string(each));
        }
        std::string asked_for(to_string(grain));
        std::replace(asked_for.begin(), asked_for.end(), '_', ' ');
        return trouble("", dimension->label + " cannot be grouped by " + asked_for + "; it can by " +
                               list_in_words(can, "or") + ".");
      }
      FieldName name = *time_;
      name.timeframe = grain;
      if (std::find(series.begin(), series.end(), name) == series.end()) series.push_back(name);
    }
    // A new grain takes the place of the old; where there was none, of the old groups.
    if (follows_ && times_.empty() && !intent_.says_also && !intent_.trend) dimensions_.clear();
    if (follows_ && intent_.says_also) {
      for (const auto& name : series) {
        if (std::find(times_.begin(), times_.end(), name) == times_.end()) times_.push_back(name);
      }
    } else {
      times_ = series;
    }
    new_series_ = true;
  }

  bool is_time_field(const FieldName& name) const {
    const Dimension* dimension = dimension_of(model_, name);
    return dimension && is_time(*dimension);
  }

  // ---- What is shown ----

  std::optional<FieldName> best_selling_measure() {
    for (const char* phrase :
         {"sold", "units sold", "items sold", "quantity sold", "units", "quantity", "sales", "revenue"}) {
      for (const Candidate& candidate : asked_.lexicon.fields(phrase)) {
        if (candidate.is_measure && !candidate.indirect && scope_.has(model_, candidate.name)) return candidate.name;
      }
    }
    return {};
  }

  void put_measures_and_dimensions() {
    std::vector<FieldName> measures;
    std::vector<FieldName> dimensions;
    const bool measured =
        std::any_of(resolved_.begin(), resolved_.end(), [](const Resolved& each) { return each.is_measure; });
    for (std::size_t i = 0; i < resolved_.size(); ++i) {
      if (!resolved_[i].name) continue;
      const FieldName& name = *resolved_[i].name;
      const FieldUse& use = intent_.fields[i];
      if (use.role == Role::removed) {
        forget_sorts_on({name});
        std::erase(measures_, name);
        std::erase(dimensions_, name);
        continue;
      }
      const bool number_only = !resolved_[i].is_measure && is_condition_only(i);
      const bool text_only = !resolved_[i].is_measure && use.role == Role::neutral && is_text_target(i) && measured;
      if (is_time_field(name) || number_only || text_only) continue;
      auto& list = resolved_[i].is_measure ? measures : dimensions;
      if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
      if (resolved_[i].is_measure && use.after_by && !sort_field_) {
        sort_field_ = name;
        sort_is_implied_ = true;
      }
      if (use.role == Role::sort) sort_field_ = name;
    }
    if (intent_.best_selling && measures.empty()) {
      if (const auto sold = best_selling_measure()) {
        measures.push_back(*sold);
        note("I measured what sells by " + label_of(model_, *sold) + ".");
      } else {
        trouble("", "I could not tell by what to measure what sells best.");
      }
    }
    for (const FieldName& member : compared_members_) {
      if (std::find(dimensions.begin(), dimensions.end(), member) == dimensions.end() && intent_.grains.empty())
        dimensions.push_back(member);
    }
    if (!measures.empty()) {
      if (follows_ && intent_.adds) {
        for (const auto& name : measures) {
          if (std::find(measures_.begin(), measures_.end(), name) == measures_.end()) measures_.push_back(name);
        }
      } else {
        forget_sorts_on(measures_);
        measures_ = measures;
      }
    }
    if (!dimensions.empty()) {
      // "and by region?" asks for another grouping, "also by region" for one more.
      if (follows_ && intent_.says_also) {
        for (const auto& name : dimensions) {
          if (std::find(dimensions_.begin(), dimensions_.end(), name) == dimensions_.end()) dimensions_.push_back(name);
        }
      } else {
        const bool had_dimensions = !dimensions_.empty();
        forget_sorts_on(dimensions_);
        dimensions_ = dimensions;
        // "and by region?" after "by month": the new grouping takes the old one's place.
        if (follows_ && !had_dimensions && !new_series_) {
          forget_sorts_on(times_);
          times_.clear();
        }
      }
    }
    if (measures_.empty() && dimensions_.empty() && times_.empty()) {
      trouble("", "I found nothing in the question to measure or to list.");
    } else if (measures_.empty() && (!times_.empty() || intent_.ranked || earlier_ || is_by_alone())) {
      trouble("", "I could not tell what to measure.");
    }
  }

  // "by region", and no word of what.
  bool is_by_alone() const {
    return std::any_of(intent_.fields.begin(), intent_.fields.end(), [](const FieldUse& use) { return use.after_by; });
  }

  bool is_condition_only(std::size_t field) const {
    return intent_.fields[field].role != Role::group &&
           std::any_of(intent_.numbers.begin(), intent_.numbers.end(),
                       [&](const NumberUse& use) { return use.field == field; });
  }
  bool is_text_target(std::size_t field) const {
    return std::any_of(intent_.texts.begin(), intent_.texts.end(),
                       [&](const TextUse& use) { return use.field == field; });
  }
  void forget_sorts_on(const std::vector<FieldName>& fields) {
    std::erase_if(query_.sorts, [&](const Sort& sort) {
      for (const FieldName& name : fields) {
        if (name.to_string() != sort.column) continue;
        // The measure that takes its place is sorted the same way round.
        if (measure_of(model_, name) && &sort == &query_.sorts.front()) kept_direction_ = sort.descending;
        return true;
      }
      return false;
    });
  }

  void put_numbers() {
    for (const NumberUse& use : intent_.numbers) {
      if (!use.field || !resolved_[*use.field].name) continue;
      const FieldName& name = *resolved_[*use.field].name;
      const Field* field = field_of(model_, name);
      const Dimension* dimension = dimension_of(model_, name);
      if (!field || (dimension && dimension->type != ValueType::number)) {
        trouble(use.words, "\"" + intent_.fields[*use.field].words + "\" is no number, so \"" + use.words +
                               "\" cannot hold for it.");
        continue;
      }
      if (use.has_currency && !field->format.empty() && !is_money(*field)) {
        trouble(use.words, "\"" + use.words + "\" is an amount of money, but " + field->label + " is not.");
        continue;
      }
      std::erase_if(query_.filters, [&](const auto& filter) { return follows_ && filter.first == name; });
      if (filter_on(name)) {
        trouble(use.words,
                "I can take one condition on " + field->label + " at a time; say \"between … and …\" for a range.");
        continue;
      }
      query_.filters.emplace_back(name, use.condition);
    }
  }

  // ---- Order ----

  void put_rank_and_order() {
    const bool keeps_order = follows_ && !intent_.ranked && !intent_.direction && !sort_field_ && !new_series_;
    std::optional<FieldName> by = sort_field_;
    if (by && !measure_of(model_, *by) && std::find(dimensions_.begin(), dimensions_.end(), *by) == dimensions_.end()) {
      dimensions_.push_back(*by);
    }
    for (std::size_t i = 0; i < resolved_.size() && !by && intent_.ranked; ++i) {
      if (resolved_[i].name && resolved_[i].is_measure && intent_.fields[i].role == Role::measure)
        by = resolved_[i].name;
    }
    if (!by && !measures_.empty() && (intent_.ranked || intent_.direction)) by = measures_.front();
    if (!by && intent_.direction && !dimensions_.empty()) by = dimensions_.front();

    if (intent_.ranked) {
      if (dimensions_.empty() && times_.empty()) {
        if (intent_.rank_count > 0)
          return trouble("", "I could not tell the top " + std::to_string(intent_.rank_count) + " of what is wanted.");
        // "the highest revenue" of nothing in particular is the revenue.
        if (!measures_.empty()) return trouble("", "I could not tell among what to look for the highest or lowest.");
      }
      query_.limit = intent_.rank_count > 0 ? intent_.rank_count : intent_.rank_one ? 1 : rank_default;
      if (intent_.rank_count == 0 && !intent_.rank_one)
        note("No number was given, so at most " + std::to_string(rank_default) + " are shown.");
    } else if (!follows_) {
      const int of_topic = scope_.topic ? scope_.topic->default_row_limit : 0;
      query_.limit = !times_.empty() && !dimensions_.empty() ? limit_series : of_topic > 0 ? of_topic : limit_default;
    } else if (new_series_ && !had_series_) {
      query_.limit = std::max(query_.limit, dimensions_.empty() ? limit_default : limit_series);
    }

    if (keeps_order && kept_direction_ && !measures_.empty()) {
      query_.sorts.insert(query_.sorts.begin(), Sort{measures_.front().to_string(), *kept_direction_});
    }
    if (!keeps_order || query_.sorts.empty()) {
      query_.sorts.clear();
      const bool series_first =
          !times_.empty() && !intent_.ranked && !intent_.direction && (!sort_field_ || sort_is_implied_);
      if (series_first) {
        for (const FieldName& name : times_) {
          if (unit_of(*name.timeframe) || is_ordered(*name.timeframe))
            query_.sorts.push_back({name.to_string(), false});
        }
      }
      if (query_.sorts.empty() && by) {
        const bool is_text = !measure_of(model_, *by) && !is_number(*by);
        const bool down = intent_.direction.value_or(intent_.ranked ? intent_.rank_descending : !is_text);
        query_.sorts.push_back({by->to_string(), down});
      }
      if (query_.sorts.empty() && !measures_.empty() && !dimensions_.empty())
        query_.sorts.push_back({measures_.front().to_string(), true});
      if (query_.sorts.empty() && !measures_.empty() && !times_.empty())
        query_.sorts.push_back({measures_.front().to_string(), true});
    }
    // Equal rows have a fixed order, so that the same question gives the same answer.
    for (const auto* list : {&times_, &dimensions_}) {
      for (const FieldName& name : *list) {
        const auto column = name.to_string();
        if (std::none_of(query_.sorts.begin(), query_.sorts.end(),
                         [&](const Sort& sort) { return sort.column == column; })) {
          query_.sorts.push_back({column, false});
        }
      }
    }
  }

  static bool is_ordered(Timeframe grain) {
    return grain != Timeframe::day_of_week_name && grain != Timeframe::month_name;
  }
  bool is_number(const FieldName& name) const {
    const Dimension* dimension = dimension_of(model_, name);
    return dimension && dimension->type == ValueType::number;
  }

  // ---- The queries ----

  void build() {
    query_.model_id = model_.id;
    query_.table = scope_.table;
    query_.topic = scope_.topic ? scope_.topic->name : "";
    query_.fields.clear();
    for (const auto* list : {&times_, &dimensions_, &measures_})
      query_.fields.insert(query_.fields.end(), list->begin(), list->end());
    std::erase_if(query_.sorts, [&](const Sort& sort) {
      return std::none_of(query_.fields.begin(), query_.fields.end(),
                          [&](const FieldName& name) { return name.to_string() == sort.column; });
    });
    const bool only_measures = times_.empty() && dimensions_.empty();
    if (only_measures) {
      query_.sorts.clear();
      if (query_.limit < limit_default) query_.limit = limit_default;
    }
    SemanticQuery unchanged = query_;
    if (follows_) {
      unchanged.table = asked_.previous->table;
      unchanged.topic = asked_.previous->topic;
    }
    if (follows_ && !earlier_ && same(*asked_.previous, unchanged)) {
      return trouble("", "I could not tell what that changes about the question before.");
    }
    draft_.queries.push_back({PlannedQuery::Role::main, name_of_query(), query_});
    if (earlier_) {
      SemanticQuery earlier = query_;
      for (auto& [name, filter] : earlier.filters) {
        if (name == *time_) filter = to_filter(*earlier_);
      }
      // A rank is the main query's; the earlier values of its rows may rank anywhere.
      if (intent_.ranked) earlier.limit = std::max(earlier.limit, limit_series);
      draft_.queries.push_back(
          {PlannedQuery::Role::earlier, name_of_query() + ", " + planning::in_words(*earlier_, asked_.today), earlier});
    } else if (auto total = total_of(model_, query_)) {
      draft_.queries.push_back(std::move(*total));
    }
  }

  std::string list_of(const std::vector<FieldName>& names) const {
    std::vector<std::string> labels;
    for (const FieldName& name : names) labels.push_back(label_of(model_, name));
    return list_in_words(labels);
  }

  std::string name_of_query() const {
    std::vector<FieldName> groups = times_;
    groups.insert(groups.end(), dimensions_.begin(), dimensions_.end());
    if (measures_.empty()) return list_of(groups);
    return groups.empty() ? list_of(measures_) : list_of(measures_) + " by " + list_of(groups);
  }

  const Model& model_;
  const Asked& asked_;
  const Intent& intent_;
  const Scope& scope_;
  const bool follows_;
  Draft draft_;
  SemanticQuery query_;
  std::vector<Resolved> resolved_;
  std::vector<FieldName> measures_;
  std::vector<FieldName> dimensions_;
  // Dates with a grain.
  std::vector<FieldName> times_;
  std::vector<FieldName> compared_members_;
  std::optional<FieldName> time_;
  std::optional<Period> period_;
  std::optional<Period> earlier_;
  std::optional<FieldName> sort_field_;
  bool sort_is_implied_ = false;
  std::optional<bool> kept_direction_;
  bool new_series_ = false;
  bool had_series_ = false;
};

}  // namespace

bool is_follow_up(const Asked& asked) {
  if (!asked.previous) return false;
  const Intent& intent = asked.intent;
  if (intent.marked_follow_up) return true;
  if (intent.best_selling) return false;
  bool lists = false;
  for (const FieldUse& use : intent.fields) {
    if (use.role == Role::removed) return true;
    if (use.role == Role::count || use.role == Role::aggregate) return false;
    for (const Candidate& candidate : use.candidates) {
      if (candidate.is_measure && !candidate.indirect) return false;
    }
    lists = true;
  }
  return !(lists && intent.listing);
}

Draft assemble(const Asked& asked, const Scope& scope) {
  return Assembler(asked, scope).run();
}

}  // namespace analyst::planning
