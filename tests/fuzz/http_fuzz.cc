// tests/fuzz/http_fuzz.cc - the request parser under libFuzzer.
//
//   cmake -B build/fuzz -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DJOBS_BUILD_FUZZERS=ON
//   ninja -C build/fuzz http_fuzz
//   build/fuzz/tests/fuzz/http_fuzz -max_total_time=60 build/fuzz/found tests/fuzz/corpus/http
//
// Beyond not crashing: the same bytes must mean the same requests in whatever pieces they arrive, and no limit may be passed.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "http/parser.h"

namespace {

constexpr http::ParserLimits limits = {
    .header_bytes_max = 2048, .target_bytes_max = 512, .body_bytes_max = 4096, .headers_max = 20};

struct Outcome {
  std::vector<std::string> requests;
  int refused = 0;
  bool operator==(const Outcome&) const = default;
};

void require(bool holds) {
  if (!holds) std::abort();
}

Outcome parse(std::string_view bytes, std::size_t piece) {
  http::Parser parser(limits);
  Outcome out;
  while (true) {
    switch (parser.parse()) {
      case http::Progress::complete: {
        const auto& request = parser.request();
        require(request.path == "*" || request.path.starts_with('/'));
        require(request.path.size() <= limits.target_bytes_max);
        require(request.body.size() <= limits.body_bytes_max);
        require(request.headers.all().size() <= 20);
        std::string text = request.method + ' ' + request.path + ' ' + request.body;
        for (const auto& [name, value] : request.headers.all()) {
          require(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
          text += '|' + name + '=' + value;
        }
        for (const auto& [name, value] : request.query) text += '&' + name + '=' + value;
        out.requests.push_back(std::move(text));
        parser.next();
        break;
      }
      case http::Progress::refused:
        out.refused = parser.refusal().status;
        require(out.refused >= 400 && out.refused <= 599);
        return out;
      case http::Progress::need_continue:
        break;
      case http::Progress::need_head:
      case http::Progress::need_body: {
        if (bytes.empty()) return out;
        const auto space = parser.space();
        require(!space.empty());
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
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = parse(bytes, std::max<std::size_t>(size, 1));
  require(whole == parse(bytes, 1));
  require(whole == parse(bytes, 1 + size % 13));
  return 0;
}
