#include "plan/intent.h"

#include <algorithm>
#include <map>
#include <utility>

namespace analyst::planning {
namespace {

bool shares_field(const std::vector<Candidate>& left, const std::vector<Candidate>& right) {
  return std::any_of(left.begin(), left.end(), [&](const Candidate& a) {
    return std::any_of(right.begin(), right.end(), [&](const Candidate& b) { return a.name == b.name; });
  });
}

void keep_shared(std::vector<Candidate>& values, const std::vector<Candidate>& fields) {
  std::erase_if(values, [&](const Candidate& value) {
    return std::none_of(fields.begin(), fields.end(), [&](const Candidate& field) { return field.name == value.name; });
  });
}

class Interpreter {
 public:
  Interpreter(const std::string& prompt, const Tokens& tokens, const std::vector<Span>& spans)
      : prompt_(prompt), tokens_(tokens) {
    for (const Span& span : spans) {
      if (span.meaning != Meaning::filler) content_.push_back(&span);
    }
  }

  Intent run() {
    for (at_ = 0; at_ < content_.size(); ++at_) one(*content_[at_]);
    for (const std::size_t pending : pending_numbers_) attach_before(pending);
    if (negating_ && !negated_something_)
      trouble(*negation_, "I could not tell what \"" + words(*negation_) + "\" leaves out.");
    return std::move(intent_);
  }

 private:
  const Span* next(std::size_t step = 1) const { return at_ + step < content_.size() ? content_[at_ + step] : nullptr; }
  const Span* previous() const { return at_ > 0 ? content_[at_ - 1] : nullptr; }

  std::string words(const Span& span) const {
    const auto begin = tokens_[span.begin].begin;
    return prompt_.substr(begin, tokens_[span.end - 1].end - begin);
  }

  void trouble(const Span& span, std::string why) { intent_.troubles.push_back({words(span), std::move(why)}); }

  void end_modes(bool keep_negation) {
    grouping_ = false;
    replacing_ = false;
    if (!keep_negation && negating_) {
      if (!negated_something_) trouble(*negation_, "I could not tell what \"" + words(*negation_) + "\" leaves out.");
      negating_ = false;
    }
  }

  void one(const Span& span) {
    switch (span.meaning) {
      case Meaning::unknown:
        trouble(span, "");
        return;
      case Meaning::filler:
      case Meaning::equals:
        return;
      case Meaning::join:
        if (at_ == 0 && tokens_[span.begin].lower == "and") intent_.marked_follow_up = intent_.adds = true;
        return;
      case Meaning::follow_up:
        if (at_ == 0) intent_.marked_follow_up = true;
        return;
      case Meaning::only:
        if (at_ == 0) intent_.marked_follow_up = true;
        return;
      case Meaning::add:
        intent_.adds = intent_.says_also = true;
        intent_.marked_follow_up = true;
        return;
      case Meaning::instead:
        intent_.marked_follow_up = true;
        intent_.adds = false;
        return;
      case Meaning::instead_of:
        end_modes(false);
        intent_.marked_follow_up = true;
        intent_.adds = false;
        replacing_ = true;
        return;
      case Meaning::list:
        intent_.listing = true;
        grouping_ = true;
        return;
      case Meaning::group:
        end_modes(false);
        group(span);
        return;
      case Meaning::negation:
        end_modes(false);
        negating_ = true;
        negated_something_ = false;
        negation_ = &span;
        return;
      case Meaning::field:
        field(span);
        return;
      case Meaning::value:
        value(span);
        return;
      case Meaning::period:
        if (!replacing_) intent_.periods.push_back({span.period, span.unit});
        end_modes(false);
        return;
      case Meaning::all_time:
        intent_.all_time = true;
        return;
      case Meaning::grain:
        grain(span);
        return;
      case Meaning::compare:
        end_modes(false);
        compare(span);
        return;
      case Meaning::number:
        number(span);
        return;
      case Meaning::rank:
        end_modes(false);
        rank(span.count, span.descending);
        grouping_ = true;
        by_ = false;
        return;
      case Meaning::superlative:
        end_modes(false);
        superlative(span);
        return;
      case Meaning::best_selling:
        end_modes(false);
        intent_.best_selling = true;
        rank(0, span.descending);
        if (!previous() || previous()->meaning == Meaning::rank) grouping_ = true;
        return;
      case Meaning::sort_by:
        end_modes(false);
        sorting_ = true;
        return;
      case Meaning::direction:
        intent_.direction = span.descending;
        return;
      case Meaning::aggregate:
        aggregate(span);
        return;
      case Meaning::count: {
        const Span* counted = next();
        if (!counted || counted->meaning != Meaning::field) {
          // "how many shoes": a value, so the field before or after it has to say of what.
          if (!counted || counted->meaning != Meaning::value) trouble(span, "I could not tell what to count.");
          return;
        }
        counting_ = true;
        return;
      }
      case Meaning::growth:
        intent_.growth = true;
        return;
      case Meaning::trend:
        intent_.trend = true;
        return;
      case Meaning::text_match:
        text_match(span);
        return;
    }
  }

