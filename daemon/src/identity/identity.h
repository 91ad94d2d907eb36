// identity/identity.h - who is calling: organizations, users, and the tokens that speak for them.
//
// A token is 43 random base62 digits (256 bits) behind a prefix that tells its kind to people and to secret scanners.
// Only its SHA-256 is stored: a fast hash is right here, because a 256-bit random token cannot be guessed from it.
// Everything is held in memory, so that authenticating a request never waits for a disk; creating goes through the
// store first and is visible once it is durable. The process that owns the store is the only one that writes, so memory
// is never stale. Thread safety: every member may be called from any thread. create_user() and create_token() wait for
// the disk: not on an event loop.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/uuid.h"

namespace jobs {
class Engine;
}

namespace jobsd {

struct User {
  jobs::Uuid id = {};
  jobs::Uuid organization = {};
  std::string name = {};
  // IANA name.
  std::string time_zone = "UTC";
  // Each attribute may have several values. Access filters and grants of models refer to them by name.
  std::map<std::string, std::vector<std::string>> attributes = {};
};

// What an accepted token stands for.
struct Principal {
  enum class Kind { organization, personal };
  jobs::Uuid organization = {};
  // Set for personal tokens alone.
  std::optional<jobs::Uuid> user = {};
  Kind kind = Kind::organization;
  // The token's number: stable, never used again, and no secret.
  std::int64_t token = 0;
};

struct NewUser {
  std::string name = {};
  std::string time_zone = "UTC";
  std::map<std::string, std::vector<std::string>> attributes = {};
};

struct NewToken {
  Principal::Kind kind = Principal::Kind::organization;
  // Required for a personal token, refused for an organization key.
  std::optional<jobs::Uuid> user = {};
};

// What was asked for cannot be: the message says what to change.
class IdentityError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Identity {
 public:
  // Loads everything; creates the default organization in a new store. The engine was opened with migrations(), and
  // must outlive this. Throws jobs::Error.
  explicit Identity(jobs::Engine& engine);
  ~Identity();
  Identity(const Identity&) = delete;
  Identity& operator=(const Identity&) = delete;

  // Whom `bearer`, the token alone, speaks for. Empty: nobody. Never touches the disk.
  std::optional<Principal> authenticate(std::string_view bearer) const;
  // Of any organization: the caller compares User::organization with the principal's. Never touches the disk.
  std::optional<User> user(const jobs::Uuid& id) const;
  // The organization that new users and keys belong to.
  jobs::Uuid default_organization() const;

  // Durable when it returns. Throws IdentityError before any I/O, jobs::Error.
  User create_user(NewUser user);
  // Returns the token, which cannot be read again. Throws IdentityError before any I/O, jobs::Error.
  std::string create_token(const NewToken& token);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jobsd
