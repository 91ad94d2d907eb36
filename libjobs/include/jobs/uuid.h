// jobs/uuid.h - identifiers that can be looked up without an index of their own.
//
// A random UUID as a key costs one more B-tree whose inserts land on random pages; with a long history each insert then
// rewrites a page of its own. So the row's number is carried inside the id, and the rest of the id is random:
//
//   bytes 0-3    the low 32 bits of the number, mixed by a bijection
//   byte  6      version 8 (RFC 9562 section 5.8, custom layout) in its high half
//   byte  8      variant 10 in its high two bits
//   bytes 12-15  the high 31 bits of the number, masked with bytes 0-3
//   the rest     58 random bits
//
// Two ids made from numbers less than 2^32 apart differ in their first eight hex digits. Webhook event ids rely on that:
// they name a job by those digits alone. A time-ordered UUID would share them among all jobs of the same minute.
//
// Knowing one id does not help to guess another: whoever looks a row up by number compares the whole id.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace jobs {

class Uuid {
 public:
  // The nil UUID.
  constexpr Uuid() = default;
  explicit constexpr Uuid(const std::array<std::uint8_t, 16>& bytes) : bytes_(bytes) {}

  // The id of row `number` (0 to 2^63-1), with the random bits taken from `random`.
  static Uuid from_number(std::int64_t number, std::uint64_t random);
  // The number that from_number() was given. Meaningless for an id made elsewhere, but always safe to look up.
  std::int64_t number() const;

  // Accepts the 36-character form in either case; anything else is empty.
  static std::optional<Uuid> parse(std::string_view text);
  // 36 characters, lower case.
  std::string to_string() const;

  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }

  friend auto operator<=>(const Uuid&, const Uuid&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_ = {};
};

// The id of a job. number() rises with each submission, so it makes a good key for the embedder's own tables.
class JobId : public Uuid {
 public:
  constexpr JobId() = default;
  explicit constexpr JobId(const Uuid& id) : Uuid(id) {}
  static std::optional<JobId> parse(std::string_view text) {
    const auto id = Uuid::parse(text);
    return id ? std::optional<JobId>(JobId(*id)) : std::nullopt;
  }
};

}  // namespace jobs

template <>
struct std::hash<jobs::Uuid> {
  std::size_t operator()(const jobs::Uuid& id) const noexcept { return static_cast<std::size_t>(id.number()); }
};
template <>
struct std::hash<jobs::JobId> : std::hash<jobs::Uuid> {};
