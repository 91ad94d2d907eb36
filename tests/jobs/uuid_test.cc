// Ids that carry their row's number.
#include <catch2/catch.hpp>
#include <set>

#include "jobs/uuid.h"

TEST_CASE("an id gives back its number, whatever its random bits", "[uuid]") {
  for (const std::int64_t number : {std::int64_t{0}, std::int64_t{1}, std::int64_t{0xffffffff}, std::int64_t{1} << 32,
                                    std::int64_t{0x7fffffffffffffff}}) {
    for (const std::uint64_t random : {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{0x123456789abcdef0}}) {
      const auto id = jobs::Uuid::from_number(number, random);
      CHECK(id.number() == number);
      CHECK((id.bytes()[6] >> 4) == 8);
      CHECK((id.bytes()[8] >> 6) == 2);
      CHECK(jobs::Uuid::parse(id.to_string()) == id);
    }
  }
}

TEST_CASE("neighbouring ids differ in their first eight hex digits", "[uuid]") {
  std::set<std::string> heads;
  for (std::int64_t number = 1; number <= 100'000; ++number) {
    heads.insert(jobs::Uuid::from_number(number, 0).to_string().substr(0, 8));
  }
  CHECK(heads.size() == 100'000);
}

TEST_CASE("text that is no UUID is not parsed", "[uuid]") {
  CHECK(jobs::Uuid::parse("550e8400-e29b-41d4-a716-446655440000"));
  CHECK(jobs::Uuid::parse("550E8400-E29B-41D4-A716-446655440000")->to_string() == "550e8400-e29b-41d4-a716-446655440000");
  for (const char* const text :
       {"", "550e8400-e29b-41d4-a716-44665544000", "550e8400-e29b-41d4-a716-4466554400000",
        "550e8400e29b-41d4-a716-4466554400000", "550e8400-e29b-41d4-a716-44665544000g",
        "{50e8400-e29b-41d4-a716-44665544000}", "550e8400-e29b-41d4-a716_446655440000",
        "-50e8400-e29b-41d4-a716-446655440000"}) {
    CHECK_FALSE(jobs::Uuid::parse(text));
  }
}
