// compile/bindings.h - the values of a statement, apart from its text. Equal values share a placeholder, so an
// expression that is repeated in a statement is repeated to the letter.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "analyst/error.h"
#include "analyst/value.h"
#include "compile/dialect.h"

namespace analyst {

class Bindings {
 public:
  explicit Bindings(const Dialect& dialect) : dialect_(dialect) {}

  // The placeholder for `value`. Every value of a query reaches the database through here and nowhere else.
  std::string bind(const Value& value) {
    const auto [place, is_new] = numbers_.try_emplace(value, values_.size() + 1);
    if (is_new) {
      if (values_.size() == values_max) throw Error(Errc::too_large, "The query has too many values. Ask for fewer.");
      values_.push_back(value);
    }
    return dialect_.parameter(place->second);
  }

  std::vector<Value> take() { return std::move(values_); }

 private:
  // SQLite's own limit is 32,766.
  static constexpr std::size_t values_max = 30'000;

  const Dialect& dialect_;
  std::map<Value, std::size_t> numbers_;
  std::vector<Value> values_;
};

}  // namespace analyst
