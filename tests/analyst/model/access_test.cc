// What a user may see of a model.
#include <catch2/catch.hpp>

#include "model_fixture.h"
#include "model_text.h"

using analyst::User;
using analyst::visible_model;
using model_tests::ModelFolder;
using model_tests::text_of;

namespace {

const User nobody{.id = "1", .attributes = {}};
const User staff{.id = "2", .attributes = {{"team", {"x", "staff"}}}};
const User boss{.id = "3", .attributes = {{"team", {"staff", "boss"}}}};

// Emails are for staff, cities for the boss.
class Guarded : public ModelFolder {
 public:
  Guarded() {
    write("model.yaml", R"y(
access_grants:
  staff: {user_attribute: team, allowed_values: [staff]}
  boss: {user_attribute: team, allowed_values: [boss]}
)y");
    write("relationships.yaml", R"y(
- {join_from_view: orders, join_to_view: users, on_sql: "${orders.user_id} = ${users.id}"}
- {join_from_view: users, join_to_view: cities, on_sql: "${users.city_id} = ${cities.id}"}
)y");
    write("users.view.yaml", R"y(
dimensions:
  email: {required_access_grants: [staff], label: Secret address, synonyms: [mail], sample_values: [a@b.c]}
  domain: {sql: "substr(${email}, 5)"}
  domain_length: {sql: "length(${domain})"}
measures:
  people: {aggregate_type: count}
  with_email: {aggregate_type: count, filters: {email: {not: null}}}
  share: {sql: "1.0 * ${with_email} / ${people}"}
)y");
    write("orders.view.yaml", "measures: {count: {aggregate_type: count}, mails: {aggregate_type: count_distinct, sql: \"${users.email}\"}}");
    write("cities.view.yaml", "{}");
    write("orders.topic.yaml", R"y(
base_view: orders
joins: {users: {cities: {}}}
fields: [all_views.*, -users.email]
sample_queries:
  open: {prompt: "How many?", query: {fields: [orders.count]}}
  secret: {prompt: "Which addresses?", query: {fields: [users.email, orders.count]}}
)y");
  }
};

}  // namespace

TEST_CASE("without the grant a field does not exist, nor does what is computed from it", "[access]") {
  Guarded folder;
  const auto model = folder.load();
  const auto visible = visible_model(model, nobody);
  const auto& users = *visible->view("users");
  for (const char* field : {"email", "domain", "domain_length"}) {
    INFO(field);
    CHECK(users.dimension(field) == nullptr);
    CHECK(model->view("users")->dimension(field) != nullptr);
  }
  CHECK(users.measure("with_email") == nullptr);
  CHECK(users.measure("share") == nullptr);
  CHECK(visible->view("orders")->measure("mails") == nullptr);
  CHECK(users.measure("people") != nullptr);
  CHECK(users.dimension("name") != nullptr);
}

TEST_CASE("no word of a field that a user may not see is left in the model", "[access]") {
  Guarded folder;
  const auto visible = visible_model(folder.load(), nobody);
  const std::string text = text_of(*visible);
  for (const char* word : {"Secret address", "mail]", "a@b.c", "email", "Which addresses?"}) {
    INFO(word);
    CHECK(text.find(word) == std::string::npos);
  }
  const auto* internal = visible->view("users")->any_dimension("email");
  REQUIRE(internal != nullptr);
  CHECK(internal->label == "email");
  CHECK(internal->synonyms.empty());
  CHECK(internal->sample_values.empty());
}

TEST_CASE("with the grant everything is there, and the model is the very same", "[access]") {
  Guarded folder;
  const auto model = folder.load();
  CHECK(visible_model(model, staff) == model);
  CHECK(visible_model(visible_model(model, nobody), nobody)->view("users")->dimension("email") == nullptr);
}

TEST_CASE("a list of fields that loses an entry does not come to mean more", "[access]") {
  Guarded folder;
  folder.write("orders.topic.yaml", "base_view: orders\njoins: {users: {}}\nfields: [users.email]");
  const auto topic = *visible_model(folder.load(), nobody)->topic("orders");
  CHECK(topic.fields == std::vector<std::string>{"-all_views.*"});
  folder.write("orders.topic.yaml", "base_view: orders\njoins: {users: {}}\nfields: [-users.email, -users.name]");
  CHECK(visible_model(folder.load(), nobody)->topic("orders")->fields == std::vector<std::string>{"-users.name"});
  folder.write("orders.topic.yaml", "base_view: orders\njoins: {users: {}}\nfields: [-users.email]");
  CHECK(visible_model(folder.load(), nobody)->topic("orders")->fields == std::vector<std::string>{"all_views.*"});
}

