// compile/dialect.h - what differs between databases in the SQL that the compiler writes.
//
// The compiler keeps to SQL that every supported database reads the same way (window functions, NULLS LAST, IS TRUE,
// common table expressions) and asks the dialect only for what has no common spelling: parameters, text search,
// calendar arithmetic and a null-safe comparison. A dialect holds no state and no connection.
//
// Thread safety: const objects, safe to share.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "analyst/model.h"

namespace analyst {

class Dialect {
 public:
  virtual ~Dialect() = default;

  virtual std::string_view name() const = 0;

  // An identifier in quotes, whatever characters it has.
  virtual std::string quoted(std::string_view identifier) const = 0;
  // The placeholder of the value with this number, counted from 1.
  virtual std::string parameter(std::size_t number) const = 0;

  // True when both are equal or both are NULL.
  virtual std::string same(const std::string& left, const std::string& right) const = 0;
  // `text` matches `pattern`, in which % and _ are wild unless a backslash precedes them; letter case is ignored.
  virtual std::string like(const std::string& text, const std::string& pattern) const = 0;

  virtual std::string as_real(const std::string& number) const = 0;
  virtual std::string as_integer(const std::string& text) const = 0;

  // A timestamp moved by a number of seconds.
  virtual std::string shifted(const std::string& timestamp, const std::string& seconds) const = 0;
  // The timeframe of a date or of a local timestamp. The periods are text that sorts in time order: "2025-03-09",
  // the Monday of a week, "2025-03", "2025-Q1", "2025", "2025-03-09 14:00:00"; the parts are numbers or English names.
  virtual std::string timeframe(Timeframe timeframe, const std::string& local) const = 0;
  // All values of a window as one text, separated by ", ", in the order of the values.
  virtual std::string list_over(const std::string& value, const std::string& partition) const = 0;
};

const Dialect& sqlite_dialect();

}  // namespace analyst
