// shop/shop_data.h - makes the demo shop: an SQLite file with four years of a clothing shop's orders.
//
//   shop::make("shop.db", {.orders = 100'000, .seed = 1, .year = 2026, .month = 3, .day = 14});
//
// The data is invented but behaves like a shop's: it grows at a different pace in each region, has seasons, a few products
// sell far better than the rest, and about one item in sixteen comes back. The same options give the same rows on every
// machine, so that tests can hold answers against SQL written by hand.
//
// The last month with data is the month of `today`, the first is 47 months before it. Order 1 is the oldest; ids of
// customers and orders rise with their time. Every twelfth customer never orders.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

namespace shop {

constexpr int orders_max = 10'000'000;

struct Options {
  // 1 to orders_max. Everything else scales with it.
  int orders = 100'000;
  std::uint64_t seed = 1;
  // The last day with data, in UTC. All three are required.
  int year = 0;
  int month = 0;
  int day = 0;
};

// Writes the shop to `file`, replacing what was there in one step when it is complete. `progress` is called with rising
// percentages, at most once each.
// Throws std::invalid_argument for options that make no sense, SQLite::Exception or std::filesystem::filesystem_error
// when the file cannot be written; `file` is then as it was.
void make(const std::filesystem::path& file, const Options& options, std::function<void(int percent)> progress = {});

}  // namespace shop
