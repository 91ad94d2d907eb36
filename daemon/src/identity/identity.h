// identity/identity.h - who is calling: organizations, users, and the tokens that speak for them.
//
// A token is 43 random base62 digits (256 bits) behind a prefix that tells its kind to people and to secret scanners.
// Only its SHA-256 is stored: a fast hash is right here, because a 256-bit random token cannot be guessed from it.
// Everything that a request needs is held in memory, so that authenticating it never waits for a disk; a change goes through
// the store first and counts once it is durable. The process that owns the store is the only one that writes, so memory is
// never stale. Each change is written to the audit log in its own transaction.
// Thread safety: every member may be called from any thread. Whatever changes something waits for the disk: not on an event
// loop; revoke_async() is for that.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "identity/records.h"
#include "jobs/uuid.h"

namespace jobs {
class Engine;
}

namespace jobsd {

// What an accepted token stands for.
struct Principal {
  using Kind = TokenKind;
  jobs::Uuid organization = {};
  // Set for personal tokens alone.
  std::optional<jobs::Uuid> user = {};
  Kind kind = Kind::organization;
  // The user's. An organization key is a member: administration is done by somebody who has a name.
  Role role = Role::member;
  // The token's number: stable, never used again, and no secret.
  std::int64_t token = 0;
};

// Who makes a change, as the audit log names them.
struct Actor {
  std::string name = "jobsd";

  static Actor user_of_machine(std::uint32_t uid);
  static Actor user(const jobs::Uuid& id);
};

struct NewUser {
  std::string name = {};
  std::string time_zone = "UTC";
  std::map<std::string, std::vector<std::string>> attributes = {};
  // Empty: the default organization.
  std::optional<jobs::Uuid> organization = {};
  Role role = Role::member;
};

struct NewToken {
  Principal::Kind kind = Principal::Kind::organization;
  // Required for a personal token, refused for an organization key.
  std::optional<jobs::Uuid> user = {};
  // Of an organization key; empty: the default organization. A personal token belongs where its user does.
  std::optional<jobs::Uuid> organization = {};
  // What it is for, so that people can tell their tokens apart.
  std::string name = {};
  // How long it is accepted, a minute to ten years. Empty: until it is revoked.
  std::optional<std::chrono::milliseconds> lifetime = {};
};

// Which tokens somebody may revoke; what is empty limits nothing.
struct RevokeScope {
  std::optional<jobs::Uuid> organization = {};
  std::optional<jobs::Uuid> user = {};
};

// What was asked for cannot be: the message says what to change.
class IdentityError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct IdentityOptions {
  // How long administrative acts, and tokens that have ended, stay on record.
  std::chrono::milliseconds records_kept = std::chrono::hours(24 * 365);

  // ---- Limits: one more is refused, of the acts the oldest goes ----

  std::int64_t organizations_max = 10'000;
  std::int64_t users_max = 100'000;
  std::int64_t tokens_max = 100'000;
  std::int64_t acts_max = 100'000;

  // ---- The outside, for tests ----

  // By what tokens end. Empty: the machine's wall clock.
  std::function<jobs::Time()> now = {};
};

class Identity {
 public:
  // Loads everything; creates the default organization in a new store. The engine was opened with migrations(), and
  // must outlive every call. Throws jobs::Error.
  explicit Identity(jobs::Engine& engine, IdentityOptions options = {});
  ~Identity();
  Identity(const Identity&) = delete;
  Identity& operator=(const Identity&) = delete;

  // ---- For each request: never touches the disk ----

  // Whom `bearer`, the token alone, speaks for. Empty: nobody; the token is unknown, revoked or over, or its user disabled.
  std::optional<Principal> authenticate(std::string_view bearer) const;
  // Whether the token that was accepted as `principal` still would be: for what goes on after its request, as a stream does.
  bool stands(const Principal& principal) const;
  // Of any organization: the caller compares User::organization with the principal's.
  std::optional<User> user(const jobs::Uuid& id) const;
  // The organization that new users and keys belong to when none is named.
  jobs::Uuid default_organization() const;

  // ---- Administration: durable when it returns. Throws IdentityError with nothing changed, jobs::Error ----

  // Names of organizations are unique.
  Organization create_organization(std::string name, const Actor& by = {});
  User create_user(NewUser user, const Actor& by = {});
  // Changes nothing, and is no act, when it is so already.
  void disable_user(const jobs::Uuid& id, bool disabled, const Actor& by = {});
  void set_role(const jobs::Uuid& id, Role role, const Actor& by = {});
  // Returns the token, which cannot be read again.
  std::string create_token(const NewToken& token, const Actor& by = {});
  // From the moment this returns the token is nobody's. False: there is no such token within `scope`. Revoking twice is true
  // twice and one act.
  bool revoke(const jobs::Uuid& token, const RevokeScope& scope = {}, const Actor& by = {});
  // `done` is called on a thread of the engine; the exception is null on success.
  void revoke_async(const jobs::Uuid& token, const RevokeScope& scope, const Actor& by,
                    std::function<void(std::exception_ptr, bool found)> done);

  // ---- Lists ----

  // Reads what is stored, with every use of a token so far in it.
  void read(const std::function<void(jobs::Reader&)>& work) const;
  // Writes the uses of tokens that were not written yet: before the engine goes.
  void write_uses() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace jobsd
