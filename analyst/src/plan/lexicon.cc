#include "plan/lexicon.h"

#include <algorithm>
#include <utility>

#include "plan/text.h"

namespace analyst::planning {
namespace {

constexpr std::size_t phrase_words_max = 8;

std::size_t count_words(std::string_view stemmed) {
  return static_cast<std::size_t>(std::count(stemmed.begin(), stemmed.end(), ' ')) + 1;
}

// "ordered" and "ordering" for order, "returned" for return.
std::vector<std::string> verb_stems(const std::string& word) {
  std::vector<std::string> out;
  if (word.size() > 4 && word.ends_with("ed")) {
    out.push_back(word.substr(0, word.size() - 2));
    out.push_back(word.substr(0, word.size() - 1));
  }
  return out;
}

// The dimension that people mean by the name of its view: "customers" for customers.name.
const Dimension* naming_dimension(const View& view) {
  const std::string one = stems(view.name);
  for (const Dimension& dimension : view.dimensions) {
    if (dimension.hidden || dimension.type != ValueType::text) continue;
    const std::string name = stems(dimension.name);
    if (name == "name" || name == "title" || name == one || name == one + " name" || stems(dimension.label) == one)
      return &dimension;
  }
  for (const Dimension& dimension : view.dimensions) {
    if (!dimension.hidden && dimension.primary_key) return &dimension;
  }
  return nullptr;
}

bool counts_rows(const Measure& measure) {
  return measure.aggregate == Aggregate::count && measure.filters.empty() && measure.sql.empty();
}

}  // namespace

Lexicon::Lexicon(const Model& model) {
  for (const View& view : model.views) {
    if (!view.hidden) add_view(view);
  }
}

void Lexicon::add(Phrases& phrases, std::string_view phrase, Candidate candidate, std::string label) {
  const std::string key = stems(phrase);
  if (key.empty() || count_words(key) > phrase_words_max) return;
  auto& entries = phrases[key];
  const auto same = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) {
    return entry.candidate.name == candidate.name && entry.candidate.value == candidate.value;
  });
  if (same != entries.end()) {
    same->candidate.indirect = same->candidate.indirect && candidate.indirect;
    return;
  }
  auto& words_max = &phrases == &fields_ ? field_words_max_ : value_words_max_;
  words_max = std::max(words_max, count_words(key));
  entries.push_back({std::move(candidate), std::string(phrase), std::move(label)});
}

void Lexicon::add_view(const View& view) {
  std::vector<std::string> view_phrases = {view.label, view.name};
  view_phrases.insert(view_phrases.end(), view.synonyms.begin(), view.synonyms.end());

  const auto add_field = [&](const Field& field, bool is_measure) {
    if (field.hidden) return;
    const Candidate candidate{.name = {view.name, field.name, {}}, .is_measure = is_measure};
    add(fields_, field.label, candidate, field.label);
    add(fields_, field.name, candidate, field.label);
    for (const auto& synonym : field.synonyms) add(fields_, synonym, candidate, field.label);
    for (const auto& phrase : view_phrases) {
      add(fields_, phrase + " " + field.label, candidate, field.label);
      add(fields_, phrase + " " + field.name, candidate, field.label);
    }
  };
  for (const Dimension& dimension : view.dimensions) {
    add_field(dimension, false);
    if (dimension.hidden) continue;
    for (const auto& value : dimension.sample_values) add_value({view.name, dimension.name, {}}, value);
  }
  for (const Measure& measure : view.measures) add_field(measure, true);

  if (const Dimension* named = naming_dimension(view)) {
    for (const auto& phrase : view_phrases) {
      add(fields_, phrase, {.name = {view.name, named->name, {}}, .indirect = true}, named->label);
    }
  }
  for (const Measure& measure : view.measures) {
    if (measure.hidden || !counts_rows(measure)) continue;
    for (const auto& phrase : view_phrases) {
      add(fields_, phrase, {.name = {view.name, measure.name, {}}, .is_measure = true, .indirect = true},
          measure.label);
    }
    break;
  }
}

void Lexicon::add_value(const FieldName& field, const std::string& value) {
  if (value.empty()) return;
  add(values_, value, {.name = field, .value = value}, value);
}

