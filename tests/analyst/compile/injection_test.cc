// Hostile text in every place of a query that takes text: it is refused, or it is a bound value. None of it is ever in
// the statement, and the tables are as they were.

#include <catch2/catch.hpp>

#include "analyst/compile/shop.h"
#include "compile/dialect.h"

using namespace analyst;
using analyst::test::Shop;

namespace {

// Compiles and runs; whatever happens, the text stays out of the SQL.
void attack(const Shop& shop, const SemanticQuery& query, const std::string& text) {
  try {
    const CompiledQuery compiled = compile(shop.model, query, shop.user, test::now, sqlite_dialect());
    CHECK(compiled.statement.sql.find(text) == std::string::npos);
    shop.ask(query);
  } catch (const Error& error) {
    CHECK(error.code() != Errc::database);
  }
}

}  // namespace

TEST_CASE("nothing that a query says becomes SQL", "[injection]") {
  const auto text = GENERATE(as<std::string>{}, "x'; DROP TABLE orders; --", "x\"; DROP TABLE orders; --", "id\" OR 1=1 --",
                             "' OR '1'='1", "?9", "${shipping} OR 1=1", "*/ UNION SELECT sql FROM sqlite_master --",
                             "orders\".\"id\" --", "%' ESCAPE ' ", "\\' --", "now', '+1 day", "1; PRAGMA writable_schema=1");
  CAPTURE(text);
  Shop shop;
  const std::vector<std::string> before = shop.sql("SELECT count(*) FROM orders UNION ALL SELECT sql FROM sqlite_master");
  const SemanticQuery plain{.table = "order_items",
                            .topic = "sales",
                            .fields = {{"orders", "status", {}}, {"order_items", "revenue", {}}}};
  const auto with = [&](auto change) {
    SemanticQuery query = plain;
    change(query);
    attack(shop, query, text);
  };
  with([&](SemanticQuery& query) { query.model_id = text; });
  with([&](SemanticQuery& query) { query.table = text; });
  with([&](SemanticQuery& query) { query.table = text, query.topic.clear(); });
  with([&](SemanticQuery& query) { query.topic = text; });
  with([&](SemanticQuery& query) { query.fields[0].view = text; });
  with([&](SemanticQuery& query) { query.fields[0].field = text; });
  with([&](SemanticQuery& query) { query.sorts = {{text, true}}; });
  with([&](SemanticQuery& query) { query.pivots = {{"orders", text, {}}}; });
  with([&](SemanticQuery& query) { query.filters = {{{"orders", text, {}}, {.values = {"x"}}}}; });
  with([&](SemanticQuery& query) { query.filters = {{{text, "status", {}}, {.values = {"x"}}}}; });
  using Kind = Filter::Kind;
  for (const Kind kind : {Kind::equals, Kind::contains, Kind::starts_with, Kind::ends_with}) {
    with([&](SemanticQuery& query) {
      query.filters = {{{"orders", "status", {}}, {.kind = kind, .values = {text, "paid"}}}};
    });
    with([&](SemanticQuery& query) {
      query.filters = {{{"orders", "created_at", Timeframe::month}, {.kind = kind, .values = {text}, .is_negative = true}}};
    });
  }
  for (const Kind kind : {Kind::on, Kind::before, Kind::on_or_after, Kind::between, Kind::time_for_interval_duration}) {
    for (const bool left : {true, false}) {
      with([&](SemanticQuery& query) {
        query.filters = {{{"orders", "created_at", {}},
                          {.type = Filter::Type::date,
                           .kind = kind,
                           .left = left ? text : "today",
                           .right = left ? "today" : text}}};
      });
    }
  }
  // A value of the wrong type, which a caller in C++ could pass.
  with([&](SemanticQuery& query) {
    query.filters = {{{"orders", "shipping", {}}, {.type = Filter::Type::number, .values = {text}}}};
  });
  with([&](SemanticQuery& query) {
    query.filters = {{{"order_items", "revenue", {}}, {.type = Filter::Type::number, .values = {text}}}};
  });
  shop.user.attributes["region"] = {text};
  attack(shop, plain, text);
  shop.user.time_zone = text;
  attack(shop, plain, text);
  CHECK(shop.sql("SELECT count(*) FROM orders UNION ALL SELECT sql FROM sqlite_master") == before);
}

TEST_CASE("the statement is the same to the letter whatever the values are", "[injection]") {
  Shop shop;
  for (const Filter::Kind kind : {Filter::Kind::equals, Filter::Kind::contains, Filter::Kind::starts_with,
                                  Filter::Kind::ends_with}) {
    const auto sql = [&](const std::string& text) {
      SemanticQuery query{.table = "orders", .fields = {{"orders", "id", {}}}};
      query.filters = {{{"orders", "status", {}}, {.kind = kind, .values = {text}}}};
      return compile(shop.model, query, shop.user, test::now, sqlite_dialect()).statement.sql;
    };
    CHECK(sql("paid") == sql("' OR 1=1 --"));
    CHECK(sql("paid") == sql(std::string("\"\\\0;", 4)));
  }
}

TEST_CASE("a value that looks like SQL finds the row that holds it", "[injection]") {
  Shop shop;
  shop.execute("UPDATE orders SET status = 'x''; DROP TABLE orders; -- 100%_\\' WHERE id = 4");
  for (const Filter::Kind kind : {Filter::Kind::equals, Filter::Kind::contains, Filter::Kind::starts_with,
                                  Filter::Kind::ends_with}) {
    SemanticQuery query{.table = "orders", .fields = {{"orders", "id", {}}}};
    query.filters = {{{"orders", "status", {}}, {.kind = kind, .values = {"x'; DROP TABLE orders; -- 100%_\\"}}}};
    CHECK(shop.ask(query) == std::vector<std::string>{"4"});
  }
}

TEST_CASE("a column with a hostile name is quoted", "[injection]") {
  Shop shop;
  shop.execute(R"(CREATE TABLE "we""ird"(id INTEGER PRIMARY KEY, "a"" b" TEXT); INSERT INTO "we""ird" VALUES (1, 'z'))");
  Dimension id, odd;
  id.name = "id";
  id.primary_key = true;
  odd.name = "a\" b";
  shop.model.views.push_back({.name = "we\"ird", .dimensions = {id, odd}});
  SemanticQuery query{.table = "we\"ird", .fields = {{"we\"ird", "a\" b", {}}}};
  CHECK(shop.ask(query) == std::vector<std::string>{"z"});
}
