// Secrets at rest: sealed text opens with its key and context, and with nothing else.
#include "core/secret_box.h"

#include <catch2/catch.hpp>

#include "jobs/error.h"

namespace {

jobs::SecretKey::Bytes key_filled_with(unsigned char fill) {
  jobs::SecretKey::Bytes key;
  key.fill(std::byte{fill});
  return key;
}

bool opens(const jobs::SecretKey::Bytes& key, const std::string& sealed, std::string_view context) {
  try {
    jobs::open_secret(key, sealed, context);
    return true;
  } catch (const jobs::Error& error) {
    CHECK(error.code() == jobs::Errc::wrong_key);
    return false;
  }
}

}  // namespace

TEST_CASE("a sealed secret opens with its key and its context", "[secret]") {
  for (const std::string& secret :
       {std::string("hush"), std::string(), std::string("a\0b", 3), std::string(100'000, 'x')}) {
    const std::string sealed = jobs::seal_secret(key_filled_with(1), secret, "job 7");
    CHECK(jobs::open_secret(key_filled_with(1), sealed, "job 7") == secret);
    CHECK(sealed.size() == secret.size() + 28);
  }
}

TEST_CASE("a sealed secret opens with no other key and in no other place", "[secret]") {
  const std::string sealed = jobs::seal_secret(key_filled_with(1), "hush", "job 7");
  CHECK(opens(key_filled_with(1), sealed, "job 7"));
  CHECK_FALSE(opens(key_filled_with(2), sealed, "job 7"));
  CHECK_FALSE(opens(key_filled_with(1), sealed, "job 8"));
  CHECK_FALSE(opens(key_filled_with(1), sealed, ""));
}

TEST_CASE("a sealed secret that was changed or cut does not open", "[secret]") {
  const std::string sealed = jobs::seal_secret(key_filled_with(1), "hush", "job 7");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CHECK_FALSE(opens(key_filled_with(1), changed, "job 7"));
    CHECK_FALSE(opens(key_filled_with(1), sealed.substr(0, i), "job 7"));
  }
}

TEST_CASE("the same secret is sealed differently each time", "[secret]") {
  const std::string first = jobs::seal_secret(key_filled_with(1), "hush", "job 7");
  const std::string second = jobs::seal_secret(key_filled_with(1), "hush", "job 7");
  CHECK(first.substr(0, 12) != second.substr(0, 12));
  CHECK(first.find("hush") == first.npos);
}
