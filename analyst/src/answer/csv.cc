#include "answer/csv.h"

#include "answer/format.h"

namespace analyst::answering {
namespace {

void add_field(std::string& line, const std::string& value, bool first) {
  if (!first) line += ',';
  if (value.find_first_of(",\"\r\n") == std::string::npos) {
    line += value;
    return;
  }
  line += '"';
  for (const char c : value) {
    if (c == '"') line += '"';
    line += c;
  }
  line += '"';
}

}  // namespace

Csv to_csv(const std::vector<ResultColumn>& columns, const Rows& rows, std::size_t bytes_max) {
  Csv csv;
  for (std::size_t i = 0; i < columns.size(); ++i) add_field(csv.text, columns[i].label, i == 0);
  csv.text += "\r\n";
  for (const auto& row : rows.rows) {
    std::string line;
    for (std::size_t i = 0; i < columns.size() && i < row.size(); ++i)
      add_field(line, format_value(row[i], columns[i]), i == 0);
    line += "\r\n";
    if (csv.text.size() + line.size() > bytes_max) {
      csv.truncated = true;
      break;
    }
    csv.text += line;
  }
  return csv;
}

}  // namespace analyst::answering
