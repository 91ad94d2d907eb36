// The number that callers of a group sleep on.
#include <catch2/catch.hpp>
#include <limits>
#include <thread>
#include <vector>

#include "store/epoch.h"

using jobs::store::Epoch;

TEST_CASE("a number that has come is not waited for, nor are those before it", "[epoch]") {
  Epoch epoch;
  epoch.wait_for(0);
  epoch.reach(7, false);
  epoch.wait_for(7);
  epoch.wait_for(3);
}

TEST_CASE("numbers wrap round", "[epoch]") {
  constexpr std::uint32_t last = std::numeric_limits<std::uint32_t>::max();
  Epoch epoch;
  // In two strides, since half of all numbers are before any one.
  epoch.reach(last / 2, false);
  epoch.reach(last, false);
  epoch.wait_for(last);
  epoch.reach(1, false);
  epoch.wait_for(1);
  epoch.wait_for(last);
}

TEST_CASE("all who wait for a number go on when it comes, and see what was done before", "[epoch]") {
  Epoch epoch;
  int done = 0;
  std::vector<std::thread> waiting;
  std::vector<int> seen(8, -1);
  for (std::uint32_t i = 0; i < 8; ++i) {
    // Half of them wait for the second number, and sleep on when the first comes.
    waiting.emplace_back([&, i] {
      epoch.wait_for(1 + i % 2);
      seen[i] = done;
    });
  }
  done = 1;
  epoch.reach(1, true);
  for (std::size_t i = 0; i < 8; i += 2) waiting[i].join();
  done = 2;
  epoch.reach(2, true);
  for (std::size_t i = 1; i < 8; i += 2) waiting[i].join();
  CHECK(seen == std::vector<int>{1, 2, 1, 2, 1, 2, 1, 2});
}
