// analyst/error.h - what the analyst throws when it could not do what it was asked.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace analyst {

enum class Errc {
  // The question or query cannot be answered as it stands: change it. The message says what was not understood.
  bad_query,
  // The user may not see this. Said as such, never shown as zero rows.
  not_allowed,
  // The database refused or failed. Worth another try.
  database,
  // A time, row or byte limit was reached: ask for less.
  too_large,
  // The caller asked to stop.
  stopped,
};

// The message is for the person who asked: no SQL text, path or secret is in it.
class Error : public std::runtime_error {
 public:
  Error(Errc code, const std::string& message) : std::runtime_error(message), code_(code) {}
  Errc code() const { return code_; }

 private:
  Errc code_;
};

// One thing that is wrong, or worth knowing, in a model's files. Lines and columns count from 1.
struct Problem {
  enum class Severity { error, warning };
  Severity severity = Severity::error;
  std::string file = {};
  int line = 0;
  int column = 0;
  std::string message = {};

  // "file:line:column: error: message"
  std::string to_string() const;
};

// A model could not be loaded. what() holds every problem, one a line.
class ModelError : public std::runtime_error {
 public:
  explicit ModelError(std::vector<Problem> problems);
  const std::vector<Problem>& problems() const { return problems_; }

 private:
  std::vector<Problem> problems_;
};

}  // namespace analyst
