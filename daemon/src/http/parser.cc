#include "http/parser.h"

#include <llhttp.h>

#include <algorithm>
#include <cstring>

#include "http/characters.h"

namespace http {
namespace {

constexpr std::size_t first_capacity = 4 * 1024;
constexpr std::size_t body_capacity = 16 * 1024;
// A body's memory is taken as it comes, so that announcing a large one costs a client as much as sending it.
constexpr std::size_t body_reserve_max = 64 * 1024;
// What chunks may cost beside their data: a chunk of one byte has five bytes around it.
constexpr std::size_t framing_per_body_byte = 8;

}  // namespace

struct Parser::Callbacks {
  static Parser& self(llhttp_t* parser) { return *static_cast<Parser*>(parser->data); }

  static int headers_complete(llhttp_t* parser) {
    parser->upgrade = 0;  // An offer to upgrade is declined by ignoring it: RFC 9110 section 7.8.
    return 0;
  }
  static int chunk_header(llhttp_t* parser) {
    Parser& p = self(parser);
    if (parser->content_length == 0) {
      p.last_chunk_ = true;  // The trailer is read by HeadReader, as strictly as the head.
      return HPE_PAUSED;
    }
    if (parser->content_length > p.limits_.body_bytes_max - p.request_.body.size()) {
      p.body_too_large_ = true;
      return HPE_USER;
    }
    return 0;
  }
  static int body(llhttp_t* parser, const char* at, size_t length) {
    Parser& p = self(parser);
    // Here, and not only after each piece: what is refused must not depend on where the pieces happen to end.
    if (p.framing_.chunked && p.too_much_framing(at)) {
      p.framing_too_large_ = true;
      return HPE_USER;
    }
    p.request_.body.append(at, length);
    return 0;
  }
  static int message_complete(llhttp_t* parser) {
    self(parser).message_done_ = true;
    return HPE_PAUSED;
  }

