// The parts of the analyst over HTTP: a query made and not run, a topic picked, a query run with its caller's permissions.
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <catch2/catch.hpp>
#include <future>

#include "api/error.h"
#include "api/query_pool.h"
#include "test_daemon.h"

using nlohmann::json;

namespace {

const std::string generate_path = "/api/v1/ai/generate-query";
const std::string pick_path = "/api/v1/ai/pick-topic";
const std::string run_path = "/api/v1/query/run";

const std::map<std::string, std::vector<std::string>> sees_all = {{"region", {"all"}}};
const std::map<std::string, std::vector<std::string>> sees_europe = {{"region", {"Europe"}}};

Setup shop() { return {.shop = true}; }

json prompt(const std::string& text, json more = json::object()) {
  json body = {{"modelId", model_id}, {"prompt", text}};
  body.update(more);
  return body;
}

json by_region(json more = json::object()) {
  json query = {{"modelId", model_id},
                {"table", "order_items"},
                {"join_paths_from_topic_name", "sales"},
                {"fields", {"regions.name", "orders.order_count"}}};
  query.update(more);
  return query;
}

// Rows without the header.
std::size_t row_count(const Reply& reply) { return reply.json().at("totalRowCount"); }

// Counting the rows of this one never ends.
const json endless = {{"modelId", model_id}, {"table", "endless"}, {"fields", {"endless.count"}}};

}  // namespace

TEST_CASE("a query is made from a prompt without a job, and running it gives what a job would answer", "[queries]") {
  TestDaemon daemon({.workers = 1, .shop = true});
  const Client client = daemon.client(daemon.person("Ada", sees_all).token);
  const Reply made = client.post(generate_path, prompt("top 5 products by revenue"));
  INFO(made.body);
  REQUIRE(made.status == 200);
  const json body = made.json();
  CHECK(body.at("topic") == "sales");
  CHECK(body.at("clarification").is_null());
  CHECK(body.at("query").at("fields") == json{"products.name", "order_items.revenue"});
  CHECK(body.at("queries").at(0).at("query") == body.at("query"));
  CHECK(client.get(jobs_path).json().at("data").empty());

  const Reply ran = client.post(run_path, {{"query", body.at("query")}});
  INFO(ran.body);
  REQUIRE(ran.status == 200);
  CHECK(row_count(ran) == 5);
  CHECK(ran.json().at("hasResults") == true);
  CHECK_FALSE(ran.json().contains("rows"));
  CHECK_FALSE(ran.json().contains("sql"));
  // The query as it stands in the result of a job, posted as the body itself.
  const std::string job = daemon.submit(client);
  daemon.ended(client, job);
  const json result = client.get(jobs_path + "/" + job + "/result").json();
  for (const json& action : result.at("actions")) {
    if (!action.contains("result")) continue;
    const Reply again = client.post(run_path, action.at("result").at("query"));
    INFO(again.body);
    CHECK(again.json().at("csvResult") == action.at("result").at("csvResult"));
  }
}

TEST_CASE("a prompt that is not understood has no query, and says why", "[queries]") {
  TestDaemon daemon(shop());
  const Client client = daemon.client(daemon.person("Ada", sees_all).token);
  const Reply reply = client.post(generate_path, prompt("what is the weather?"));
  CHECK(reply.status == 200);
  CHECK(reply.json().at("query").is_null());
  CHECK(reply.json().at("queries").empty());
  CHECK(reply.json().at("clarification").get<std::string>().find("**weather**") != std::string::npos);
  const Reply topic = client.post(pick_path, prompt("what is the weather?"));
  CHECK(topic.json().at("topicName").is_null());
  CHECK(topic.json().at("clarification").is_string());
}

TEST_CASE("a prompt may be held to one topic", "[queries]") {
  TestDaemon daemon(shop());
  const Client client = daemon.client(daemon.person("Ada", sees_all).token);
  CHECK(client.post(generate_path, prompt("revenue by region", {{"topicName", "sales"}})).json().at("query").is_object());
  const json outside = client.post(generate_path, prompt("refunds by reason", {{"topicName", "sales"}})).json();
  CHECK(outside.at("query").is_null());
  CHECK(client.post(generate_path, prompt("revenue", {{"topicName", "nothing"}})).detail() == "Topic nothing not found");
}

