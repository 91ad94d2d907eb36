// http/parser.h - bytes in, requests out.
//
// llhttp, in strict mode, decodes the body and confirms the head; HeadReader and the rules beside it decide first (see head.h for why
// there are two). The parser owns the read buffer, so that a socket reads straight into it and pipelined requests wait there.
//
//   while (parser.parse() == Progress::need_head) { n = read(parser.space()); parser.received(n); }
//
// Thread safety: none; one parser belongs to one connection.
// Invariants:
//  1. A request is complete only if both readers agree where it ends.
//  2. Memory is bounded: the buffer by header_bytes_max (or 16 KiB), the body by body_bytes_max.
//  3. After `refused` nothing is read any more: no byte after a bad one is ever taken for a request.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "http/head.h"
#include "http/message.h"
#include "http/target.h"

struct llhttp__internal_s;

namespace http {

struct ParserLimits {
  std::size_t header_bytes_max = 16 * 1024;
  std::size_t target_bytes_max = 8 * 1024;
  std::size_t body_bytes_max = 1024 * 1024;
  int headers_max = 100;
};

enum class Progress {
  need_head,      // more bytes, please; the head is not complete
  need_continue,  // returned once: the client waits for "100 Continue" before it sends the body
  need_body,      // more bytes, please; the body is not complete
  complete,       // request() is whole
  refused,        // refusal() says why; the connection must be closed after the answer
};

class Parser {
 public:
  explicit Parser(const ParserLimits& limits);
  ~Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  // Where the next bytes go. Empty only while a complete request waits for next() and the buffer is full.
  std::span<char> space();
  void received(std::size_t bytes);

  Progress parse();

  // In `complete`. The session may add to it; what next() leaves behind is unspecified but for its memory.
  Request& request() { return request_; }
  const Request& request() const { return request_; }
  const Refusal& refusal() const { return refusal_; }
  // Of the request at hand, as far as they were read; also when it was refused, or its head never came to an end.
  Headers fields() const;
  // Whether the connection may go on after this request, as far as the client is concerned.
  bool keep_alive() const { return framing_.keep_alive; }
  // Whether the client speaks HTTP/1.1, and so chunked.
  bool speaks_chunked() const { return minor_ == 1; }
  // "*" was asked for, with OPTIONS: the server itself is meant.
  bool asterisk() const { return asterisk_; }

  // Whether any byte of the request at hand has come.
  bool started() const { return state_ != Progress::need_head || begin_ != end_; }

  // Forgets the request at hand; bytes beyond it stay.
  void next();

 private:
  struct Callbacks;

  Progress refuse(int status, std::string_view detail);
  Progress refuse(const Refusal& refusal) { return refuse(refusal.status, refusal.detail); }
  Progress parse_head();
  Progress parse_body();
  Progress parse_trailer();
  // Whether the chunks up to `at` have too much around their data.
  bool too_much_framing(const char* at) const;
  // From the reader of the head, which still has its bytes.
  void add_fields(Headers& out) const;
  void grow(std::size_t capacity);
  std::string_view unread() const { return {buffer_.get() + begin_, end_ - begin_}; }

  const ParserLimits limits_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;

  std::unique_ptr<llhttp__internal_s> llhttp_;
  HeadReader head_;
  Framing framing_ = {};
  Target target_ = {};
  Request request_ = {};
  Refusal refusal_ = {};
  Progress state_ = Progress::need_head;
  // What of a chunked body was not data, up to the piece at hand; where that piece begins, and how long the body was then.
  std::size_t framing_bytes_ = 0;
  const char* piece_ = nullptr;
  std::size_t body_before_piece_ = 0;
  int minor_ = 1;
  bool head_taken_ = false;
  bool asterisk_ = false;
  bool continue_asked_ = false;
  bool message_done_ = false;
  bool last_chunk_ = false;
  bool body_too_large_ = false;
  bool framing_too_large_ = false;
};

}  // namespace http
