// plan/values.h - finds which fields hold a word of the question as a value: "Germany" is customers.country.
//
// Lookups are semantic queries run with the user's permissions, so a value that the user may not see is not found. They
// happen only for words that nothing else explains.
#pragma once

#include <string>
#include <vector>

#include "analyst/analyst.h"

namespace analyst::planning {

struct FoundValue {
  FieldName field = {};
  std::string value = {};
};

class Values {
 public:
  virtual ~Values() = default;
  // Values equal to one of `texts` but for case and plural; at most a few hundred.
  virtual std::vector<FoundValue> find(const std::vector<std::string>& texts) = 0;
  // The values of fields with few of them: for those that differ in more than case, and for suggestions.
  virtual std::vector<FoundValue> common() = 0;
};

// In a database, through the semantic compiler. One question's, on one thread. Throws Error(stopped).
class DatabaseValues : public Values {
 public:
  DatabaseValues(const Model& visible_model, Database& database, const Question& question, const User& user,
                 std::stop_token stop);
  std::vector<FoundValue> find(const std::vector<std::string>& texts) override;
  std::vector<FoundValue> common() override;

 private:
  struct Place;
  std::vector<FoundValue> run(const Place& place, const std::vector<std::string>& texts, std::size_t limit);
  std::vector<Place> places() const;

  const Model& model_;
  Database& database_;
  const Question& question_;
  const User& user_;
  std::stop_token stop_;
};

// The ways a text may be written in a database: "shoe" is looked for as shoe, Shoe, SHOE, shoes, Shoes, SHOES.
std::vector<std::string> spellings(const std::string& text);

}  // namespace analyst::planning