  void group(const Span& span) {
    const std::string& word = tokens_[span.begin].lower;
    by_ = word != "which" && word != "what" && word != "in" && word != "each" && word != "every";
    grouping_ = true;
    if (word == "which" || word == "in" || word == "what") {
      const Span* asked = next();
      if (asked && (asked->meaning == Meaning::field || asked->meaning == Meaning::grain)) {
        const Token& last = tokens_[asked->end - 1];
        asked_one_ = last.lower == last.stem;
        // "which customers" lists them when nothing is measured.
        if (word != "in") intent_.listing = true;
      }
    }
  }

  void rank(int count, bool descending) {
    intent_.ranked = true;
    if (count > 0) intent_.rank_count = count;
    intent_.rank_descending = descending;
    if (count == 0 && intent_.rank_count == 0 && asked_one_) intent_.rank_one = true;
  }

  void superlative(const Span& span) {
    rank(0, span.descending);
    const Span* target = next();
    if (target && target->meaning == Meaning::grain) {
      // "the best month"
      grouping_ = true;
      const Token& last = tokens_[target->end - 1];
      intent_.rank_one = last.lower == last.stem && !last.lower.ends_with("ly");
      return;
    }
    if (target && target->meaning == Meaning::field) {
      measuring_ = true;
      return;
    }
    // "ordered the most", "is revenue highest"
    if (last_field_ && intent_.fields[*last_field_].role == FieldUse::Role::neutral) {
      intent_.fields[*last_field_].role = FieldUse::Role::measure;
    }
  }

  FieldUse::Role role_here() {
    using Use = FieldUse::Role;
    if (replacing_) return Use::removed;
    if (sorting_) return Use::sort;
    if (counting_) return Use::count;
    if (measuring_) return Use::measure;
    if (aggregate_) return Use::aggregate;
    if (grouping_) return Use::group;
    return Use::neutral;
  }

  // The value next to a field says what the field is there for: "status cancelled", "the shoes category".
  bool belongs_to_value(const Span& span) const {
    for (std::size_t step = 1; at_ + step < content_.size(); ++step) {
      const Span& after = *content_[at_ + step];
      if (after.meaning == Meaning::equals || after.meaning == Meaning::negation || after.meaning == Meaning::only)
        continue;
      if (after.meaning == Meaning::value && shares_field(span.candidates, after.candidates)) return true;
      break;
    }
    return false;
  }

  void field(const Span& span) {
    const bool was_grouping = grouping_;
    if (!was_grouping || negating_) {
      if (belongs_to_value(span)) {
        filtered_by_ = &span;
        return;
      }
      const Span* before = previous();
      if (before && before->meaning == Meaning::value && shares_field(span.candidates, before->candidates) &&
          !intent_.values.empty()) {
        keep_shared(intent_.values.back().candidates, span.candidates);
        return;
      }
    }
    FieldUse use;
    use.role = role_here();
    use.candidates = span.candidates;
    use.words = words(span);
    use.after_by = grouping_ && by_ && previous() && previous()->meaning == Meaning::group;
    if (aggregate_) use.aggregate = *aggregate_;
    const auto is_field = [&](std::size_t place) {
      return place < content_.size() && content_[place]->meaning == Meaning::field;
    };
    use.is_joined = (at_ >= 2 && previous()->meaning == Meaning::join && is_field(at_ - 2)) ||
                    (next() && next()->meaning == Meaning::join && is_field(at_ + 2));
    if (use.role == FieldUse::Role::group) intent_.grouped = true;
    if (negating_ && !negated_something_) {
      trouble(span, "I can leave out values, such as those of a field, but not \"" + use.words + "\" as a whole.");
      negated_something_ = true;
    }
    last_field_ = intent_.fields.size();
    for (auto pending = pending_numbers_.begin(); pending != pending_numbers_.end();) {
      // "more than 5 orders"
      if (previous() && previous()->meaning == Meaning::number && *pending + 1 == intent_.numbers.size() &&
          can_be_compared(use)) {
        intent_.numbers[*pending].field = last_field_;
        if (use.role == FieldUse::Role::neutral) use.role = FieldUse::Role::measure;
        pending = pending_numbers_.erase(pending);
      } else {
        ++pending;
      }
    }
    intent_.fields.push_back(std::move(use));
    sorting_ = counting_ = measuring_ = false;
    aggregate_.reset();
    negating_ = false;
    replacing_ = false;
    grouping_ = was_grouping && next() && next()->meaning == Meaning::join;
    by_ = grouping_ && by_;
  }

