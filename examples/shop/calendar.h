// shop/calendar.h - how many orders each day brings, and from where.
#pragma once

#include <array>
#include <chrono>
#include <string>
#include <vector>

namespace shop {

constexpr std::size_t region_count = 5;
extern const std::array<const char*, region_count> region_names;

struct Day {
  std::chrono::sys_days date = {};
  // How busy each region is, in a unit without meaning.
  std::array<int, region_count> weights = {};
  int orders = 0;
};

// The first day of the month 47 months before `today`, to `today`, with exactly `orders` orders spread over them.
// Integer arithmetic throughout: the same on every machine.
std::vector<Day> calendar(std::chrono::sys_days today, int orders);

// "YYYY-MM-DD HH:MM:SS"
std::string date_time(std::chrono::sys_days date, std::int64_t second_of_day);

}  // namespace shop
