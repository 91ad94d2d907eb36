#include "plan/shop_model.h"

#include <algorithm>
#include <array>
#include <utility>

namespace shop_test {
namespace {

using analyst::Aggregate;
using analyst::Dimension;
using analyst::Measure;
using analyst::Timeframe;
using analyst::ValueType;

template <class T>
T field(std::string name, std::string label, std::vector<std::string> synonyms = {}, std::string format = {}) {
  T out;
  out.name = std::move(name);
  out.label = std::move(label);
  out.synonyms = std::move(synonyms);
  out.format = std::move(format);
  return out;
}

Dimension text(std::string name, std::string label, std::vector<std::string> synonyms = {},
               std::vector<std::string> samples = {}) {
  auto out = field<Dimension>(std::move(name), std::move(label), std::move(synonyms));
  out.sample_values = std::move(samples);
  return out;
}

Dimension number(std::string name, std::string label, std::string format = {}) {
  auto out = field<Dimension>(std::move(name), std::move(label), {}, std::move(format));
  out.type = ValueType::number;
  return out;
}

Dimension key(std::string label = "Id", bool hidden = true) {
  auto out = number("id", std::move(label), "id");
  out.primary_key = true;
  out.hidden = hidden;
  return out;
}

Dimension time(std::string name, std::string label, std::vector<std::string> synonyms = {},
               std::vector<Timeframe> more = {}) {
  auto out = field<Dimension>(std::move(name), std::move(label), std::move(synonyms));
  out.type = ValueType::timestamp;
  out.timeframes = {Timeframe::raw,   Timeframe::date,    Timeframe::week,
                    Timeframe::month, Timeframe::quarter, Timeframe::year};
  out.timeframes.insert(out.timeframes.end(), more.begin(), more.end());
  return out;
}

Measure count(std::string name, std::string label, std::vector<std::string> synonyms = {}) {
  auto out = field<Measure>(std::move(name), std::move(label), std::move(synonyms), "number_0");
  out.aggregate = Aggregate::count;
  return out;
}

Measure measure(std::string name, std::string label, std::string sql, std::optional<Aggregate> aggregate,
                std::vector<std::string> synonyms = {}, std::string format = "currency_2") {
  auto out = field<Measure>(std::move(name), std::move(label), std::move(synonyms), std::move(format));
  out.sql = std::move(sql);
  out.aggregate = aggregate;
  return out;
}

analyst::Relationship joined(std::string from, std::string to, std::string on) {
  analyst::Relationship out;
  out.from_view = std::move(from);
  out.to_view = std::move(to);
  out.on_sql = std::move(on);
  out.reversible = true;
  return out;
}

struct Known {
  const char* view;
  const char* field;
  const char* value;
};
constexpr std::array<Known, 18> known = {{
    {"customers", "country", "Germany"},
    {"customers", "country", "France"},
    {"customers", "country", "Austria"},
    {"customers", "country", "United Kingdom"},
    {"customers", "name", "Acme GmbH"},
    {"customers", "segment", "business"},
    {"customers", "segment", "consumer"},
    {"orders", "channel", "web"},
    {"orders", "channel", "store"},
    {"orders", "channel", "app"},
    {"products", "category", "Shoes"},
    {"products", "category", "Jackets"},
    {"products", "category", "Bags"},
    {"products", "brand", "Kestrel"},
    {"products", "brand", "Solvane"},
    {"regions", "name", "Europe"},
    {"regions", "name", "Middle East & Africa"},
    {"orders", "status", "cancelled"},
}};

}  // namespace

analyst::Model shop_model() {
  analyst::Model model;
  model.id = "m";
  model.name = "shop";

  analyst::View customers;
  customers.name = "customers";
  customers.label = "Customers";
  customers.dimensions = {key(), text("name", "Customer", {"buyer", "client"}), text("country", "Country"),
                          text("segment", "Segment"), time("created_at", "Sign-up date", {"signed up", "joined"})};
  customers.measures = {count("customer_count", "Number of customers", {"customer count"})};

  analyst::View items;
  items.name = "order_items";
  items.label = "Order items";
  items.dimensions = {key(), number("unit_price", "Unit price", "currency_2"),
                      number("discount", "Discount", "currency_2")};
  items.measures = {
      measure("revenue", "Revenue", "${unit_price} * ${quantity} - ${discount}", Aggregate::sum, {"sales", "turnover"}),
      measure("items_sold", "Items sold", "${quantity}", Aggregate::sum, {"units", "units sold", "quantity"},
              "number_0"),
      measure("profit", "Profit", "${unit_price} - ${products.cost}", Aggregate::sum, {"earnings"}),
      measure("profit_margin", "Profit margin", "${profit} / nullif(${revenue}, 0)", {}, {"margin"}, "percent_1"),
      measure("average_price", "Average price", "${unit_price}", Aggregate::average),
  };

  analyst::View orders;
  orders.name = "orders";
  orders.label = "Orders";
  orders.dimensions = {
      key("Order number", false),
      text("status", "Order status", {"status"}, {"paid", "shipped", "delivered", "cancelled"}),
      text("channel", "Channel", {"sales channel"}, {"web", "store", "app"}),
      time("created_at", "Order date", {"ordered"}, {Timeframe::day_of_week_name, Timeframe::hour_of_day})};
  orders.measures = {count("order_count", "Orders", {"purchases"}),
                     measure("average_order_value", "Average order value",
                             "${order_items.revenue} / nullif(${order_count}, 0)", {}, {"aov"})};

  analyst::View products;
  products.name = "products";
  products.label = "Products";
  products.dimensions = {key(),
                         text("name", "Product", {"article"}),
                         text("category", "Category", {"product category"}, {"Shoes", "Jackets", "Bags"}),
                         text("brand", "Brand", {"make"}),
                         number("price", "List price", "currency_2"),
                         number("cost", "Unit cost", "currency_2")};
  products.measures = {count("product_count", "Number of products")};

  analyst::View regions;
  regions.name = "regions";
  regions.label = "Regions";
  regions.dimensions = {key(),
                        text("name", "Region", {"territory"}, {"Europe", "North America", "Middle East & Africa"})};
  regions.measures = {count("region_count", "Number of regions")};

  analyst::View returns;
  returns.name = "returns";
  returns.label = "Returns";
  returns.dimensions = {key(), time("returned_at", "Return date", {"returned"}),
                        text("reason", "Return reason", {"reason"}, {"too small", "changed my mind"}),
                        number("refund", "Refund per item", "currency_2")};
  returns.measures = {count("return_count", "Returns", {"number of returns"}),
                      measure("refunds", "Refunds", "${refund}", Aggregate::sum)};

  model.views = {customers, items, orders, products, regions, returns};
  model.relationships = {joined("order_items", "orders", "${order_items.order_id} = ${orders.id}"),
                         joined("order_items", "products", "${order_items.product_id} = ${products.id}"),
                         joined("orders", "customers", "${orders.customer_id} = ${customers.id}"),
                         joined("customers", "regions", "${customers.region_id} = ${regions.id}"),
                         joined("returns", "order_items", "${returns.order_item_id} = ${order_items.id}")};

  analyst::Topic back;
  back.name = "returns";
  back.label = "Returns";
  back.description = "What came back.";
  back.base_view = "returns";
  back.joins = {{.view = "order_items",
                 .joins = {{.view = "orders", .joins = {{.view = "customers", .joins = {{.view = "regions"}}}}},
                           {.view = "products"}}}};
  back.access_filters = {{.field = "regions.name", .user_attribute = "region", .values_for_unfiltered = {"all"}}};

  analyst::Topic sales;
  sales.name = "sales";
  sales.label = "Sales";
  sales.description = "What was ordered.";
  sales.base_view = "order_items";
  sales.joins = {{.view = "orders", .joins = {{.view = "customers", .joins = {{.view = "regions"}}}}},
                 {.view = "products"}};
  sales.access_filters = back.access_filters;
  sales.sample_queries = {
      {.name = "stored",
       .prompt = "Why do people love our shop?",
       .description = "A stored one.",
       .query = R"({"table":"order_items","join_paths_from_topic_name":"sales","fields":["order_items.revenue"]})"}};
  // Returns come first, so that choosing sales is a choice and no accident of order.
  model.topics = {back, sales};
  return model;
}

std::vector<analyst::planning::FoundValue> FixedValues::find(const std::vector<std::string>& texts) {
  ++lookups;
  std::vector<analyst::planning::FoundValue> out;
  for (const Known& each : known) {
    for (const auto& text : texts) {
      const auto forms = analyst::planning::spellings(text);
      if (std::find(forms.begin(), forms.end(), each.value) == forms.end()) continue;
      out.push_back({{each.view, each.field, {}}, each.value});
      break;
    }
  }
  return out;
}

std::vector<analyst::planning::FoundValue> FixedValues::common() {
  ++lookups;
  std::vector<analyst::planning::FoundValue> out;
  for (const Known& each : known) out.push_back({{each.view, each.field, {}}, each.value});
  return out;
}

}  // namespace shop_test