  static bool can_be_compared(const FieldUse& use) {
    return use.role != FieldUse::Role::removed && use.role != FieldUse::Role::group;
  }

  void value(const Span& span) {
    ValueUse use;
    use.candidates = span.candidates;
    use.words = words(span);
    use.negative = negating_;
    if (filtered_by_) {
      keep_shared(use.candidates, filtered_by_->candidates);
      filtered_by_ = nullptr;
    }
    negated_something_ = negated_something_ || negating_;
    if (!replacing_) intent_.values.push_back(std::move(use));
    replacing_ = false;
    grouping_ = false;
    counting_ = false;
    // "not cancelled or shipped": the negation goes on through the list.
    const Span* after = next();
    const Span* then = next(2);
    const bool list_goes_on = after && after->meaning == Meaning::join && then && then->meaning == Meaning::value;
    const bool named_after =
        after && after->meaning == Meaning::field && shares_field(after->candidates, span.candidates);
    if (!list_goes_on && !named_after) negating_ = false;
  }

  void grain(const Span& span) {
    if (replacing_) {
      replacing_ = false;
      return;
    }
    if (aggregate_ && *aggregate_ != Aggregate::sum) {
      trouble(span, "I cannot take an average or the like over \"" + words(span) + "\" figures.");
      aggregate_.reset();
    }
    intent_.grains.push_back(span.grain);
    grouping_ = grouping_ && next() && next()->meaning == Meaning::join;
  }

  void compare(const Span& span) {
    if (span.comparison.kind == Comparison::Kind::members && intent_.comparison) return;
    if (intent_.comparison && intent_.comparison->kind != Comparison::Kind::members) {
      trouble(span, "I can compare with one earlier period at a time.");
      return;
    }
    intent_.comparison = span.comparison;
    intent_.comparison_unit = span.unit;
  }

  void number(const Span& span) {
    NumberUse use;
    use.condition = span.condition;
    use.words = words(span);
    use.has_currency = span.has_currency;
    pending_numbers_.push_back(intent_.numbers.size());
    intent_.numbers.push_back(std::move(use));
    if (last_field_) number_after_[intent_.numbers.size() - 1] = *last_field_;
    number_after_.try_emplace(intent_.numbers.size() - 1, std::nullopt);
    grouping_ = false;
  }

  void attach_before(std::size_t number) {
    const auto before = number_after_[number];
    if (!before) {
      intent_.troubles.push_back({intent_.numbers[number].words,
                                  "I could not tell which field \"" + intent_.numbers[number].words + "\" is about."});
      return;
    }
    intent_.numbers[number].field = before;
    FieldUse& use = intent_.fields[*before];
    if (use.role == FieldUse::Role::neutral) use.role = FieldUse::Role::measure;
  }

  void aggregate(const Span& span) {
    const Span* target = next();
    if (!target || (target->meaning != Meaning::field && target->meaning != Meaning::grain)) {
      // "the total for Germany" says no more than the measure itself.
      if (span.aggregate != Aggregate::sum) trouble(span, "I could not tell what \"" + words(span) + "\" is about.");
      return;
    }
    aggregate_ = span.aggregate;
  }

  void text_match(const Span& span) {
    const Span* target = next();
    if (!target || target->end != target->begin + 1 || tokens_[target->begin].kind == Token::Kind::comma) {
      trouble(span, "Put what to look for in quotes, as in: product containing \"boot\".");
      return;
    }
    if (!last_field_) {
      trouble(span, "I could not tell which field should contain that.");
      return;
    }
    TextUse use;
    use.kind = span.text_kind;
    use.text = tokens_[target->begin].text;
    use.field = last_field_;
    use.negative = negating_;
    negated_something_ = negated_something_ || negating_;
    negating_ = false;
    intent_.texts.push_back(std::move(use));
    ++at_;
  }

  const std::string& prompt_;
  const Tokens& tokens_;
  std::vector<const Span*> content_;
  std::size_t at_ = 0;
  Intent intent_;

  // What the words before mean for those that follow.
  bool grouping_ = false;
  bool by_ = false;
  bool sorting_ = false;
  bool counting_ = false;
  bool measuring_ = false;
  bool replacing_ = false;
  bool negating_ = false;
  bool negated_something_ = true;
  bool asked_one_ = false;
  const Span* negation_ = nullptr;
  const Span* filtered_by_ = nullptr;
  std::optional<Aggregate> aggregate_;
  std::optional<std::size_t> last_field_;
  std::vector<std::size_t> pending_numbers_;
  std::map<std::size_t, std::optional<std::size_t>> number_after_;
};

}  // namespace

Intent interpret(const std::string& prompt, const Tokens& tokens, const std::vector<Span>& spans) {
  return Interpreter(prompt, tokens, spans).run();
}

}  // namespace analyst::planning
