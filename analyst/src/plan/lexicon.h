// plan/lexicon.h - every phrase by which a question can name a field, or a value, of the model.
//
// Built from a model as the user may see it, so that what is not visible cannot be named, guessed or suggested. Phrases
// are keyed by their stems (plan/text.h). A lexicon belongs to one question and one thread.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyst/model.h"
#include "plan/span.h"

namespace analyst::planning {

class Lexicon {
 public:
  explicit Lexicon(const Model& model);

  void add_value(const FieldName& field, const std::string& value);

  // The longest phrase that starts at `at` and names a field, and the longest that names a value.
  std::optional<Span> match_field(const Tokens& tokens, std::size_t at) const;
  std::optional<Span> match_value(const Tokens& tokens, std::size_t at) const;

  // Fields that a phrase names, however they are reached.
  std::vector<Candidate> fields(std::string_view phrase) const;

  // What a misspelt word may have meant: labels and values, best first.
  std::vector<std::string> nearest(std::string_view word, std::size_t count) const;

 private:
  struct Entry {
    Candidate candidate = {};
    // As the model or the database writes it.
    std::string spelling = {};
    // What to call it in a suggestion.
    std::string label = {};
  };
  using Phrases = std::map<std::string, std::vector<Entry>, std::less<>>;

  void add(Phrases& phrases, std::string_view phrase, Candidate candidate, std::string label);
  void add_view(const View& view);
  static std::optional<Span> match(const Phrases& phrases, Meaning meaning, std::size_t words_max, const Tokens& tokens,
                                   std::size_t at);

  Phrases fields_;
  Phrases values_;
  std::size_t field_words_max_ = 1;
  std::size_t value_words_max_ = 1;
};

// "Order date month"; the name when the model does not know the field.
std::string label_of(const Model& model, const FieldName& name);

const Field* field_of(const Model& model, const FieldName& name);
const Dimension* dimension_of(const Model& model, const FieldName& name);
const Measure* measure_of(const Model& model, const FieldName& name);
bool is_time(const Dimension& dimension);

}  // namespace analyst::planning
