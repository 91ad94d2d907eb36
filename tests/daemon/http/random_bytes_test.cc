// Anything may come in. Whatever it is, the server answers or closes, stays up, and serves the next client.
#include <catch2/catch.hpp>
#include <random>

#include "corpus.h"
#include "harness.h"

namespace http::test {
namespace {

std::string random_bytes(std::mt19937_64& random) {
  std::string out(random() % 2000, '\0');
  for (auto& c : out) c = static_cast<char>(random());
  return out;
}

// A request of the corpus with a few bytes changed, dropped, doubled or moved.
std::string damaged(std::mt19937_64& random) {
  std::string out;
  for (int i = static_cast<int>(random() % 3); i >= 0; --i) out += corpus()[random() % corpus().size()].request;
  for (int i = static_cast<int>(random() % 6); i > 0 && !out.empty(); --i) {
    const auto at = random() % out.size();
    constexpr std::string_view interesting = "\r\n\t :;,/%?=0159afAF\x00\x7f\xff";
    switch (random() % 4) {
      case 0: out[at] = interesting[random() % interesting.size()]; break;
      case 1: out.erase(at, random() % 4); break;
      case 2: out.insert(at, out.substr(at, random() % 30)); break;
      default: out[at] = static_cast<char>(random()); break;
    }
  }
  return out;
}

TEST_CASE("random and damaged input is answered or closed, and never ends the server", "[random]") {
  const auto seed = GENERATE(1u, 20261123u, 77u);
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  TestServer server(echo);
  for (int i = 0; i < 700; ++i) {
    INFO("round " << i);
    const auto bytes = random() % 4 == 0 ? random_bytes(random) : damaged(random);
    TestClient client(server);
    client.send(bytes);
    if (random() % 8 == 0) {
      client.reset();
      continue;
    }
    client.end_sending();
    const auto answer = client.read_to_end();
    REQUIRE((answer.empty() || answer.starts_with("HTTP/1.1 ")));
  }
  TestClient client(server);
  CHECK(client.ask(get()).status == 200);
}

}  // namespace
}  // namespace http::test
