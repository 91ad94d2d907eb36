#include "app/journal.h"

#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>

#include <array>
#include <cstdlib>

namespace jobsd {
namespace {

struct Field {
  std::string_view in_line;
  std::string_view in_journal;
};
constexpr std::array<Field, 3> fields_of_lines = {
    Field{"job=", "JOBSD_JOB="}, Field{"request=", "JOBSD_REQUEST="}, Field{"trace=", "JOBSD_TRACE="}};

// As syslog(3) counts.
std::string_view priority_of(jobs::LogLevel level) {
  switch (level) {
    case jobs::LogLevel::debug:
      return "7";
    case jobs::LogLevel::info:
      return "6";
    case jobs::LogLevel::warning:
      return "4";
    case jobs::LogLevel::error:
      return "3";
  }
  return "6";
}

}  // namespace

bool is_journal(int descriptor) {
  const char* const stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (stream == nullptr || ::fstat(descriptor, &status) != 0) return false;
  return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino) == stream;
}

std::vector<std::string> journal_fields(jobs::LogLevel level, std::string_view line) {
  std::vector<std::string> fields = {"MESSAGE=" + std::string(line), "PRIORITY=" + std::string(priority_of(level))};
  for (std::size_t known = 0; known < fields_of_lines.size();) {
    const Field& field = fields_of_lines[known];
    if (!line.starts_with(field.in_line)) {
      ++known;
      continue;
    }
    const std::string_view word = line.substr(0, line.find(' '));
    fields.push_back(std::string(field.in_journal) + std::string(word.substr(field.in_line.size())));
    if (word.size() == line.size()) break;
    line.remove_prefix(word.size() + 1);
    known = 0;
  }
  return fields;
}

bool send_to_journal(const std::vector<std::string>& fields) {
  std::vector<iovec> pieces;
  for (const std::string& field : fields) pieces.push_back({const_cast<char*>(field.data()), field.size()});
  return sd_journal_sendv(pieces.data(), static_cast<int>(pieces.size())) == 0;
}

}  // namespace jobsd