std::optional<Span> Lexicon::match(const Phrases& phrases, Meaning meaning, std::size_t words_max, const Tokens& tokens,
                                   std::size_t at) {
  std::optional<Span> best;
  std::string key;
  std::string typed;
  const auto take = [&](const Phrases::const_iterator& found, std::size_t end, bool verb) {
    if (found == phrases.end()) return;
    Span span;
    if (best && best->end == end) span = *best;
    span.meaning = meaning;
    span.begin = at;
    span.end = end;
    for (const Entry& entry : found->second) {
      const auto known = std::any_of(span.candidates.begin(), span.candidates.end(), [&](const Candidate& candidate) {
        return candidate.name == entry.candidate.name && candidate.value == entry.candidate.value;
      });
      if (known) continue;
      Candidate candidate = entry.candidate;
      candidate.exact = entry.spelling == typed;
      candidate.indirect = candidate.indirect || verb;
      span.candidates.push_back(std::move(candidate));
    }
    best = std::move(span);
  };
  for (std::size_t end = at; end < tokens.size() && end < at + words_max; ++end) {
    const Token& token = tokens[end];
    if (token.kind == Token::Kind::comma) break;
    if (!key.empty()) {
      key += ' ';
      typed += ' ';
    }
    key += token.stem;
    typed += token.text;
    take(phrases.find(key), end + 1, false);
    if (end == at && meaning == Meaning::field && token.kind == Token::Kind::word) {
      for (const auto& verb : verb_stems(token.lower)) take(phrases.find(verb), end + 1, true);
    }
  }
  return best;
}

std::optional<Span> Lexicon::match_field(const Tokens& tokens, std::size_t at) const {
  if (tokens[at].kind == Token::Kind::quoted) return {};
  return match(fields_, Meaning::field, field_words_max_, tokens, at);
}

std::optional<Span> Lexicon::match_value(const Tokens& tokens, std::size_t at) const {
  return match(values_, Meaning::value, value_words_max_, tokens, at);
}

std::vector<Candidate> Lexicon::fields(std::string_view phrase) const {
  std::vector<Candidate> out;
  if (const auto found = fields_.find(stems(phrase)); found != fields_.end()) {
    for (const Entry& entry : found->second) out.push_back(entry.candidate);
  }
  return out;
}

std::vector<std::string> Lexicon::nearest(std::string_view word, std::size_t count) const {
  const std::string stem = stems(word);
  if (stem.size() < 3) return {};
  const int limit = stem.size() >= 8 ? 3 : stem.size() >= 5 ? 2 : 1;
  std::vector<std::pair<int, std::string>> found;
  for (const Phrases* phrases : {&fields_, &values_}) {
    for (const auto& [key, entries] : *phrases) {
      int distance = edits(stem, key, limit);
      if (distance > limit) {
        const auto padded = " " + key + " ";
        const bool part =
            padded.find(" " + stem + " ") != std::string::npos || (stem.size() >= 4 && key.starts_with(stem));
        if (!part) continue;
        distance = limit + 1;
      }
      for (const Entry& entry : entries) found.emplace_back(distance, entry.label);
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> out;
  for (const auto& [distance, label] : found) {
    if (out.size() == count) break;
    if (std::find(out.begin(), out.end(), label) == out.end()) out.push_back(label);
  }
  return out;
}

const Dimension* dimension_of(const Model& model, const FieldName& name) {
  const View* view = model.view(name.view);
  return view ? view->dimension(name.field) : nullptr;
}

const Measure* measure_of(const Model& model, const FieldName& name) {
  const View* view = model.view(name.view);
  return view ? view->measure(name.field) : nullptr;
}

const Field* field_of(const Model& model, const FieldName& name) {
  if (const Field* dimension = dimension_of(model, name)) return dimension;
  return measure_of(model, name);
}

bool is_time(const Dimension& dimension) {
  return dimension.type == ValueType::date || dimension.type == ValueType::timestamp;
}

std::string label_of(const Model& model, const FieldName& name) {
  const Field* field = field_of(model, name);
  std::string label = field ? field->label : name.view + "." + name.field;
  if (name.timeframe && *name.timeframe != Timeframe::raw) {
    std::string grain(to_string(*name.timeframe));
    std::replace(grain.begin(), grain.end(), '_', ' ');
    label += " " + grain;
  }
  return label;
}

}  // namespace analyst::planning
