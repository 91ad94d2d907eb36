// make_shop FILE [--orders N] [--seed N] [--today YYYY-MM-DD]: writes the demo shop to an SQLite file.
#include <charconv>
#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include "shop/shop_data.h"

namespace {

constexpr const char* usage =
    "usage: make_shop FILE [--orders N] [--seed N] [--today YYYY-MM-DD]\n"
    "Writes four years of an invented shop to FILE. The same options give the same rows; --today is the last day with\n"
    "data and defaults to the current date (UTC).\n";

template <typename Number>
Number number(std::string_view option, std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw std::invalid_argument(std::string(option) + ": not a number: " + std::string(text));
  }
  return value;
}

void set_today(shop::Options& options, std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
    throw std::invalid_argument("--today: want YYYY-MM-DD, not " + std::string(text));
  }
  options.year = number<int>("--today", text.substr(0, 4));
  options.month = number<int>("--today", text.substr(5, 2));
  options.day = number<int>("--today", text.substr(8, 2));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::chrono::year_month_day now(std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()));
    shop::Options options{.year = static_cast<int>(now.year()),
                          .month = static_cast<int>(static_cast<unsigned>(now.month())),
                          .day = static_cast<int>(static_cast<unsigned>(now.day()))};
    std::string file;
    const std::vector<std::string_view> arguments(argv + 1, argv + argc);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const std::string_view argument = arguments[i];
      if (argument == "--help") {
        std::fputs(usage, stdout);
        return 0;
      }
      if (!argument.starts_with("--")) {
        if (!file.empty()) throw std::invalid_argument("more than one FILE");
        file = argument;
        continue;
      }
      if (i + 1 == arguments.size()) throw std::invalid_argument(std::string(argument) + ": a value is missing");
      const std::string_view value = arguments[++i];
      if (argument == "--orders") {
        options.orders = number<int>(argument, value);
      } else if (argument == "--seed") {
        options.seed = number<std::uint64_t>(argument, value);
      } else if (argument == "--today") {
        set_today(options, value);
      } else {
        throw std::invalid_argument("unknown option " + std::string(argument));
      }
    }
    if (file.empty()) throw std::invalid_argument("FILE is missing");

    const bool terminal = isatty(STDERR_FILENO) == 1;
    shop::make(file, options, [terminal](int percent) {
      if (terminal) std::fprintf(stderr, "\r  making the shop: %3d %%%s", percent, percent == 100 ? "\n" : "");
    });
    return 0;
  } catch (const std::invalid_argument& error) {
    std::fprintf(stderr, "make_shop: %s\n%s", error.what(), usage);
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_shop: %s\n", error.what());
    return 1;
  }
}
