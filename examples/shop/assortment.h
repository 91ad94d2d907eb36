// shop/assortment.h - what the shop sells, and what sells when.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shop/random.h"

namespace shop {

struct Product {
  std::string name = {};
  std::string category = {};
  std::string brand = {};
  std::int64_t price_cents = 0;
  std::int64_t cost_cents = 0;
  // How often it is bought, in proportion to the others.
  int popularity = 0;
  // Of a hundred sold, how many come back.
  int return_percent = 0;
  // How much more (or less) it sells in winter than in summer, in percent.
  int winter_percent = 0;
};

// 120 products in eight categories, 15 each, with names of their own.
std::vector<Product> assortment(Random& random);

// The popularity of each product in a month (1 to 12).
std::vector<int> popularity_in(const std::vector<Product>& products, unsigned month);

}  // namespace shop
