// answer/csv.h - rows as CSV: RFC 4180, a header of labels, values formatted, lines ended by CR LF.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "analyst/query.h"

namespace analyst::answering {

struct Csv {
  std::string text = {};
  // The size limit left rows out.
  bool truncated = false;
};

Csv to_csv(const std::vector<ResultColumn>& columns, const Rows& rows, std::size_t bytes_max);

}  // namespace analyst::answering
