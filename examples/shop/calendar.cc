#include "shop/calendar.h"

#include <cstdint>
#include <cstdio>

namespace shop {

const std::array<const char*, region_count> region_names = {"Europe", "North America", "Latin America", "Asia Pacific",
                                                            "Middle East & Africa"};

namespace {

struct Growth {
  // Orders at the start of the four years, and how they change a year, in percent.
  int start;
  int yearly_percent;
  // How strongly the region follows the seasons of the northern half of the world, in percent.
  int season_percent;
};

constexpr std::array<Growth, region_count> growth = {{
    {4'000, 8, 100},   // Europe: the largest, growing slowly
    {2'600, 18, 110},  // North America
    {700, 28, 30},     // Latin America: small, seasons turned round by the other hemisphere
    {900, 46, 50},     // Asia Pacific: growing fastest
    {620, -6, 60},     // Middle East & Africa: shrinking
}};

// January to December, 1,000 is an average month.
constexpr std::array<int, 12> season = {820, 780, 900, 960, 1'000, 980, 880, 860, 970, 1'050, 1'330, 1'470};
// Sunday to Saturday.
constexpr std::array<int, 7> weekday = {1'150, 900, 880, 920, 960, 1'080, 1'110};

}  // namespace

std::vector<Day> calendar(std::chrono::sys_days today, int orders) {
  using namespace std::chrono;
  const year_month_day last(today);
  const sys_days first = sys_days((last.year() / last.month() - months(47)) / 1);

  std::vector<Day> days;
  std::int64_t total = 0;
  for (sys_days date = first; date <= today; date += std::chrono::days(1)) {
    Day day{.date = date};
    const year_month_day ymd(date);
    const std::int64_t elapsed = (date - first).count();
    const int month_factor = season[static_cast<unsigned>(ymd.month()) - 1];
    const int weekday_factor = weekday[std::chrono::weekday(date).c_encoding()];
    for (std::size_t region = 0; region < region_count; ++region) {
      const Growth& rule = growth[region];
      const std::int64_t trend = rule.start + rule.start * elapsed * rule.yearly_percent / 36'500;
      const std::int64_t seasonal = 1'000 + (month_factor - 1'000) * rule.season_percent / 100;
      day.weights[region] = static_cast<int>(trend * seasonal / 1'000 * weekday_factor / 1'000);
      total += day.weights[region];
    }
    days.push_back(day);
  }

  // Each day's share is cut from the running total, so that rounding neither loses nor adds an order.
  std::int64_t before = 0;
  for (Day& day : days) {
    std::int64_t after = before;
    for (const int weight : day.weights) after += weight;
    day.orders = static_cast<int>(orders * after / total - orders * before / total);
    before = after;
  }
  return days;
}

std::string date_time(std::chrono::sys_days date, std::int64_t second_of_day) {
  const std::chrono::year_month_day ymd(date);
  char text[48];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d:%02d", static_cast<int>(ymd.year()),
                static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
                static_cast<int>(second_of_day / 3600), static_cast<int>(second_of_day / 60 % 60),
                static_cast<int>(second_of_day % 60));
  return text;
}

}  // namespace shop