TEST_CASE("the topic is picked that holds all that is asked about", "[queries]") {
  TestDaemon daemon(shop());
  const Client client = daemon.client(daemon.person("Ada", sees_all).token);
  const auto picked = [&](const std::string& text, json more = json::object()) {
    const Reply reply = client.post(pick_path, prompt(text, more));
    INFO(reply.body);
    REQUIRE(reply.status == 200);
    return reply.json().at("topicName");
  };
  CHECK(picked("revenue by channel") == "sales");
  CHECK(picked("returns by reason") == "returns");
  CHECK(picked("Why do customers send things back?") == "returns");
  // One view would do, but a topic is asked for.
  CHECK(picked("how many orders").is_string());
  CHECK(picked("returns by reason", {{"potentialTopicNames", {"sales", "returns"}}}) == "returns");
  CHECK(picked("returns by reason", {{"potentialTopicNames", {"sales"}}}).is_null());
  CHECK(client.post(pick_path, prompt("x", {{"potentialTopicNames", {"sales", "nothing"}}})).detail() ==
        "Topic nothing not found");
}

TEST_CASE("values are typed, with the statement, when that is asked for", "[queries]") {
  TestDaemon daemon(shop());
  const Client client = daemon.client(daemon.person("Ada", sees_all).token);
  const Reply reply = client.post(run_path, {{"query", by_region()}}, {{"Accept", "application/json; profile=typed"}});
  CHECK(reply.header("Content-Type") == "application/json; profile=typed");
  const json body = reply.json();
  CHECK(body.at("rows").size() == row_count(reply));
  CHECK(body.at("rows").at(0).at(1).is_number());
  CHECK(body.at("columns").at(1).at("isMeasure") == true);
  CHECK(body.at("sql").is_string());
}

TEST_CASE("a query runs with the permissions of who asks", "[queries][isolation]") {
  TestDaemon daemon(shop());
  const auto ada = daemon.person("Ada", sees_all);
  const auto eve = daemon.person("Eve", sees_europe);
  const auto bob = daemon.person("Bob");
  const json body = {{"query", by_region()}};
  CHECK(row_count(daemon.client(ada.token).post(run_path, body)) > 1);
  const Reply hers = daemon.client(eve.token).post(run_path, body);
  CHECK(row_count(hers) == 1);
  CHECK(hers.json().at("csvResult").get<std::string>().find("Europe") != std::string::npos);
  const Reply his = daemon.client(bob.token).post(run_path, body);
  CHECK(his.status == 403);
  CHECK(his.code() == "not_allowed");

  // An organization key is nobody by itself, and otherwise whom it names, in the body or beside it.
  CHECK(daemon.organization().post(run_path, body).status == 403);
  json as_eve = body;
  as_eve["userId"] = eve.id;
  CHECK(daemon.organization().post(run_path, as_eve).body == hers.body);
  CHECK(daemon.organization().post(run_path + "?userId=" + eve.id, body).body == hers.body);
  CHECK(daemon.client(bob.token).post(run_path, as_eve).status == 403);
  CHECK(daemon.client(bob.token).post(run_path, as_eve).code() == "forbidden");
  CHECK(daemon.client(daemon.outsider_key).post(run_path, as_eve).status == 404);
  as_eve["userId"] = unknown_id;
  CHECK(daemon.organization().post(run_path, as_eve).status == 404);
}

TEST_CASE("no form of a query shows rows outside the asker's access filter", "[queries]") {
  TestDaemon daemon(shop());
  const Client all = daemon.client(daemon.person("Ada", sees_all).token);
  const Client europe = daemon.client(daemon.person("Eve", sees_europe).token);
  const json own = {{"type", "string"}, {"kind", "EQUALS"}, {"values", {"Europe"}}, {"is_negative", false}};
  const json others = {{"type", "string"}, {"kind", "EQUALS"}, {"values", {"Europe"}}, {"is_negative", true}};
  const json either = {{"type", "composite"}, {"conjunction", "OR"}, {"filters", {own, others}}};
  // Held to Europe, all that there is must be what Ada sees of Europe.
  const auto orders = [](const Client& client, const json& filters) {
    json query = by_region({{"filters", filters}});
    query["fields"] = {"orders.order_count"};
    return client.post(run_path, {{"query", query}}).json().at("csvResult").get<std::string>();
  };
  const std::string of_europe = orders(all, {{"regions.name", own}});
  CHECK(orders(europe, json::object()) == of_europe);
  CHECK(orders(europe, {{"regions.name", either}}) == of_europe);
  CHECK(orders(all, {{"regions.name", either}}) != of_europe);
  CHECK(row_count(europe.post(run_path, {{"query", by_region({{"filters", {{"regions.name", others}}}})}})) == 0);

  // Without the topic, which carries the filter: the rows are filtered all the same, or it is not allowed.
  const json customers = {{"modelId", model_id}, {"table", "customers"}, {"fields", {"customers.customer_count"}}};
  const json regions = {{"modelId", model_id}, {"table", "regions"}, {"fields", {"regions.name"}}};
  const Reply without = europe.post(run_path, {{"query", customers}});
  INFO(without.body);
  CHECK((without.status == 403 || without.body != all.post(run_path, {{"query", customers}}).body));
  CHECK(row_count(europe.post(run_path, {{"query", regions}})) == 1);
  CHECK(row_count(all.post(run_path, {{"query", regions}})) > 1);
}

