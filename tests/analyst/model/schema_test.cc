// The JSON schema of the files knows the same keys as the loader.
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "model/keys.h"

TEST_CASE("the schema of the files has the keys that the loader knows, no more and no fewer", "[schema]") {
  std::ifstream file(MODEL_SCHEMA);
  const auto schema = nlohmann::json::parse(file);
  const auto& parts = schema.at("$defs");
  const auto keys_of = [](const nlohmann::json& part) {
    std::set<std::string> keys;
    for (const auto& [key, value] : part.at("properties").items()) keys.insert(key);
    return keys;
  };
  const auto check = [&](const nlohmann::json& part, const analyst::Keys& keys) {
    INFO(keys.of);
    const auto all = keys.all();
    CHECK(keys_of(part) == std::set<std::string>(all.begin(), all.end()));
  };
  check(parts.at("model"), analyst::model_keys);
  check(parts.at("model").at("properties").at("access_grants").at("additionalProperties"), analyst::access_grant_keys);
  check(parts.at("access_filter"), analyst::access_filter_keys);
  check(parts.at("view"), analyst::view_keys);
  check(parts.at("dimension"), analyst::dimension_keys);
  check(parts.at("measure"), analyst::measure_keys);
  check(parts.at("relationship"), analyst::relationship_keys);
  check(parts.at("topic"), analyst::topic_keys);
  check(parts.at("sample_query"), analyst::sample_query_keys);
  check(parts.at("filters").at("additionalProperties"), analyst::filter_keys);
}
