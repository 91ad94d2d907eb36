// model/problems.h - what is wrong in a model's files, collected so that all of it can be mended at once.
//
// Not thread-safe; one load has one collection.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "analyst/error.h"

namespace analyst {

// Where something was written. Line 0: the file as a whole; an empty file: the database.
struct Place {
  std::string file = {};
  int line = 0;
  int column = 0;
};

class Problems {
 public:
  // The same message at the same place is kept once.
  void error(const Place& place, const std::string& message) { add(Problem::Severity::error, place, message); }
  void warning(const Place& place, const std::string& message) { add(Problem::Severity::warning, place, message); }

  bool has_errors() const { return errors_ > 0; }
  // Number of errors so far, to see whether a step added one.
  std::size_t errors() const { return errors_; }
  // In the order of files and lines.
  std::vector<Problem> sorted() const;

 private:
  void add(Problem::Severity severity, const Place& place, const std::string& message);

  // Past this many nobody reads on; the last one kept says so.
  static constexpr std::size_t problems_max = 1'000;

  std::vector<Problem> problems_ = {};
  std::size_t errors_ = 0;
};

// Where the parts of a model were written, by a path such as "orders.revenue/sql" or "topic sales/joins/users".
class Places {
 public:
  void set(const std::string& path, Place place) { places_.insert_or_assign(path, std::move(place)); }
  bool has(const std::string& path) const { return places_.contains(path); }
  // The place of `path`, or of the nearest part around it that has one.
  Place find(std::string_view path) const;

 private:
  std::map<std::string, Place, std::less<>> places_ = {};
};

}  // namespace analyst
