// api/result_stream.h - the stored result document on its way out, piece by piece.
//
// The document is stored once, with what only the typed profile shows. For everybody else `sql`, `columns` and `rows` are cut
// out of the passing bytes: parsing a document of many megabytes to print it again would hold up the event loop.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jobsd {

// Removes `sql`, `columns` and `rows` from actions[].result of a document that ai/result_document.h made: without spaces
// between its tokens, and with none of the three the first member of its object.
// Thread safety: none; one document each.
class PlainProfile {
 public:
  // What remains of the next piece. A few bytes may be held back until the piece after it.
  std::string feed(std::string_view piece);

 private:
  void take(char c, std::string& out);
  void start_key(std::string_view before);
  void end_key(std::string& out);

  int depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
  // Reading the name of a member of a result; `held_` has everything since the comma before it.
  bool in_key_ = false;
  bool dropping_ = false;
  std::string held_;
};

// How many bytes of the document one piece of the answer is made from.
inline constexpr std::size_t result_piece_bytes = 64 * 1024;

}  // namespace jobsd
