// http/gzip.h - JSON answers compressed for clients that ask for it (Accept-Encoding, RFC 9110 section 12.5.3).
//
// Compression is cheap and bounded: the fastest level, and a large body in pieces between which others get their turn, so that one answer
// never holds up the event loop.
// Thread safety: none; used on the event loop only.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "http/message.h"

struct z_stream_s;

namespace http {

// One gzip member (RFC 1952). Throws std::bad_alloc.
class Gzip {
 public:
  Gzip();
  ~Gzip();
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  // What is ready after `piece`; may be empty. `last` ends the member: nothing may be fed after it.
  std::string feed(std::string_view piece, bool last);

 private:
  std::unique_ptr<z_stream_s> stream_;
};

// Whether an Accept-Encoding field takes gzip: named, or by "*", and not with q=0.
bool accepts_gzip(std::string_view accept_encoding);

// A body below this is sent as it is: it fits into one packet either way.
inline constexpr std::size_t gzip_bytes_min = 1024;

// Compresses the answer when it is JSON, large enough or a stream, and the client asks for it. Its ETag then gets "-gzip" at its
// end, since other bytes need another name.
void compress(const Request& request, Response& response);

// Whether an If-None-Match field names `etag`, a strong one with its quotes, or its compressed form.
bool none_match_names(std::string_view if_none_match, std::string_view etag);

}  // namespace http
