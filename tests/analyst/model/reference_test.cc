// ${references} inside the SQL of a model.
#include "model/reference.h"

#include <catch2/catch.hpp>

using analyst::is_name;
using analyst::Reference;
using analyst::references;
using analyst::replace_references;
using analyst::Timeframe;

TEST_CASE("a reference has a field, and a view and a timeframe when they are written", "[reference]") {
  const auto found = references("${price} * ${items.quantity} / ${ orders.created_at[ month ] }");
  REQUIRE(found.size() == 3);
  CHECK(found[0].view.empty());
  CHECK(found[0].field == "price");
  CHECK(found[0].offset == 0);
  CHECK(found[0].length == 8);
  CHECK(found[1].view == "items");
  CHECK(found[1].field == "quantity");
  CHECK_FALSE(found[1].timeframe);
  CHECK(found[2].view == "orders");
  CHECK(found[2].timeframe == Timeframe::month);
}

TEST_CASE("what stands in a literal, a quoted name or a comment is no reference", "[reference]") {
  CHECK(references("'${a}' \"${b}\" `${c}` -- ${d}\n /* ${e} */").empty());
  const auto found = references("'it''s ${a}' || ${b} -- ${c}\n || ${d}");
  REQUIRE(found.size() == 2);
  CHECK(found[0].field == "b");
  CHECK(found[1].field == "d");
}

TEST_CASE("what looks like a reference and is none is said", "[reference]") {
  for (const std::string sql : {"${}", "${a.b.c}", "${a b}", "${a; drop table x}", "${1a}", "${.a}", "${a.}", "${a[moon]}",
                                "${a[month}", "${a", "${a[month]x}"}) {
    std::vector<std::string> malformed;
    INFO(sql);
    CHECK(references(sql, &malformed).empty());
    CHECK(malformed.size() == 1);
  }
}

TEST_CASE("a literal that never ends hides the rest and nothing breaks", "[reference]") {
  CHECK(references("${a} || 'open ${b}").size() == 1);
  CHECK(references("/* open ${b}").empty());
  CHECK(references("$").empty());
  CHECK(references("").empty());
}

TEST_CASE("replacing keeps the text between references as it was", "[reference]") {
  const auto replaced = replace_references("${a} + '${b}' + ${v.c[year]}!", [](const Reference& reference) {
    return "<" + to_string(reference) + ">";
  });
  CHECK(replaced == "<${a}> + '${b}' + <${v.c[year]}>!");
  CHECK(replace_references("plain", [](const Reference&) { return std::string("x"); }) == "plain");
}

TEST_CASE("a name is letters, digits and underscores and does not start with a digit", "[reference]") {
  CHECK(is_name("orders"));
  CHECK(is_name("_x9"));
  CHECK_FALSE(is_name("9x"));
  CHECK_FALSE(is_name(""));
  CHECK_FALSE(is_name("a-b"));
  CHECK_FALSE(is_name("a\"b"));
  CHECK_FALSE(is_name("é"));
}
