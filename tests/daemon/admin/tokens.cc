// What a token and a random id look like.
#include <catch2/catch.hpp>
#include <set>

#include "identity/secrets.h"

namespace {

TEST_CASE("a token is its prefix and 43 base62 digits", "[tokens]") {
  const std::string token = jobsd::random_token(jobsd::organization_prefix);
  CHECK(token.size() == 47);
  CHECK(token.starts_with("jok_"));
  CHECK(jobsd::looks_like_token(token));
  CHECK(jobsd::looks_like_token(jobsd::random_token(jobsd::personal_prefix)));
}

TEST_CASE("what differs from a token in one place does not look like one", "[tokens]") {
  const std::string token = jobsd::random_token(jobsd::organization_prefix);
  CHECK_FALSE(jobsd::looks_like_token(""));
  CHECK_FALSE(jobsd::looks_like_token("jok_"));
  CHECK_FALSE(jobsd::looks_like_token(token.substr(0, 46)));
  CHECK_FALSE(jobsd::looks_like_token(token + "0"));
  CHECK_FALSE(jobsd::looks_like_token("jox_" + token.substr(4)));
  CHECK_FALSE(jobsd::looks_like_token(token.substr(0, 46) + "-"));
  CHECK_FALSE(jobsd::looks_like_token(token.substr(0, 46) + std::string(1, '\0')));
}

TEST_CASE("tokens are all different and use every digit", "[tokens]") {
  std::set<std::string> seen;
  std::set<char> digits;
  for (int i = 0; i < 1000; ++i) {
    const std::string token = jobsd::random_token(jobsd::personal_prefix);
    digits.insert(token.begin() + 4, token.end());
    CHECK(seen.insert(token).second);
  }
  CHECK(digits.size() == 62);
}

TEST_CASE("the hash of a token is SHA-256", "[tokens]") {
  // FIPS 180-4, the example for "abc".
  const auto hash = jobsd::hash_token("abc");
  CHECK(hash[0] == 0xba);
  CHECK(hash[1] == 0x78);
  CHECK(hash[31] == 0xad);
}

TEST_CASE("a random id is a UUID of version 4", "[tokens]") {
  std::set<jobs::Uuid> seen;
  for (int i = 0; i < 1000; ++i) {
    const jobs::Uuid id = jobsd::random_uuid();
    CHECK((id.bytes()[6] & 0xf0) == 0x40);
    CHECK((id.bytes()[8] & 0xc0) == 0x80);
    CHECK(seen.insert(id).second);
  }
}

}  // namespace
