// shop/people.h - who buys. Names and addresses are invented; the mail domain is reserved for examples (RFC 2606).
#pragma once

#include <chrono>
#include <string>
#include <unordered_set>
#include <vector>

#include "shop/calendar.h"
#include "shop/random.h"

namespace shop {

struct Customer {
  std::string name = {};
  std::string email = {};
  const char* country = "";
  std::size_t region = 0;
  const char* segment = "";
  std::chrono::sys_days created = {};
  std::int64_t created_second = 0;
  bool orders = true;
};

// `count` customers, oldest first, each with a name that no other has. Two in five signed up before `first`, so that the
// shop has customers on its first day. Every twelfth never orders.
std::vector<Customer> customers(Random& random, int count, std::chrono::sys_days first, std::chrono::sys_days today);

}  // namespace shop
