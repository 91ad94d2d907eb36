#include "shop/assortment.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace shop {
namespace {

struct Category {
  const char* name;
  // 15 of them, each the end of a product's name.
  std::array<const char*, 15> items;
  int price_low;
  int price_high;
  int popularity;
  int return_percent;
  int winter_percent;
};

constexpr std::array<Category, 8> categories = {{
    {"Shoes",
     {"Trail Runner", "Road Runner", "Court Sneaker", "Canvas Sneaker", "Hiking Boot", "Chelsea Boot", "Desert Boot",
      "Rain Boot", "Leather Loafer", "Suede Loafer", "Derby", "Brogue", "Sandal", "Espadrille", "Slipper"},
     39, 189, 120, 10, 10},
    {"Jackets",
     {"Down Parka", "Rain Shell", "Wind Shell", "Fleece", "Bomber", "Denim Trucker", "Field Coat", "Wool Overcoat",
      "Trench Coat", "Quilted Liner", "Softshell", "Ski Coat", "Peacoat", "Blazer", "Cape"},
     79, 349, 75, 7, 130},
    {"Shirts",
     {"Oxford", "Poplin", "Linen Camp Collar", "Flannel", "Chambray", "Polo", "Henley", "Crew Tee", "Pocket Tee",
      "Striped Tee", "Long Sleeve Tee", "Rugby", "Tunic", "Blouse", "Band Collar"},
     19, 89, 150, 4, -15},
    {"Trousers",
     {"Slim Chino", "Wide Chino", "Straight Jean", "Tapered Jean", "Selvedge Jean", "Cord", "Cargo Pant", "Jogger",
      "Pleated Wool Pant", "Linen Pant", "Hiking Pant", "Legging", "Culotte", "Short", "Swim Short"},
     35, 149, 105, 8, 0},
    {"Dresses",
     {"Wrap Dress", "Shirt Dress", "Midi Dress", "Maxi Dress", "Knit Dress", "Slip Dress", "Sun Dress", "Pinafore",
      "Cocktail Dress", "Tea Dress", "Jersey Dress", "Denim Dress", "Pencil Dress", "Smock Dress", "Kaftan"},
     49, 219, 60, 11, -35},
    {"Bags",
     {"Day Pack", "Roll Top", "Weekender", "Tote", "Messenger", "Sling", "Duffel", "Belt Bag", "Laptop Sleeve",
      "Bucket Bag", "Clutch", "Crossbody", "Gym Sack", "Camera Case", "Toiletry Kit"},
     25, 229, 55, 3, 5},
    {"Accessories",
     {"Wool Beanie", "Bucket Hat", "Baseball Cap", "Merino Scarf", "Silk Scarf", "Leather Belt", "Woven Belt",
      "Touch Glove", "Sunglasses", "Umbrella", "Sport Sock", "Dress Sock", "Card Holder", "Bifold Wallet", "Bandana"},
     9, 79, 135, 3, 40},
    {"Sportswear",
     {"Training Tee", "Training Tank", "Compression Tight", "Running Short", "Track Top", "Track Pant", "Sports Bra",
      "Cycling Jersey", "Bib Short", "Yoga Legging", "Base Layer", "Swimsuit", "Tennis Skirt", "Gilet", "Warm-up Hoodie"},
     25, 129, 85, 6, -10},
}};

constexpr std::array<const char*, 8> brands = {"Kestrel",  "Halden", "Moorland",  "Tidewater",
                                               "Corviden", "Asterfold", "Bramwell", "Solvane"};

// January to December: 100 is the middle of winter, -100 the middle of summer.
constexpr std::array<int, 12> winter = {100, 85, 40, 0, -50, -90, -100, -85, -30, 20, 65, 95};

}  // namespace

std::vector<Product> assortment(Random& random) {
  std::vector<Product> products;
  for (const Category& category : categories) {
    // A few products carry each category: popularity falls like 1/rank over a shuffled order.
    std::array<int, 15> rank = {};
    std::iota(rank.begin(), rank.end(), 1);
    for (std::size_t i = rank.size() - 1; i > 0; --i) {
      std::swap(rank[i], rank[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(i) + 1))]);
    }
    for (std::size_t i = 0; i < category.items.size(); ++i) {
      Product product;
      product.brand = random.pick(brands);
      product.name = product.brand + " " + category.items[i];
      product.category = category.name;
      product.price_cents = random.between(category.price_low, category.price_high) * 100 + 95;
      product.cost_cents = product.price_cents * random.between(38, 62) / 100;
      product.popularity = category.popularity * (20 + 300 / rank[i]);
      product.return_percent = category.return_percent;
      product.winter_percent = category.winter_percent;
      products.push_back(product);
    }
  }
  return products;
}

std::vector<int> popularity_in(const std::vector<Product>& products, unsigned month) {
  std::vector<int> weights;
  weights.reserve(products.size());
  for (const Product& product : products) {
    // At the height of its season a product with +100 sells twice its average, at the other end a quarter.
    const int percent = std::max(25, 100 + product.winter_percent * winter[month - 1] / 100);
    weights.push_back(product.popularity * percent / 100);
  }
  return weights;
}

}  // namespace shop
