// What is wrong in a model's files is said, all of it, with its place and the way out.
#include <catch2/catch.hpp>
#include <random>

#include "model_fixture.h"

using model_tests::ModelFolder;

namespace {

const char* const two_relationships =
    "- {join_from_view: orders, join_to_view: users, on_sql: \"${orders.user_id} = ${users.id}\"}\n"
    "- {join_from_view: users, join_to_view: cities, on_sql: \"${users.city_id} = ${cities.id}\"}\n";

// The problems of a model whose view of orders is `text`.
std::vector<std::string> problems_of_view(const std::string& text) {
  ModelFolder folder;
  folder.write("orders.view.yaml", text).write("users.view.yaml", "{}").write("relationships.yaml", "");
  return folder.check();
}

std::vector<std::string> problems_of_topic(const std::string& text) {
  ModelFolder folder;
  folder.write("relationships.yaml", two_relationships)
      .write("orders.view.yaml", "measures: {count: {aggregate_type: count}}")
      .write("t.topic.yaml", text);
  return folder.check();
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("every problem is told, each with its file, line and column", "[problems]") {
  ModelFolder folder;
  folder.write("orders.view.yaml", "lable: Orders\ndimensions:\n  status: {lable: x}\n  id:\n    primary_key: maybe\n")
      .write("sales.topic.yaml", "base_veiw: orders\n");
  CHECK(folder.check() == Lines{
      "orders.view.yaml:1:1: error: \"lable\" is no key of a view; did you mean \"label\"?",
      "orders.view.yaml:3:12: error: \"lable\" is no key of a dimension; did you mean \"label\"?",
      "orders.view.yaml:5:18: error: \"primary_key\" must be true or false, not \"maybe\"",
      "sales.topic.yaml:1:1: error: \"base_veiw\" is no key of a topic; did you mean \"base_view\"?",
      "sales.topic.yaml:1:1: error: a topic needs a \"base_view\"",
  });
  CHECK_THROWS_AS(folder.load(), analyst::ModelError);
}

TEST_CASE("a key of the dialect that is not used is a warning, and the model loads", "[problems]") {
  ModelFolder folder;
  folder.write("orders.view.yaml", "ai_context: x\ndimensions: {status: {group_label: g}}");
  CHECK(folder.load()->view("orders") != nullptr);
  CHECK(folder.warnings == Lines{"orders.view.yaml:1:1: warning: \"ai_context\" is not used",
                                 "orders.view.yaml:2:23: warning: \"group_label\" is not used"});
}

TEST_CASE("a repeated key is an error with the line of the first", "[problems]") {
  CHECK(problems_of_view("label: a\nhidden: true\nlabel: b\n") ==
        Lines{"orders.view.yaml:3:1: error: \"label\" is already given in line 1; keep one of them"});
  CHECK(problems_of_view("dimensions:\n  id: {}\n  id: {}\n").size() == 1);
  CHECK(problems_of_view("dimensions: {status: {}}\nmeasures: {status: {aggregate_type: count}}") ==
        Lines{"orders.view.yaml:2:12: error: \"status\" is already a field of this view"});
}

TEST_CASE("what a parser would accept in silence is refused", "[problems]") {
  const auto only_error = [](const std::string& text) {
    const auto problems = problems_of_view(text);
    INFO(text.substr(0, 200));
    REQUIRE(problems.size() == 1);
    return problems[0].substr(problems[0].find("error: ") + 7);
  };
  CHECK(only_error("label: &a x\n") == "anchors (&name) are not allowed; write the value again where it is needed");
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c < 'm'; ++c) {
    bomb += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 9; ++i) bomb += std::string(i == 0 ? "*" : ",*") + static_cast<char>(c - 1);
    bomb += "]\n";
  }
  CHECK(only_error(bomb) == "anchors (&name) are not allowed; write the value again where it is needed");
  CHECK(only_error("label: !!binary aGk=\n").starts_with("tags ("));
  CHECK(only_error("label: a\n---\nlabel: b\n") == "holds more than one document; remove the \"---\" between them");
  std::string deep = "x";
  for (int i = 0; i < 30; ++i) deep = "{a: " + deep + "}";
  CHECK(only_error("description: " + deep) == "nested more than 24 levels deep");
  CHECK_FALSE(only_error("description: " + std::string(50'000, '[')).empty());
  CHECK_FALSE(only_error(std::string(50'000, '{')).empty());
  std::string dashes;
  for (int i = 0; i < 10'000; ++i) dashes += "- ";
  CHECK(only_error(dashes) == "nested more than 24 levels deep");
  CHECK(only_error("? [a, b]\n: c\n") == "a key must be text");
  CHECK(only_error("label: \"a\xFF\"\n") == "not UTF-8 text; save the file as UTF-8");
  CHECK(only_error(std::string("label: a\0b\n", 11)) == "not UTF-8 text; save the file as UTF-8");
  CHECK(only_error("label: [a\n").starts_with("not YAML: "));
  CHECK(only_error("- a\n- b\n") == "a view must be a map, not a list");
  CHECK(only_error("just text") == "a view must be a map, not \"just text\"");
}

TEST_CASE("a file may be as large as the limit and no larger", "[problems]") {
  const std::string head = "label: a\n# ";
  const std::size_t limit = 1024 * 1024;
  CHECK(problems_of_view(head + std::string(limit - head.size(), 'x')).empty());
  CHECK(problems_of_view(head + std::string(limit - head.size() + 1, 'x')) ==
        Lines{"orders.view.yaml: error: larger than 1024 KiB; split it"});
}

TEST_CASE("the limit of values in a file holds", "[problems]") {
  std::string many = "synonyms: [";
  for (int i = 0; i < 100'001; ++i) many += "a,";
  const auto problems = problems_of_view(many + "]");
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].find("more than 100000 values in one file; split it") != std::string::npos);
}

TEST_CASE("references to what is not there name the nearest that is", "[problems]") {
  CHECK(problems_of_view("dimensions: {a: {sql: \"${statsu}\"}}") ==
        Lines{"orders.view.yaml:1:23: error: \"${statsu}\": the view \"orders\" has no field \"statsu\"; did you mean "
              "\"status\"?"});
  CHECK(problems_of_view("dimensions: {a: {sql: \"${user.name}\"}}") ==
        Lines{"orders.view.yaml:1:23: error: \"${user.name}\": there is no view \"user\"; did you mean \"users\"?"});
  CHECK(problems_of_view("dimensions: {a: {sql: \"${status[month]}\"}}") ==
        Lines{"orders.view.yaml:1:23: error: \"${status[month]}\": \"status\" is no date; a timeframe cannot be taken of "
              "it"});
  CHECK(problems_of_view("dimensions: {a: {sql: \"${status} ${x y}\"}}").size() == 1);
  CHECK(problems_of_view("dimensions: {statsu: {}}") ==
        Lines{"orders.view.yaml:1:14: error: the table \"orders\" has no column \"statsu\"; give the dimension \"sql\"; did "
              "you mean \"status\"?"});
}

TEST_CASE("dimensions and measures keep to their places", "[problems]") {
  CHECK(problems_of_view("measures: {n: {aggregate_type: count}, m: {aggregate_type: sum, sql: \"${n}\"}}").size() == 1);
  CHECK(problems_of_view("dimensions: {d: {sql: \"${n} + 1\"}}\nmeasures: {n: {aggregate_type: count}}").size() == 1);
  CHECK(problems_of_view("measures: {m: {}}") ==
        Lines{"orders.view.yaml:1:15: error: the measure \"m\" needs \"aggregate_type\", or \"sql\" over measures"});
  CHECK(problems_of_view("measures: {m: {aggregate_type: sum}}").size() == 1);
  CHECK(problems_of_view("measures: {m: {aggregate_type: summ, sql: \"${id}\"}}") ==
        Lines{"orders.view.yaml:1:32: error: \"summ\" is no aggregate type; did you mean \"sum\"?"});
  CHECK(problems_of_view("measures: {m: {aggregate_type: percentile, sql: \"${id}\"}}").size() == 1);
  CHECK(problems_of_view("measures: {m: {aggregate_type: percentile, percentile: 100, sql: \"${id}\"}}").size() == 1);
  CHECK(problems_of_view("measures: {m: {aggregate_type: percentile, percentile: 99, sql: \"${id}\"}}").empty());
  CHECK(problems_of_view("measures: {n: {aggregate_type: count}, m: {sql: \"${n}\", filters: {status: {is: a}}}}").size() == 1);
  CHECK(problems_of_view("dimensions: {status: {timeframes: [month]}}").size() == 1);
  CHECK(problems_of_view("dimensions: {created_at: {timeframes: [mnth]}}") ==
        Lines{"orders.view.yaml:1:39: error: \"mnth\" is no timeframe; did you mean \"month\"?"});
}

TEST_CASE("filters are checked: operators, fields, how many values, and their types", "[problems]") {
  const auto errors = [](const std::string& filters) {
    return problems_of_view("measures: {m: {aggregate_type: count, filters: " + filters + "}}").size();
  };
  CHECK(errors("{status: {is: a}}") == 0);
  CHECK(errors("{status: {iss: a}}") == 1);
  CHECK(errors("{status: a}") == 1);
  CHECK(errors("{status: {}}") == 1);
  CHECK(errors("{status: {is: []}}") == 1);
  CHECK(errors("{status: {is: {a: b}}}") == 1);
  CHECK(errors("{id: {between: [1, 2]}}") == 0);
  CHECK(errors("{id: {between: [1]}}") == 1);
  CHECK(errors("{id: {between: [1, 2, 3]}}") == 1);
  CHECK(errors("{id: {greater_than: [1, 2]}}") == 1);
  CHECK(errors("{id: {greater_than: null}}") == 1);
  CHECK(errors("{id: {is: many}}") == 1);
  CHECK(errors("{id: {is: [1, 2.5, -3e2]}}") == 0);
  CHECK(errors("{gift: {is: perhaps}}") == 1);
  CHECK(errors("{nothing: {is: a}}") == 1);
  CHECK(errors("{users.name: {is: a}}") == 0);
  CHECK(errors("{users.gone: {is: a}}") == 1);
  CHECK(errors("[a]") == 1);
}

TEST_CASE("fields that refer to themselves are found, at any distance", "[problems]") {
  CHECK(problems_of_view("dimensions: {status: {sql: \"upper(${status})\"}}") ==
        Lines{"orders.view.yaml:1:28: error: \"status\" refers to itself; a column is written without \"${}\""});
  const auto circle = problems_of_view("measures: {a: {sql: \"${b}\"}, b: {sql: \"${c}\"}, c: {sql: \"${a}\"}}");
  REQUIRE(circle.size() == 1);
  CHECK(circle[0].find("refers to itself: orders.a -> orders.b -> orders.c -> orders.a") != std::string::npos);
}

TEST_CASE("fields that would expand into a statement without end are refused", "[problems]") {
  std::string text = "dimensions:\n  d0: {sql: \"${id} + ${id}\"}\n";
  for (int i = 1; i < 20; ++i) {
    const std::string before = "${d" + std::to_string(i - 1) + "}";
    text += "  d" + std::to_string(i) + ": {sql: \"" + before + " + " + before + "\"}\n";
  }
  const auto problems = problems_of_view(text);
  REQUIRE_FALSE(problems.empty());
  CHECK(problems[0].find("comes to more than 64 KiB of SQL") != std::string::npos);

  std::string chain = "dimensions:\n";
  for (int i = 0; i < 2'000; ++i) {
    chain += "  d" + std::to_string(i) + ": {sql: \"${d" + std::to_string(i + 1) + "}\"}\n";
  }
  chain += "  d2000: {sql: \"1\"}\n";
  const auto deep = problems_of_view(chain);
  REQUIRE_FALSE(deep.empty());
  CHECK(deep[0].find("through more than 30 fields") != std::string::npos);
}

TEST_CASE("what needs something that is not built yet is left out with all that needs it", "[problems]") {
  ModelFolder folder;
  folder.write("orders.view.yaml", R"y(
dimensions:
  band: {sql: "${id}", bin_boundaries: [1, 2]}
  of_band: {sql: "${band} || 'x'"}
measures:
  lod: {sql: "${id}", aggregate_type: sum, level_of_detail: {fixed: [id]}}
  of_lod: {sql: "${lod} / 2"}
  raw: {sql: "sum(${id})"}
  early: {aggregate_type: count, filters: {created_at: {before: 2025-01-01}}}
  fine: {aggregate_type: count}
  templated: {aggregate_type: sum, sql: "{{ x }}"}
  on: {aggregate_type: sum_distinct_on, sql: "${id}"}
)y")
      .write("users.view.yaml", "query: {fields: {}}")
      .write("a.topic.yaml", "base_view: orders\nalways_having_sql: x")
      .write("b.topic.yaml", "base_view: users")
      .write("c.topic.yaml", "base_view: orders\nalways_where_filters: {band: {is: x}}")
      .write("d.topic.yaml", "base_view: orders\ndefault_filters: {band: {is: x}, status: {is: y}}\nfields: [orders.band]")
      .write("relationships.yaml", two_relationships);
  const auto model = folder.load();
  const auto& view = *model->view("orders");
  CHECK(view.dimension("band") == nullptr);
  CHECK(view.dimension("of_band") == nullptr);
  CHECK(view.measures.size() == 1);
  CHECK(view.measures[0].name == "fine");
  CHECK(model->view("users") == nullptr);
  CHECK(model->relationships.empty());
  CHECK(model->topic("a") == nullptr);
  CHECK(model->topic("b") == nullptr);
  CHECK(model->topic("c") == nullptr);
  REQUIRE(model->topic("d") != nullptr);
  CHECK(model->topic("d")->default_filters.size() == 1);
  CHECK(folder.warnings.size() == 14);
}

TEST_CASE("tables that are not there are named with the nearest that is", "[problems]") {
  ModelFolder folder;
  folder.write("order.view.yaml", "{}").write("b.view.yaml", "table: user").write("c.view.yaml", "schema: other\ntable: users");
  CHECK(folder.check() == Lines{
      "b.view.yaml:1:1: error: the database has no table \"user\"; say which with \"table\", or give the view \"sql\"; did "
      "you mean \"users\"?",
      "c.view.yaml:1:1: error: the database has no table \"other.users\"; say which with \"table\", or give the view "
      "\"sql\"; did you mean \"users\"?",
      "order.view.yaml:1:1: error: the database has no table \"order\"; say which with \"table\", or give the view "
      "\"sql\"; did you mean \"orders\"?",
  });
}

TEST_CASE("relationships are checked", "[problems]") {
  const auto first = [](const std::string& text) -> std::string {
    ModelFolder folder;
    folder.write("orders.view.yaml", "{}").write("users.view.yaml", "{}").write("relationships.yaml", text);
    const auto problems = folder.check();
    return problems.empty() ? "" : problems[0].substr(problems[0].find("error: ") + 7);
  };
  const std::string good = "{join_from_view: orders, join_to_view: users, on_sql: \"${orders.user_id} = ${users.id}\"";
  CHECK(first("- " + good + "}").empty());
  CHECK(first("- " + good + ", join_type: outer}").starts_with("\"outer\" is no join type"));
  CHECK(first("- " + good + ", relationship_type: many_to_on}") ==
        "\"many_to_on\" is no relationship type; did you mean \"many_to_one\"?");
  CHECK(first("- " + good + ", relationship_type: assumed_many_to_one}").empty());
  CHECK(first("- " + good + "}\n- " + good + "}").find("already joined") != std::string::npos);
  CHECK(first("- " + good + ", join_to_view_as: orders}").starts_with("a view that is joined to itself"));
  CHECK(first("- " + good + "}\n- " + good + ", join_to_view_as: users2}\n- " + good + ", join_to_view_as: \"a b\"}") ==
        "\"a b\" is no name for a view");
  CHECK(first("- {join_from_view: orders, join_to_view: users}").starts_with("a relationship needs an \"on_sql\""));
  CHECK(first("- {join_from_view: orders, join_to_view: users, join_type: cross}").empty());
  CHECK(first("- {join_to_view: users, on_sql: x}") == "a relationship needs a \"join_from_view\"");
  CHECK(first("- {join_from_view: orders, join_to_view: gone, on_sql: x}").starts_with("there is no view \"gone\""));
  CHECK(first("- {join_from_view: orders, join_to_view: users, on_sql: \"${orders.user_i} = ${users.id}\"}") ==
        "\"${orders.user_i}\": the view \"orders\" has no dimension \"user_i\"; did you mean \"user_id\"?");
  CHECK(first("- {join_from_view: orders, join_to_view: users, on_sql: \"${cities.id} = ${id}\"}")
            .starts_with("\"${cities.id}\": write ${view.field}"));
  CHECK(first("a: b").starts_with("must be a list"));
}

TEST_CASE("a topic joins only along relationships, and only in their direction", "[problems]") {
  CHECK(problems_of_topic("base_view: orders\njoins: {users: {cities: {}}}").empty());
  CHECK(problems_of_topic("base_view: users\njoins:\n  orders: {}\n") ==
        Lines{"t.topic.yaml:3:3: error: the relationship from \"orders\" to \"users\" does not allow this direction; give "
              "it \"reversible: true\""});
  CHECK(problems_of_topic("base_view: orders\njoins:\n  cities: {}\n") ==
        Lines{"t.topic.yaml:3:3: error: there is no relationship from \"orders\" to \"cities\"; add one to "
              "relationships.yaml"});
  CHECK(problems_of_topic("base_view: orders\njoins:\n  users:\n    user: {}\n") ==
        Lines{"t.topic.yaml:4:5: error: there is no view \"user\"; did you mean \"users\"?"});
  CHECK(problems_of_topic("base_view: orders\njoins: {users: {orders: {}}}").size() == 1);
  CHECK(problems_of_topic("base_view: gone").size() == 1);
  CHECK(problems_of_topic("label: x").size() == 1);
}

TEST_CASE("what a topic names has to be in it", "[problems]") {
  const std::string base = "base_view: orders\njoins: {users: {}}\n";
  const auto errors = [&](const std::string& line) { return problems_of_topic(base + line).size(); };
  CHECK(errors("fields: [orders.*, -users.email, tag:x, all_views.*]") == 0);
  CHECK(errors("fields: [cities.*]") == 1);
  CHECK(errors("fields: [orders.statsu]") == 1);
  CHECK(errors("fields: [orders]") == 1);
  CHECK(errors("fields: [\"tag:\"]") == 1);
  CHECK(errors("default_filters: {status: {is: a}, orders.count: {greater_than: 1}}") == 0);
  CHECK(errors("default_filters: {cities.name: {is: a}}") == 1);
  CHECK(errors("always_where_filters: {orders.count: {greater_than: 1}}") == 1);
  CHECK(errors("always_having_filters: {orders.status: {is: a}}") == 1);
  CHECK(errors("always_where_sql: ${orders.status} = 'a'") == 0);
  CHECK(errors("always_where_sql: ${status} = 'a'") == 1);
  CHECK(errors("always_where_sql: ${cities.name} = 'a'") == 1);
  CHECK(errors("access_filters: [{field: users.name, user_attribute: n}]") == 0);
  CHECK(errors("access_filters: [{field: cities.name, user_attribute: n}]") == 1);
  CHECK(errors("access_filters: [{field: orders.count, user_attribute: n}]") == 1);
  CHECK(errors("access_filters: [{field: users.name}]") == 1);
  CHECK(errors("access_filters: [{user_attribute: n}]") == 1);
  CHECK(errors("access_filters: {field: users.name}") == 1);
  CHECK(errors("required_access_grants: [gone]") == 1);
  CHECK(errors("required_access_grants: [\"a|b&c\"]") == 3);
  CHECK(errors("default_row_limit: 50000") == 0);
  CHECK(errors("default_row_limit: 50001") == 1);
  CHECK(errors("default_row_limit: 0") == 1);
  CHECK(errors("sample_queries: {a: {query: {fields: []}}}") == 1);
  CHECK(errors("sample_queries: {a: {prompt: b, query: text}}") == 1);
}

TEST_CASE("grants are checked where they are made", "[problems]") {
  const auto errors = [](const std::string& text) {
    ModelFolder folder;
    folder.write("model.yaml", text).write("orders.view.yaml", "{}");
    return folder.check().size();
  };
  CHECK(errors("access_grants: {a: {user_attribute: x, allowed_values: [y]}}") == 0);
  CHECK(errors("access_grants: {a: {allowed_values: [y]}}") == 1);
  CHECK(errors("access_grants: {a: {user_attribute: x}}") == 1);
  CHECK(errors("access_grants: {\"a|b\": {user_attribute: x, allowed_values: [y]}}") == 1);
  CHECK(errors("access_grants: [a]") == 1);
  CHECK(errors("acces_grants: {}") == 1);
  CHECK(errors("default_topic_access_filters: [{field: orders.gone, user_attribute: x}]") == 1);
}

TEST_CASE("files are told apart by their names, and a strange one is said", "[problems]") {
  ModelFolder folder;
  folder.write("orders.view.yaml", "{}")
      .write("notes.md", "not read")
      .write("orders.veiw.yaml", "{}")
      .write(".git/x.view.yaml", "not: read");
  CHECK(folder.check() == Lines{"orders.veiw.yaml: warning: not read; a model is made of model.yaml, relationships.yaml, "
                                "NAME.view.yaml and NAME.topic.yaml"});
  folder.write("sub/orders.view.yaml", "{}").write("orders.view", "{}").write("a b.view.yaml", "{}");
  CHECK(folder.check().size() == 4);
}

TEST_CASE("a folder that is missing is an error and not an empty model", "[problems]") {
  model_tests::DescribedDatabase database(model_tests::small_shop());
  CHECK(analyst::check_model("/nonexistent/model", {}, database).size() == 1);
  CHECK_THROWS_AS(analyst::load_model("1", "m", "/nonexistent/model", {}, database), analyst::ModelError);
  const ModelFolder folder;
  CHECK(analyst::check_model(folder.base(), "/nonexistent/branch", database).size() == 1);
}

TEST_CASE("files of random bytes are refused without a crash", "[problems]") {
  const unsigned seed = 20250115;
  std::mt19937 random(seed);
  const std::string alphabet = "ab: \n-[]{},\"'|>#&*!?%@`${}.\t0\\~<=";
  for (int round = 0; round < 300; ++round) {
    std::string text;
    const auto size = random() % 200;
    for (std::size_t i = 0; i < size; ++i) text += alphabet[random() % alphabet.size()];
    INFO("seed " << seed << ", round " << round << ": " << text);
    CHECK_NOTHROW(problems_of_view(text));
    CHECK_NOTHROW(problems_of_topic("base_view: orders\n" + text));
  }
}