TEST_CASE("grants combine: a list means all, | any, & both, and & binds tighter", "[access]") {
  const auto sees = [](const std::string& grants, const User& user) {
    Guarded folder;
    folder.write("cities.view.yaml", "dimensions: {name: {required_access_grants: " + grants + "}}");
    return visible_model(folder.load(), user)->view("cities")->dimension("name") != nullptr;
  };
  CHECK_FALSE(sees("[staff, boss]", staff));
  CHECK(sees("[staff, boss]", boss));
  CHECK(sees("[\"staff|boss\"]", staff));
  CHECK_FALSE(sees("[\"staff|boss\"]", nobody));
  CHECK_FALSE(sees("[\"staff&boss\"]", staff));
  CHECK(sees("[\"staff & boss\"]", boss));
  CHECK(sees("[\"staff | boss&boss\"]", staff));
  CHECK_FALSE(sees("[\"boss|staff&boss\"]", staff));
}

TEST_CASE("a view that a user may not see takes along its joins and what hangs below it", "[access]") {
  Guarded folder;
  folder.write("users.view.yaml", "required_access_grants: [boss]");
  folder.write("orders.view.yaml", "{}").write("orders.topic.yaml", "base_view: orders\njoins: {users: {cities: {}}}");
  const auto visible = visible_model(folder.load(), staff);
  CHECK(visible->view("users") == nullptr);
  CHECK(visible->relationships.empty());
  CHECK(visible->topic("orders")->joins.empty());
  // Cities were to be had through this topic only.
  CHECK(visible->view("cities") == nullptr);
  CHECK(visible->view("orders") != nullptr);
  CHECK(visible_model(folder.load(), boss)->topic("orders")->joins.size() == 1);
}

TEST_CASE("a topic whose access filter cannot be applied any more is gone", "[access]") {
  Guarded folder;
  folder.write("cities.view.yaml", "required_access_grants: [boss]");
  folder.write("orders.topic.yaml",
               "base_view: orders\njoins: {users: {cities: {}}}\n"
               "access_filters: [{field: cities.name, user_attribute: city}]");
  const auto model = folder.load();
  CHECK(visible_model(model, boss)->topic("orders") != nullptr);
  CHECK(visible_model(model, staff)->topic("orders") == nullptr);
  // And its views cannot be asked one by one.
  CHECK(visible_model(model, staff)->view("orders") == nullptr);
}

TEST_CASE("an access filter on a field that the user may not see still applies", "[access]") {
  Guarded folder;
  folder.write("cities.view.yaml", "dimensions: {name: {required_access_grants: [boss]}}");
  folder.write("orders.topic.yaml",
               "base_view: orders\njoins: {users: {cities: {}}}\n"
               "access_filters: [{field: cities.name, user_attribute: city}]");
  const auto visible = visible_model(folder.load(), staff);
  REQUIRE(visible->topic("orders") != nullptr);
  const auto filters = access_filters_of(*visible, *visible->topic("orders"));
  REQUIRE(filters.size() == 1);
  CHECK(visible->view("cities")->dimension("name") == nullptr);
  CHECK(visible->view("cities")->any_dimension("name") != nullptr);
  CHECK(visible->view("orders")->access_filters.size() == 1);
}

TEST_CASE("a topic without its grant is gone, with the views that no other topic has", "[access]") {
  Guarded folder;
  folder.write("orders.topic.yaml", "base_view: orders\njoins: {users: {}}\nrequired_access_grants: [boss]");
  folder.write("cities.topic.yaml", "base_view: users\njoins: {cities: {}}");
  const auto visible = visible_model(folder.load(), staff);
  CHECK(visible->topic("orders") == nullptr);
  CHECK(visible->view("orders") == nullptr);
  CHECK(visible->view("users") != nullptr);
  CHECK(visible->topic("cities") != nullptr);
}

TEST_CASE("the model's default access filters apply to the topics that contain their view", "[access]") {
  Guarded folder;
  folder.write("model.yaml", R"y(
access_grants: {staff: {user_attribute: team, allowed_values: [staff]}}
default_topic_access_filters: [{field: cities.name, user_attribute: city}]
)y");
  folder.write("orders.topic.yaml",
               "base_view: orders\njoins: {users: {cities: {}}}\naccess_filters: [{field: orders.status, user_attribute: s}]");
  folder.write("small.topic.yaml", "base_view: orders");
  const auto model = folder.load();
  const auto filters = access_filters_of(*model, *model->topic("orders"));
  REQUIRE(filters.size() == 2);
  CHECK(filters[0].field == "orders.status");
  CHECK(filters[1].field == "cities.name");
  CHECK(access_filters_of(*model, *model->topic("small")).empty());
  CHECK(model->view("cities")->access_filters.size() == 2);
}
