#include "api/result_stream.h"

namespace jobsd {
namespace {

// {"actions":[{"result":{ … the members of a result stand inside four brackets.
constexpr int result_depth = 4;

// `held` ends with the quoted name.
bool is_typed_only(std::string_view held) {
  return held.ends_with("\"sql\"") || held.ends_with("\"columns\"") || held.ends_with("\"rows\"");
}

}  // namespace

std::string PlainProfile::feed(std::string_view piece) {
  std::string out;
  out.reserve(piece.size());
  for (const char c : piece) take(c, out);
  return out;
}

void PlainProfile::start_key(std::string_view before) {
  in_key_ = true;
  dropping_ = false;
  held_ = before;
}

void PlainProfile::end_key(std::string& out) {
  in_key_ = false;
  dropping_ = is_typed_only(held_);
  if (!dropping_) out += held_;
  held_.clear();
}

void PlainProfile::take(char c, std::string& out) {
  if (in_string_) {
    if (in_key_) {
      held_ += c;
    } else if (!dropping_) {
      out += c;
    }
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      in_string_ = false;
      if (in_key_) end_key(out);
    }
    return;
  }

  if (c == '"') in_string_ = true;
  if (c == ',' && depth_ == result_depth) {
    start_key(",");
    return;
  }
  if (c == '{' || c == '[') ++depth_;
  if (c == '}' || c == ']') {
    if (depth_ == result_depth) {
      dropping_ = false;
      in_key_ = false;
    }
    --depth_;
  }
  if (in_key_) {
    held_ += c;
  } else if (!dropping_) {
    out += c;
  }
  if (c == '{' && depth_ == result_depth) start_key("");
}

}  // namespace jobsd
