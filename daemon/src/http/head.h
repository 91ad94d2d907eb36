// http/head.h - the head of a request: its bytes, its lines and what they say about the body.
//
// This is the strict one of two readers. llhttp reads the same bytes, and a request is taken only if both accept it; but the
// versions of llhttp in use have let through a bare CR as the end of a head (CVE-2025-23167), empty or repeated lines before the
// request and obsolete line folding, and where two servers in a row disagree about such bytes, a request can be smuggled.
// So every byte of a head is looked at here first, as it arrives: a client that speaks something else learns it from its first
// bytes and not after a timeout.
// Thread safety: none; one reader belongs to one connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace http {

// Why a request is not taken. The texts are constants.
struct Refusal {
  int status = 0;
  std::string_view detail = {};
  explicit operator bool() const { return status != 0; }
};

struct HeadLimits {
  std::size_t bytes_max = 0;
  std::size_t target_bytes_max = 0;
  int fields_max = 0;
};

// Finds lines and refuses bytes that may not be in them. Keeps offsets, so that the text may move between two calls.
class HeadReader {
 public:
  struct Field {
    std::uint32_t name = 0, name_end = 0, value = 0, value_end = 0;
  };
  enum class State { more, done, refused };

  // Starts over. `fields_only`: for the trailer of a chunked body, which has no request line.
  void start(const HeadLimits& limits, bool fields_only = false);

  // `text` is everything from the head's first byte on; what was looked at before is not looked at again.
  State read(std::string_view text);

  const Refusal& refusal() const { return refusal_; }
  // In State::done: how long the head is, with the empty line.
  std::size_t size() const { return position_; }
  // Offset of the request line: 2 when an empty line came first.
  std::size_t line_begin() const { return line_; }
  std::size_t line_end() const { return line_end_; }
  const std::vector<Field>& fields() const { return fields_; }

 private:
  State refuse(int status, std::string_view detail);
  // Takes the line from line_begin_ to `end`, without its CRLF.
  State end_line(std::string_view text, std::size_t end);

  HeadLimits limits_ = {};
  std::vector<Field> fields_;
  Refusal refusal_ = {};
  std::size_t position_ = 0;
  std::size_t line_begin_ = 0;
  std::size_t line_ = 0;
  std::size_t line_end_ = 0;
  bool after_cr_ = false;
  bool have_line_ = false;
  bool fields_only_ = false;
};

struct RequestLine {
  std::string_view method = {};
  std::string_view target = {};
  // 0 or 1, of HTTP/1.
  int minor = 1;
};

// 400 for what is not a request line, 505 for another version, 501 for another method, 414 for a long target.
Refusal read_request_line(std::string_view line, std::size_t target_bytes_max, RequestLine& out);

// What the fields together say about the body and the connection.
struct Framing {
  std::uint64_t content_length = 0;
  bool chunked = false;
  bool keep_alive = true;
  bool expects_continue = false;
  std::string_view host = {};

  bool has_body() const { return chunked || content_length > 0; }
};

Refusal read_framing(std::string_view text, const std::vector<HeadReader::Field>& fields, const RequestLine& line,
                     std::size_t body_bytes_max, Framing& out);

}  // namespace http
