#include "http/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <new>
#include <utility>

#include "http/characters.h"
#include "http/media_type.h"

namespace http {
namespace {

// 15 bits of window, and 16 for gzip's header instead of zlib's.
constexpr int window_bits = 15 + 16;
constexpr int memory_level = 8;
constexpr std::size_t piece_bytes = 64 * 1024;
constexpr std::string_view gzip_suffix = "-gzip\"";

bool is_refused(std::string_view parameters) {
  const auto at = parameters.find("q=");
  if (at == std::string_view::npos) return false;
  const auto weight = characters::trim(parameters.substr(at + 2));
  return !weight.empty() && weight.find_first_not_of("0.") == std::string_view::npos;
}

// A body or a stream on its way through the compressor.
struct Compressed {
  Gzip gzip = {};
  std::string body = {};
  std::size_t taken = 0;
  BodySource source = {};
  bool ended = false;

  asio::awaitable<std::string> next() {
    // A piece may give nothing yet, and an empty one would end the body.
    while (!ended) {
      std::string out;
      if (source) {
        const std::string piece = co_await source();
        ended = piece.empty();
        out = gzip.feed(piece, ended);
      } else {
        const auto piece = std::string_view(body).substr(taken, piece_bytes);
        taken += piece.size();
        ended = taken == body.size();
        out = gzip.feed(piece, ended);
      }
      if (!out.empty()) co_return out;
    }
    co_return std::string();
  }
};

}  // namespace

Gzip::Gzip() : stream_(std::make_unique<z_stream>()) {
  if (deflateInit2(stream_.get(), Z_BEST_SPEED, Z_DEFLATED, window_bits, memory_level, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
}

Gzip::~Gzip() { deflateEnd(stream_.get()); }

std::string Gzip::feed(std::string_view piece, bool last) {
  std::string out;
  // zlib's input is not const, and is not written to.
  stream_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
  stream_->avail_in = static_cast<uInt>(piece.size());
  do {
    const std::size_t had = out.size();
    out.resize(had + std::max<std::size_t>(piece.size() / 4, 1024));
    stream_->next_out = reinterpret_cast<Bytef*>(out.data() + had);
    stream_->avail_out = static_cast<uInt>(out.size() - had);
    deflate(stream_.get(), last ? Z_FINISH : Z_NO_FLUSH);
  } while (stream_->avail_out == 0);
  out.resize(out.size() - stream_->avail_out);
  return out;
}

bool accepts_gzip(std::string_view accept_encoding) {
  enum class Said { nothing, yes, no } named = Said::nothing, any = Said::nothing;
  characters::each_element(accept_encoding, [&](std::string_view element) {
    const auto end = std::min(element.find(';'), element.size());
    const auto coding = characters::trim(element.substr(0, end));
    const auto said = is_refused(element.substr(end)) ? Said::no : Said::yes;
    if (characters::same_word(coding, "gzip") || characters::same_word(coding, "x-gzip")) named = said;
    if (coding == "*") any = said;
    return true;
  });
  return named == Said::yes || (named == Said::nothing && any == Said::yes);
}

void compress(const Request& request, Response& response) {
  if (!response.stream && response.body.size() < gzip_bytes_min) return;
  const auto type = response.headers.find("Content-Type");
  if (!type || !is_json(*type) || response.headers.find("Content-Encoding")) return;
  response.headers.add("Vary", "Accept-Encoding");
  if (!accepts_gzip(request.headers.find("Accept-Encoding").value_or(""))) return;

  response.headers.add("Content-Encoding", "gzip");
  if (const auto etag = response.headers.find("ETag")) {
    response.headers.set("ETag", std::string(etag->substr(0, etag->size() - 1)) + std::string(gzip_suffix));
  }
  if (!response.stream && response.body.size() <= piece_bytes) {
    response.body = Gzip().feed(response.body, true);
    return;
  }
  const auto compressed = std::make_shared<Compressed>();
  compressed->body = std::exchange(response.body, {});
  compressed->source = std::move(response.stream);
  response.stream = [compressed] { return compressed->next(); };
}

bool none_match_names(std::string_view if_none_match, std::string_view etag) {
  const std::string compressed = std::string(etag.substr(0, etag.size() - 1)) + std::string(gzip_suffix);
  bool named = false;
  characters::each_element(if_none_match, [&](std::string_view element) {
    if (element.starts_with("W/")) element.remove_prefix(2);
    named = element == "*" || element == etag || element == compressed;
    return !named;
  });
  return named;
}

}  // namespace http
