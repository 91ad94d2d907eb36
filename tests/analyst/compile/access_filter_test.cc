// What a user may see: row conditions from the user's attributes, with and without a topic.

#include <catch2/catch.hpp>

#include "analyst/compile/shop.h"

using namespace analyst;
using analyst::test::Shop;

namespace {

constexpr const char* by_country = R"({"table": "order_items", "join_paths_from_topic_name": "sales",
                                       "fields": ["customers.country", "order_items.line_count"]})";

Errc code_of(const Shop& shop, std::string_view json) {
  try {
    shop.compiled(json);
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("no error");
  return {};
}

}  // namespace

TEST_CASE("a user sees the rows of their own attribute values", "[access]") {
  Shop shop;
  shop.user.attributes["region"] = {"Europe"};
  CHECK(shop.ask(by_country) == std::vector<std::string>{"Germany|4", "France|2"});
  shop.user.attributes["region"] = {"Asia"};
  CHECK(shop.ask(by_country) == std::vector<std::string>{"Japan|3"});
  shop.user.attributes["region"] = {"Asia", "Europe"};
  CHECK(shop.ask(by_country).size() == 3);
  // The value that lifts the filter, alone or among others.
  shop.user.attributes["region"] = {"all"};
  CHECK(shop.ask(by_country).size() == 4);
  shop.user.attributes["region"] = {"Asia", "all"};
  CHECK(shop.ask(by_country).size() == 4);
}

TEST_CASE("a user without the attribute gets an error that names it, not an empty answer", "[access]") {
  Shop shop;
  shop.user.attributes.clear();
  CHECK(code_of(shop, by_country) == Errc::not_allowed);
  CHECK(shop.error(by_country).find("without the attribute \"region\"") != std::string::npos);
  shop.user.attributes["region"] = {};
  CHECK(code_of(shop, by_country) == Errc::not_allowed);
}

TEST_CASE("an attribute value is bound, whatever is in it", "[access]") {
  Shop shop;
  shop.user.attributes["region"] = {"x' OR 1=1 --"};
  CHECK(shop.ask(by_country).empty());
  CHECK(shop.compiled(by_country).statement.sql.find("OR 1=1") == std::string::npos);
}

TEST_CASE("a number in an attribute limits a field of numbers", "[access]") {
  Shop shop;
  shop.model.topics[0].access_filters = {{"regions.id", "region_id", {}}};
  shop.user.attributes["region_id"] = {"2"};
  CHECK(shop.ask(by_country) == std::vector<std::string>{"Japan|3"});
  shop.user.attributes["region_id"] = {"2 or 1"};
  CHECK(code_of(shop, by_country) == Errc::not_allowed);
}

TEST_CASE("leaving the topic out does not show more", "[access]") {
  Shop shop;
  for (View& view : shop.model.views) {
    if (view.name == "customers" || view.name == "products") view.access_filters = {{"regions.name", "region", {"all"}}};
  }
  const char* customers = R"({"table": "customers", "fields": ["customers.customer_count"]})";
  const char* products = R"({"table": "products", "fields": ["products.product_count"]})";
  shop.user.attributes["region"] = {"Europe"};
  CHECK(shop.ask(customers) == std::vector<std::string>{"3"});
  // Nothing leads from a product to one region.
  CHECK(code_of(shop, products) == Errc::not_allowed);
  shop.user.attributes["region"] = {"all"};
  CHECK(shop.ask(customers) == std::vector<std::string>{"5"});
  CHECK(shop.ask(products) == std::vector<std::string>{"5"});
  shop.user.attributes.clear();
  CHECK(code_of(shop, customers) == Errc::not_allowed);
}

TEST_CASE("an access filter on a field that the user may not name still applies", "[access]") {
  Shop shop;
  for (View& view : shop.model.views) {
    if (view.name != "regions") continue;
    view.internal_dimensions = view.dimensions;
    view.dimensions.clear();
  }
  shop.user.attributes["region"] = {"Asia"};
  CHECK(shop.ask(by_country) == std::vector<std::string>{"Japan|3"});
  const std::string error = shop.error(R"({"table": "order_items", "join_paths_from_topic_name": "sales",
                                           "fields": ["regions.name"]})");
  CHECK(error.find("there is no field \"regions.name\"") != std::string::npos);
}

TEST_CASE("an access filter that cannot be applied refuses instead of letting everything through", "[access]") {
  Shop shop;
  shop.model.topics[0].access_filters = {{"vanished.name", "region", {"all"}}};
  shop.user.attributes["region"] = {"Asia"};
  CHECK(code_of(shop, by_country) == Errc::not_allowed);
}
