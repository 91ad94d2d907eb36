// The key that encrypts webhook secrets: made once, kept from others, never replaced.
#include "identity/secret_key.h"

#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <thread>
#include <vector>

#include "support/temporary_folder.h"

namespace {

namespace fs = std::filesystem;

TEST_CASE("a missing key is made, for its owner alone, and is the same afterwards", "[secret_key]") {
  const TemporaryFolder folder;
  const auto file = folder / "secret.key";
  const auto key = jobsd::load_or_create_secret_key(file);
  CHECK(fs::file_size(file) == 32);
  CHECK((fs::status(file).permissions() & fs::perms::all) == (fs::perms::owner_read | fs::perms::owner_write));
  CHECK(jobsd::load_or_create_secret_key(file) == key);
  CHECK(std::any_of(key.begin(), key.end(), [](std::byte b) { return b != std::byte{0}; }));
}

TEST_CASE("two stores have two keys", "[secret_key]") {
  const TemporaryFolder folder;
  CHECK(jobsd::load_or_create_secret_key(folder / "a") != jobsd::load_or_create_secret_key(folder / "b"));
}

TEST_CASE("whoever makes the key at the same time gets the same key, and nothing is left over", "[secret_key]") {
  const TemporaryFolder folder;
  std::vector<jobsd::SecretKey> keys(8);
  {
    std::vector<std::jthread> threads;
    for (auto& key : keys) {
      threads.emplace_back([&] { key = jobsd::load_or_create_secret_key(folder / "secret.key"); });
    }
  }
  CHECK(std::set<jobsd::SecretKey>(keys.begin(), keys.end()).size() == 1);
  CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("a key that others may read is refused with what to do", "[secret_key]") {
  const TemporaryFolder folder;
  const auto file = folder / "secret.key";
  jobsd::load_or_create_secret_key(file);
  for (const auto open : {fs::perms::group_read, fs::perms::others_read, fs::perms::group_write}) {
    fs::permissions(file, fs::perms::owner_read | open);
    CHECK_THROWS_WITH(jobsd::load_or_create_secret_key(file), Catch::Contains("chmod 600"));
  }
  fs::permissions(file, fs::perms::owner_read);
  CHECK_NOTHROW(jobsd::load_or_create_secret_key(file));
}

TEST_CASE("a key of another length is refused and left alone", "[secret_key]") {
  const TemporaryFolder folder;
  for (const std::size_t size : {0u, 31u, 33u}) {
    const auto file = folder.write("secret.key", std::string(size, 'x'));
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    CHECK_THROWS_WITH(jobsd::load_or_create_secret_key(file), Catch::Contains("must hold 32 bytes"));
    CHECK(fs::file_size(file) == size);
  }
}

TEST_CASE("a link or a folder in the key's place is refused", "[secret_key]") {
  const TemporaryFolder folder;
  jobsd::load_or_create_secret_key(folder / "real");
  fs::create_symlink(folder / "real", folder / "link");
  CHECK_THROWS(jobsd::load_or_create_secret_key(folder / "link"));
  fs::create_directory(folder / "directory");
  fs::permissions(folder / "directory", fs::perms::owner_all);
  CHECK_THROWS_WITH(jobsd::load_or_create_secret_key(folder / "directory"), Catch::Contains("no regular file"));
}

TEST_CASE("a folder that is not there is an error that names it", "[secret_key]") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(jobsd::load_or_create_secret_key(folder / "none/secret.key"), Catch::Contains("none/secret.key"));
}

TEST_CASE("a key from before has to be there, and a credential of systemd may be read by others", "[secret_key]") {
  const TemporaryFolder folder;
  const auto file = folder / "old.key";
  CHECK_THROWS_WITH(jobsd::load_secret_key(file), Catch::Contains("there is no such secret key"));
  CHECK_FALSE(fs::exists(file));
  const auto key = jobsd::load_or_create_secret_key(file);
  CHECK(jobsd::load_secret_key(file) == key);
  fs::permissions(file, fs::perms::group_read, fs::perm_options::add);
  CHECK_THROWS(jobsd::load_secret_key(file));
  ::setenv("CREDENTIALS_DIRECTORY", file.parent_path().c_str(), 1);
  CHECK(jobsd::load_secret_key(file) == key);
  ::unsetenv("CREDENTIALS_DIRECTORY");
}

}  // namespace