  static const llhttp_settings_t* settings() {
    static const llhttp_settings_t made = [] {
      llhttp_settings_t out;
      llhttp_settings_init(&out);
      out.on_headers_complete = headers_complete;
      out.on_chunk_header = chunk_header;
      out.on_body = body;
      out.on_message_complete = message_complete;
      return out;
    }();
    return &made;
  }
};

Parser::Parser(const ParserLimits& limits) : limits_(limits), llhttp_(std::make_unique<llhttp_t>()) { next(); }

Parser::~Parser() = default;

void Parser::grow(std::size_t capacity) {
  auto larger = std::make_unique_for_overwrite<char[]>(capacity);
  if (end_ > begin_) std::memcpy(larger.get(), buffer_.get() + begin_, end_ - begin_);
  buffer_ = std::move(larger);
  capacity_ = capacity;
  end_ -= begin_;
  begin_ = 0;
}

std::span<char> Parser::space() {
  if (begin_ == end_) begin_ = end_ = 0;
  const std::size_t most = std::max(limits_.header_bytes_max, body_capacity);
  if (capacity_ == 0) {
    grow(std::min(first_capacity, most));
  } else if (state_ == Progress::need_body && capacity_ < body_capacity) {
    grow(body_capacity);
  } else if (end_ == capacity_) {
    if (begin_ > 0) {
      std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    } else if (capacity_ < most) {
      grow(std::min(capacity_ * 2, most));
    }
  }
  return {buffer_.get() + end_, capacity_ - end_};
}

void Parser::received(std::size_t bytes) { end_ += bytes; }

void Parser::next() {
  head_.start({.bytes_max = limits_.header_bytes_max,
               .target_bytes_max = limits_.target_bytes_max,
               .fields_max = limits_.headers_max});
  request_.headers.clear();
  request_.query.clear();
  if (request_.body.capacity() > body_reserve_max) {
    request_.body = {};  // One large upload must not hold its memory for as long as the connection lives.
  } else {
    request_.body.clear();
  }
  framing_ = {};
  state_ = Progress::need_head;
  framing_bytes_ = 0;
  head_taken_ = asterisk_ = continue_asked_ = message_done_ = last_chunk_ = body_too_large_ = framing_too_large_ = false;
}

bool Parser::too_much_framing(const char* at) const {
  const std::size_t data = request_.body.size() - body_before_piece_;
  const std::size_t framing = framing_bytes_ + static_cast<std::size_t>(at - piece_) - data;
  return framing > limits_.header_bytes_max + framing_per_body_byte * request_.body.size();
}

Progress Parser::refuse(int status, std::string_view detail) {
  refusal_ = {status, detail};
  framing_.keep_alive = false;
  return state_ = Progress::refused;
}

Progress Parser::parse() {
  if (state_ == Progress::need_head) parse_head();
  if (state_ == Progress::need_continue) {
    if (!continue_asked_ && begin_ == end_) {
      continue_asked_ = true;
      return Progress::need_continue;
    }
    state_ = Progress::need_body;
  }
  if (state_ == Progress::need_body) {
    if (!last_chunk_) parse_body();
    if (state_ == Progress::need_body && last_chunk_) parse_trailer();
  }
  return state_;
}

Progress Parser::parse_head() {
  const auto text = unread();
  switch (head_.read(text)) {
    case HeadReader::State::more: return state_;
    case HeadReader::State::refused: return refuse(head_.refusal());
    case HeadReader::State::done: break;
  }
  RequestLine line;
  if (const auto problem = read_request_line(text.substr(head_.line_begin(), head_.line_end() - head_.line_begin()),
                                             limits_.target_bytes_max, line)) {
    return refuse(problem);
  }
  minor_ = line.minor;
  if (const auto problem = read_target(line.target, target_); !problem.empty()) return refuse(400, problem);
  if (const auto problem = read_framing(text, head_.fields(), line, limits_.body_bytes_max, framing_)) return refuse(problem);
  if (!target_.authority.empty() && !framing_.host.empty() && !characters::same_word(target_.authority, framing_.host)) {
    return refuse(400, "the target and Host name different servers");
  }
  asterisk_ = target_.path == "*";
  if (asterisk_ && line.method != "OPTIONS") return refuse(400, "only OPTIONS may ask for \"*\"");

  llhttp_init(llhttp_.get(), HTTP_REQUEST, Callbacks::settings());
  llhttp_->data = this;
  const auto result = llhttp_execute(llhttp_.get(), text.data() + head_.line_begin(), head_.size() - head_.line_begin());
  const auto expected = framing_.has_body() ? HPE_OK : HPE_PAUSED;
  const bool same_body = framing_.chunked ? (llhttp_->flags & F_CHUNKED) != 0 : llhttp_->content_length == framing_.content_length;
  if (result != expected || message_done_ == framing_.has_body() || (framing_.has_body() && !same_body)) {
    return refuse(400, "the request cannot be read");
  }

  request_.method = line.method;
  request_.path.swap(target_.path);
  request_.query.swap(target_.query);
  add_fields(request_.headers);
  head_taken_ = true;
  begin_ += head_.size();
  if (!framing_.has_body()) return state_ = Progress::complete;
  request_.body.reserve(std::min<std::size_t>(framing_.content_length, body_reserve_max));
  return state_ = framing_.expects_continue ? Progress::need_continue : Progress::need_body;
}

void Parser::add_fields(Headers& out) const {
  const auto text = unread();
  out.reserve(head_.fields().size());
  for (const auto& field : head_.fields()) {
    out.add(std::string(text.substr(field.name, field.name_end - field.name)),
            std::string(text.substr(field.value, field.value_end - field.value)));
  }
}

Headers Parser::fields() const {
  if (head_taken_) return request_.headers;
  Headers out;
  add_fields(out);
  return out;
}

Progress Parser::parse_body() {
  auto text = unread();
  if (text.empty()) return state_;
  if (!framing_.chunked) text = text.substr(0, framing_.content_length - request_.body.size());
  piece_ = text.data();
  body_before_piece_ = request_.body.size();
  const auto result = llhttp_execute(llhttp_.get(), text.data(), text.size());
  if (body_too_large_) return refuse(413, "the body is larger than this server accepts");
  std::size_t used = text.size();
  if (result == HPE_PAUSED) {
    used = static_cast<std::size_t>(llhttp_get_error_pos(llhttp_.get()) - text.data());
  } else if (result != HPE_OK && !framing_too_large_) {
    return refuse(400, "the chunked body cannot be read");
  }
  begin_ += used;
  if (!framing_.chunked) {
    const bool whole = request_.body.size() == framing_.content_length;
    if (whole != message_done_) return refuse(400, "the request cannot be read");
    return whole ? state_ = Progress::complete : state_;
  }
  if (framing_too_large_ || too_much_framing(piece_ + used)) return refuse(400, "the chunks have too much around their data");
  framing_bytes_ += used - (request_.body.size() - body_before_piece_);
  if (last_chunk_) {
    head_.start({.bytes_max = limits_.header_bytes_max,
                 .target_bytes_max = limits_.target_bytes_max,
                 .fields_max = limits_.headers_max},
                true);
  } else if (result == HPE_PAUSED) {
    return refuse(400, "the request cannot be read");
  }
  return state_;
}

Progress Parser::parse_trailer() {
  // The fields of a trailer are checked and dropped, as RFC 9110 section 6.5.1 allows: nothing here needs one, and merging
  // them with the header is a known way around checks on it.
  switch (head_.read(unread())) {
    case HeadReader::State::more: return state_;
    case HeadReader::State::refused: return refuse(head_.refusal());
    case HeadReader::State::done: break;
  }
  begin_ += head_.size();
  return state_ = Progress::complete;
}

}  // namespace http
