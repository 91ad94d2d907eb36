// The example shop: its model and its draft load over its generated database, and say what the files say.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "analyst/model.h"
#include "shop/shop_data.h"

namespace {

namespace fs = std::filesystem;

const fs::path models = fs::path(SHOP_MODELS);

struct Shop {
  Shop() : path(fs::temp_directory_path() / ("analyst-shop-" + std::to_string(::getpid()) + ".db")) {
    shop::make(path, {.orders = 200, .seed = 1, .year = 2025, .month = 6, .day = 15});
    database = analyst::open_sqlite(path);
  }
  ~Shop() {
    database.reset();
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) fs::remove(path.string() + suffix);
  }
  Shop(const Shop&) = delete;
  Shop& operator=(const Shop&) = delete;

  fs::path path;
  std::unique_ptr<analyst::Database> database;
};

}  // namespace

TEST_CASE("the shop's model loads without a warning", "[shop]") {
  const Shop shop;
  const auto loaded = analyst::load_model("1", "shop", models / "shop", {}, *shop.database);
  for (const auto& warning : loaded.warnings) UNSCOPED_INFO(warning.to_string());
  CHECK(loaded.warnings.empty());
  const auto& model = *loaded.model;
  CHECK(model.views.size() == 6);
  CHECK(model.view("orders")->dimension("created_at")->type == analyst::ValueType::timestamp);
  CHECK(model.view("order_items")->dimension("unit_price")->type == analyst::ValueType::number);
  CHECK(model.view("orders")->dimension("id")->primary_key);
  REQUIRE(model.topic("sales") != nullptr);
  CHECK(model.topic("sales")->access_filters.size() == 1);
  CHECK(model.view("customers")->access_filters.size() == 1);

  const analyst::User clerk{.id = "1"};
  CHECK(analyst::visible_model(loaded.model, clerk)->view("customers")->dimension("email") == nullptr);
  const analyst::User support{.id = "2", .attributes = {{"department", {"support"}}}};
  CHECK(analyst::visible_model(loaded.model, support)->view("customers")->dimension("email") != nullptr);
}

TEST_CASE("the shop's draft lies over its model", "[shop]") {
  const Shop shop;
  const auto base = analyst::load_model("1", "shop", models / "shop", {}, *shop.database).model;
  const auto draft = analyst::load_model("1", "shop", models / "shop", models / "shop-draft", *shop.database).model;
  CHECK(draft->view("order_items")->measure("revenue")->sql != base->view("order_items")->measure("revenue")->sql);
  CHECK(draft->topic("sales") != nullptr);
}

TEST_CASE("the shop's database alone makes a model", "[shop]") {
  const Shop shop;
  const auto model = analyst::load_model("1", "shop", {}, {}, *shop.database).model;
  CHECK(model->views.size() == 6);
  CHECK(model->relationships.size() == 5);
  CHECK(model->topic("returns")->joins.size() == 1);
  CHECK(model->view("order_items")->measure("total_unit_price") != nullptr);
}
