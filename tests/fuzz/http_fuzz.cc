// The path of a request: its head, target, framing and body, and the media types in its headers.
//
// The same bytes must mean the same requests in whatever pieces they arrive, and no limit may be passed.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/require.h"
#include "http/media_type.h"
#include "http/parser.h"

namespace {

constexpr http::ParserLimits limits = {
    .header_bytes_max = 2048, .target_bytes_max = 512, .body_bytes_max = 4096, .headers_max = 20};

struct Outcome {
  std::vector<std::string> requests;
  int refused = 0;
  bool operator==(const Outcome&) const = default;
};

using fuzz::require;

// As the routes do with Content-Type and Accept.
void look_at_types(std::string_view value) {
  if (http::is_json(value)) require(http::parse_media_type(value).has_value(), "JSON is a media type");
  for (const auto& range : http::parse_accept(value)) require(!range.type.empty(), "a media range has a type");
}

Outcome parse(std::string_view bytes, std::size_t piece) {
  http::Parser parser(limits);
  Outcome out;
  while (true) {
    switch (parser.parse()) {
      case http::Progress::complete: {
        const auto& request = parser.request();
        require(request.path == "*" || request.path.starts_with('/'), "a path begins with a slash");
        require(request.path.size() <= limits.target_bytes_max, "a path is within its limit");
        require(request.body.size() <= limits.body_bytes_max, "a body is within its limit");
        require(request.headers.all().size() <= limits.headers_max, "headers are within their limit");
        std::string text = request.method + ' ' + request.path + ' ' + request.body;
        for (const auto& [name, value] : request.headers.all()) {
          require(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos, "a value is one line");
          look_at_types(value);
          text += '|' + name + '=' + value;
        }
        for (const auto& [name, value] : request.query) text += '&' + name + '=' + value;
        out.requests.push_back(std::move(text));
        parser.next();
        break;
      }
      case http::Progress::refused:
        out.refused = parser.refusal().status;
        require(out.refused >= 400 && out.refused <= 599, "a refusal is an error");
        return out;
      case http::Progress::need_continue:
        break;
      case http::Progress::need_head:
      case http::Progress::need_body: {
        if (bytes.empty()) return out;
        const auto space = parser.space();
        require(!space.empty(), "what is wanted has room");
        const auto n = std::min({piece, bytes.size(), space.size()});
        std::copy_n(bytes.begin(), n, space.begin());
        parser.received(n);
        bytes.remove_prefix(n);
        break;
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::text_of(data, size);
  const auto whole = parse(bytes, std::max<std::size_t>(size, 1));
  require(whole == parse(bytes, 1), "bytes that come one by one mean the same");
  require(whole == parse(bytes, 1 + size % 13), "bytes that come in pieces mean the same");
  return 0;
}