TEST_CASE("a field that the asker may not see is answered like one that does not exist", "[queries]") {
  TestDaemon daemon(shop());
  const Client ada = daemon.client(daemon.person("Ada", sees_all).token);
  const Client support = daemon.client(daemon.person("Sue", {{"region", {"all"}}, {"department", {"support"}}}).token);
  const auto ask = [](const Client& client, const std::string& field, const char* place) {
    json query = by_region();
    if (std::string_view(place) == "fields") query["fields"] = {field};
    if (std::string_view(place) == "filters") query["filters"] = {{field, {{"type", "null"}}}};
    return client.post(run_path, {{"query", query}});
  };
  CHECK(ask(support, "customers.email", "fields").status == 200);
  for (const char* place : {"fields", "filters"}) {
    const Reply hidden = ask(ada, "customers.email", place);
    const Reply nothing = ask(ada, "customers.emaix", place);
    INFO(hidden.body << nothing.body);
    CHECK(hidden.status == 400);
    CHECK(hidden.code() == "bad_query");
    std::string same = nothing.body;
    for (auto at = same.find("emaix"); at != std::string::npos; at = same.find("emaix")) same.replace(at, 5, "email");
    CHECK(hidden.body == same);
  }
  const Reply made = ada.post(generate_path, prompt("customers by email"));
  CHECK(made.json().at("query").is_null());
  CHECK(made.body.find("customers.email") == std::string::npos);
}

