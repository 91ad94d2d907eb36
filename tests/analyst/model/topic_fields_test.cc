// What a topic's `fields` list lets through.
#include "model/topic_fields.h"

#include <catch2/catch.hpp>

using analyst::matches_patterns;
using analyst::Topic;
using analyst::topic_contains_field;
using analyst::views_of_topic;

namespace {

analyst::Field field(std::string name, std::vector<std::string> tags = {}) {
  analyst::Field result;
  result.name = std::move(name);
  result.tags = std::move(tags);
  return result;
}

}  // namespace

TEST_CASE("no patterns let everything through", "[topic]") { CHECK(matches_patterns({}, "orders", field("id"))); }

TEST_CASE("a list lets through what it names and nothing else", "[topic]") {
  const std::vector<std::string> patterns = {"orders.*", "users.name", "tag:public"};
  CHECK(matches_patterns(patterns, "orders", field("id")));
  CHECK(matches_patterns(patterns, "users", field("name")));
  CHECK_FALSE(matches_patterns(patterns, "users", field("email")));
  CHECK(matches_patterns(patterns, "users", field("city", {"public"})));
}

TEST_CASE("the last matching pattern decides", "[topic]") {
  CHECK_FALSE(matches_patterns({"users.*", "-users.email"}, "users", field("email")));
  CHECK(matches_patterns({"users.*", "-users.email"}, "users", field("name")));
  CHECK(matches_patterns({"-users.*", "users.email"}, "users", field("email")));
  CHECK_FALSE(matches_patterns({"all_views.*", "-tag:secret"}, "users", field("x", {"secret"})));
}

TEST_CASE("a list that starts by taking away takes away from everything", "[topic]") {
  CHECK(matches_patterns({"-users.email"}, "orders", field("id")));
  CHECK_FALSE(matches_patterns({"-users.email"}, "users", field("email")));
}

TEST_CASE("a field of a view that is not joined is not in the topic", "[topic]") {
  const Topic topic{.base_view = "orders", .joins = {{.view = "users", .joins = {{.view = "cities", .joins = {}}}}}};
  CHECK(views_of_topic(topic) == std::vector<std::string>{"orders", "users", "cities"});
  CHECK(topic_contains_field(topic, "cities", field("name")));
  CHECK_FALSE(topic_contains_field(topic, "products", field("name")));
}