TEST_CASE("what is not understood in a query is 400, and says where it stands", "[queries]") {
  TestDaemon daemon(shop());
  const Client client = daemon.client(daemon.person("Ada", sees_all).token);
  json deep = {{"type", "null"}};
  for (int i = 0; i < 20; ++i) deep = {{"type", "composite"}, {"conjunction", "AND"}, {"filters", json::array({deep})}};
  struct Case {
    json query;
    std::string detail;
  };
  const std::vector<Case> cases = {
      {json(7), "query: Expected object, received number"},
      {json::object(), "modelId: Required"},
      {by_region({{"modelId", 7}}), "modelId: Expected string, received number"},
      {by_region({{"modelId", "x"}}), "modelId: Invalid uuid"},
      {by_region({{"fields", json::array()}}), "fields: needs at least one field"},
      {by_region({{"fields", {"orders"}}}), "fields[0]: \"orders\" is not a field"},
      {by_region({{"fields", {"orders.x\"; DROP TABLE orders; --"}}}), "fields[0]: "},
      {by_region({{"limit", 50'001}}), "limit: must be a whole number from 1 to 50000"},
      {by_region({{"limit", 0}}), "limit: must be"},
      {by_region({{"limit", 1e30}}), "limit: must be"},
      {by_region({{"limit", 99999999999999999}}), "limit: must be"},
      {by_region({{"where", "1=1"}}), "\"where\": not understood here"},
      {by_region({{"filters", {{"regions.name", {{"type", "string"}, {"kind", "LIKE"}, {"values", {"%"}}}}}}}),
       "filters.regions.name.kind: \"LIKE\" is not one of"},
      {by_region({{"filters", {{"regions.name", deep}}}}), "filters.regions.name"},
      {by_region({{"sorts", {{{"column_name", "1; --"}}}}}), "sorts[0].column_name: "},
      {by_region({{"join_paths_from_topic_name", "nothing"}}), ""},
  };
  for (const Case& one : cases) {
    const Reply reply = client.post(run_path, {{"query", one.query}});
    INFO(one.query << "\n" << reply.body);
    CHECK(reply.status == 400);
    CHECK(reply.detail().rfind("Bad Request: " + one.detail, 0) == 0);
  }
  CHECK(client.request("POST", run_path, "{\"query\": {", {{"Content-Type", "application/json"}}).status == 400);
  CHECK(client.request("POST", run_path, "{}").status == 415);
  CHECK(client.post(run_path, {{"query", by_region({{"modelId", unknown_id}})}}).detail() ==
        "Model " + unknown_id + " not found");
  CHECK(client.post(run_path, {{"query", by_region()}, {"branchId", unknown_id}}).status == 404);
  CHECK(client.post(run_path, {{"query", by_region()}, {"branchId", branch_id}}).status == 200);
  CHECK(client.post(run_path, {{"query", by_region({{"limit", 50'000}})}}).status == 200);
}

TEST_CASE("what is asked wrongly of the planner is 400 and named", "[queries]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  for (const std::string& path : {generate_path, pick_path}) {
    CHECK(client.post(path, {{"modelId", model_id}}).detail() == "Bad Request: prompt: Required");
    CHECK(client.post(path, prompt("")).status == 400);
    CHECK(client.post(path, prompt(std::string(20'001, 'x'))).status == 400);
    CHECK(client.post(path, {{"modelId", unknown_id}, {"prompt", "x"}}).status == 404);
    CHECK(client.post(path, prompt("x", {{"branchId", unknown_id}})).status == 404);
    CHECK(client.post(path, prompt("x", {{"userId", unknown_id}})).status == 404);
  }
  for (const json& names : {json("sales"), json::array(), json{7}, json(std::vector<std::string>(101, "products"))}) {
    INFO(names);
    CHECK(client.post(pick_path, prompt("x", {{"potentialTopicNames", names}})).status == 400);
  }
}

TEST_CASE("a query has the limits that the configuration sets", "[queries]") {
  TestDaemon daemon({.adjust = [](jobsd::Config& config) {
    config.analyst.query_time = std::chrono::milliseconds(100);
    config.analyst.query_rows_max = 2;
  }});
  const Client client = daemon.organization();
  const Reply slow = client.post(run_path, endless);
  CHECK(slow.status == 400);
  CHECK(slow.code() == "too_large");
  const json names = {{"modelId", model_id}, {"table", "products"}, {"fields", {"products.name"}}};
  const Reply cut = client.post(run_path, names);
  CHECK(row_count(cut) == 2);
  CHECK(cut.json().at("csvResultWasTruncated") == true);
}

// A request that was sent, and whose answer nobody has read yet.
class SentQuery {
 public:
  SentQuery(TestDaemon& daemon, const json& query) : socket_(io_) {
    const std::string body = query.dump();
    socket_.connect({asio::ip::address_v4::loopback(), daemon.port()});
    const std::string bytes = "POST " + run_path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " +
                              daemon.organization_key + "\r\nContent-Type: application/json\r\nContent-Length: " +
                              std::to_string(body.size()) + "\r\n\r\n" + body;
    asio::write(socket_, asio::buffer(bytes));
    // The event loop has seen it when it has answered one that came later.
    daemon.client("").get("/healthz");
  }

  void close() { socket_.close(); }
  std::string read() {
    std::string answer;
    asio::error_code ended;
    asio::read(socket_, asio::dynamic_buffer(answer), ended);
    return answer;
  }

 private:
  asio::io_context io_;
  asio::ip::tcp::socket socket_;
};

TEST_CASE("a client that goes frees the thread that its query ran on", "[queries][plain]") {
  TestDaemon daemon({.adjust = [](jobsd::Config& config) { config.analyst.requests_at_once = 1; }});
  SentQuery(daemon, endless).close();
  const json names = {{"modelId", model_id}, {"table", "products"}, {"fields", {"products.name"}}};
  CHECK(row_count(daemon.organization().post(run_path, names)) == 3);
}

TEST_CASE("a stop ends a query, and its client is told to come again", "[queries][plain]") {
  TestDaemon daemon;
  SentQuery query(daemon, endless);
  daemon.stop();
  const std::string answer = query.read();
  INFO(answer);
  CHECK(answer.rfind("HTTP/1.1 503 ", 0) == 0);
  CHECK(answer.find("Retry-After: ") != std::string::npos);
}

TEST_CASE("one more query than may run and wait is 503", "[queries]") {
  asio::io_context io(1);
  const http::Request request;
  int refused = 0;
  int done = 0;
  {
    jobsd::QueryPool pool(1);
    const auto one = [&]() -> asio::awaitable<void> {
      std::function<int(std::stop_token)> work = [](std::stop_token stop) {
        std::promise<int> stopped;
        const std::stop_callback when(stop, [&] { stopped.set_value(1); });
        return stopped.get_future().get();
      };
      try {
        const int result = co_await pool.run(request, std::move(work));
        done += result;
      } catch (const jobsd::ApiError& error) {
        if (error.status == 503 && error.retry_after > 0) ++refused;
      }
    };
    for (int i = 0; i < 1 + jobsd::QueryPool::waiting_max + 1; ++i) asio::co_spawn(io, one(), asio::detached);
    io.poll();
    CHECK(refused == 1);
    CHECK(done == 0);
    pool.stop();
    pool.join();
    io.run();
  }
  CHECK(done == 1 + jobsd::QueryPool::waiting_max);
}
