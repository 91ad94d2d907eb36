// What belongs to another organization, or to another user, cannot be told from what does not exist.
#include <catch2/catch.hpp>
#include <map>

#include "api/service.h"
#include "receiver.h"
#include "test_daemon.h"

using nlohmann::json;

namespace {

const std::string conversations_path = "/api/v1/ai/conversations";

std::vector<std::string> ids(const Reply& page) {
  std::vector<std::string> found;
  const json body = page.json();
  for (const json& item : body.at("data")) found.push_back(item.at("id"));
  return found;
}

// Something of each collection that a path may have an id of, and what shows whether it was changed.
struct Theirs {
  Receiver receiver;
  TestDaemon daemon;
  TestDaemon::Person ada = daemon.person("Ada");
  json told = post(daemon.client(ada.token), jobs_path, with_webhook(receiver.url()));
  std::string delivery = delivery_of(daemon, daemon.client(ada.token), told.at("jobId"));
  json made = post(daemon.client(ada.token), jobs_path, question("a secret question"));
  json work = post(daemon.organization(), "/api/v1/jobs", {{"kind", "k"}, {"tags", {"shared"}}});
  std::map<std::string, std::string> of_collection = {{"ai/jobs", made.at("jobId")},
                                                      {"ai/conversations", made.at("conversationId")},
                                                      {"keys", ada.key},
                                                      {"webhook-deliveries", delivery},
                                                      {"jobs", work.at("jobId")}};

  json state() {
    const Client client = daemon.client(ada.token);
    return {client.get(jobs_path).json(), client.get(conversations_path).json(),
            json::parse(client.get("/api/v1/keys").body).at("data").size(), daemon.organization().get("/api/v1/jobs").json()};
  }

 private:
  static json post(const Client& client, const std::string& path, const json& body) { return client.post(path, body).json(); }
  static json with_webhook(const std::string& url) {
    json body = question();
    body["webhookUrl"] = url;
    return body;
  }
  static std::string delivery_of(TestDaemon& daemon, const Client& client, const std::string& job) {
    REQUIRE(daemon.claim().complete("done") == jobs::Finish::ok);
    const json found = client.get("/api/v1/webhook-deliveries?jobId=" + job).json();
    return std::to_string(found.at("data").at(0).at("id").get<std::int64_t>());
  }
};

bool is_for_token(const jobsd::Route& route) { return route.access == jobsd::Route::Access::token; }

bool names_one(const jobsd::Route& route) { return route.path.find("{id}") != std::string_view::npos; }

// Whether users may be asked about: the engine's own routes and those of administration know none.
bool takes_user(const jobsd::Route& route) {
  return route.path.starts_with("/api/v1/ai/") || route.path.starts_with("/api/v1/query/") ||
         route.path.starts_with("/api/v1/webhook-deliveries");
}

// What stands before {id}.
std::string collection_of(const jobsd::Route& route) {
  constexpr std::string_view prefix = "/api/v1/";
  return std::string(route.path.substr(prefix.size(), route.path.find("/{id}") - prefix.size()));
}

// An id like `id` that was never given out.
std::string nobodys(const std::string& id) { return jobs::Uuid::parse(id) ? unknown_id : "999999"; }

std::string with_id(const jobsd::Route& route, const std::string& id) {
  std::string path(route.path);
  if (const auto name = path.find("{name}"); name != std::string::npos) path.replace(name, 6, "s");
  return path.replace(path.find("{id}"), 4, id);
}

// With all that any route requires.
Reply ask(const Client& client, const jobsd::Route& route, const std::string& path) {
  json body = question();
  body.update({{"attempt", 1}, {"code", "x"}, {"result", 1}, {"since", "2020-01-01T00:00:00Z"}});
  body["query"] = {{"modelId", model_id}, {"fields", {"a.b"}}};
  if (route.method == "POST") return client.post(path, body);
  return client.request(std::string(route.method), path, body.dump(), {{"Content-Type", "application/json"}});
}

// Everything of an answer but what is new in each: the id of the request, and `id`, which the asker named.
std::string seen(const Reply& reply, const std::string& id) {
  std::string text = std::to_string(reply.status) + "\n";
  for (const auto& [name, value] : reply.headers) text += name + (name == "X-Request-Id" || name == "Date" ? "" : value) + "\n";
  text += reply.body;
  for (std::size_t at; (at = text.find(id)) != std::string::npos;) text.replace(at, id.size(), "ID");
  return text;
}

}  // namespace

TEST_CASE("on every route the id of another organization is answered as an id that was never given out", "[isolation]") {
  Theirs theirs;
  TestDaemon& daemon = theirs.daemon;
  const std::vector<std::pair<std::string, std::string>> callers = {
      {"a key", daemon.outsider_key},
      {"a member", daemon.outsider("Mallory", jobsd::Role::member).token},
      {"an administrator", daemon.outsider("Trent", jobsd::Role::admin).token}};
  const json before = theirs.state();
  int compared = 0;
  for (const jobsd::Route& route : jobsd::routes()) {
    if (!is_for_token(route) || !names_one(route)) continue;
    CAPTURE(route.method, route.path);
    const auto found = theirs.of_collection.find(collection_of(route));
    // Give Theirs something of this collection.
    REQUIRE(found != theirs.of_collection.end());
    for (const auto& [who, token] : callers) {
      CAPTURE(who);
      const Client client = daemon.client(token);
      const Reply real = ask(client, route, with_id(route, found->second));
      CHECK((real.status == 404 || real.status == 403));
      const std::string nobody = nobodys(found->second);
      CHECK(seen(real, found->second) == seen(ask(client, route, with_id(route, nobody)), nobody));
      ++compared;
    }
    if (!jobs::Uuid::parse(found->second)) continue;
    // An id of the same row with other random bits, as somebody would have to guess it.
    const std::string guessed = jobs::Uuid::from_number(jobs::Uuid::parse(found->second)->number(), 1).to_string();
    const Client owner = collection_of(route) == "jobs" ? daemon.organization() : daemon.client(theirs.ada.token);
    CHECK(seen(ask(owner, route, with_id(route, guessed)), guessed) ==
          seen(ask(owner, route, with_id(route, unknown_id)), unknown_id));
  }
  CHECK(compared >= 60);
  CHECK(theirs.state() == before);
}

TEST_CASE("on every route a user of another organization is answered as one who does not exist", "[isolation]") {
  Theirs theirs;
  const Client outsider = theirs.daemon.client(theirs.daemon.outsider_key);
  for (const jobsd::Route& route : jobsd::routes()) {
    if (!is_for_token(route) || !takes_user(route)) continue;
    CAPTURE(route.method, route.path);
    const bool numbers = collection_of(route) == "webhook-deliveries";
    const std::string path = names_one(route) ? with_id(route, numbers ? "999999" : unknown_id) : std::string(route.path);
    const auto as = [&](const std::string& user) {
      return ask(outsider, route, path + "?jobId=" + unknown_id + "&userId=" + user);
    };
    const Reply real = as(theirs.ada.id);
    CHECK((real.status == 404 || real.status == 403));
    CHECK(seen(real, theirs.ada.id) == seen(as(unknown_id), unknown_id));
  }
}

TEST_CASE("on every route that lists, nothing of another organization is in the list", "[isolation]") {
  Theirs theirs;
  TestDaemon& daemon = theirs.daemon;
  const auto admin = daemon.outsider("Trent", jobsd::Role::admin);
  int lists = 0;
  for (const jobsd::Route& route : jobsd::routes()) {
    if (!is_for_token(route) || route.path.find('{') != std::string_view::npos || route.method != "GET") continue;
    // It lists what belongs to one job, whose id was asked about above.
    if (route.path == "/api/v1/webhook-deliveries") continue;
    CAPTURE(route.path);
    for (const std::string& token : {daemon.outsider_key, admin.token}) {
      const Reply reply = daemon.client(token).get(std::string(route.path));
      CHECK((reply.status == 200 || reply.status == 403));
      lists += reply.status == 200;
      for (const auto& [collection, id] : theirs.of_collection) {
        if (jobs::Uuid::parse(id)) CHECK(reply.body.find(id) == std::string::npos);
      }
      CHECK(reply.body.find(theirs.ada.id) == std::string::npos);
      CHECK(reply.body.find("a secret question") == std::string::npos);
    }
  }
  CHECK(lists >= 7);
}

TEST_CASE("a conversation of another organization is no more there to go on with than to read", "[isolation]") {
  Theirs theirs;
  const Client outsider = theirs.daemon.client(theirs.daemon.outsider_key);
  const auto go_on = [&](const std::string& conversation) {
    json body = question();
    body["conversationId"] = conversation;
    return outsider.post(jobs_path, body);
  };
  const std::string real = theirs.of_collection.at("ai/conversations");
  CHECK(go_on(real).status == 404);
  CHECK(seen(go_on(real), real) == seen(go_on(unknown_id), unknown_id));
}

TEST_CASE("an idempotency key is its token's, whatever organization uses the same", "[isolation]") {
  Theirs theirs;
  const Fields key = {{"Idempotency-Key", "the same"}};
  const Reply mine = theirs.daemon.client(theirs.ada.token).post(jobs_path, question(), key);
  const Reply other = theirs.daemon.client(theirs.daemon.outsider_key).post(jobs_path, question(), key);
  CHECK(mine.status == 201);
  CHECK(other.status == 201);
  CHECK_FALSE(other.header("Idempotent-Replayed"));
  CHECK(mine.json().at("jobId") != other.json().at("jobId"));
}

TEST_CASE("a personal token sees its own jobs and conversations only, an organization key all", "[isolation]") {
  TestDaemon daemon;
  const auto ada = daemon.person("Ada");
  const auto bob = daemon.person("Bob");
  const std::string hers = daemon.submit(daemon.client(ada.token));
  const std::string his = daemon.submit(daemon.client(bob.token));
  const std::string nobodys = daemon.submit(daemon.organization());

  CHECK(ids(daemon.client(ada.token).get(jobs_path)) == std::vector{hers});
  CHECK(ids(daemon.client(bob.token).get(jobs_path)) == std::vector{his});
  CHECK(ids(daemon.organization().get(jobs_path)) == std::vector{nobodys, his, hers});
  CHECK(ids(daemon.organization().get(jobs_path + "?userId=" + ada.id)) == std::vector{hers});
  CHECK(daemon.client(ada.token).get(jobs_path + "/" + his).status == 404);
  CHECK(daemon.client(ada.token).get(jobs_path + "/" + nobodys).status == 404);
  CHECK(daemon.organization().get(jobs_path + "/" + his).status == 200);
  CHECK(daemon.organization().get(jobs_path + "/" + his + "?userId=" + ada.id).status == 404);

  CHECK(ids(daemon.client(ada.token).get(conversations_path)).size() == 1);
  CHECK(ids(daemon.organization().get(conversations_path)).size() == 3);
}

TEST_CASE("a personal token that names another user is refused with 403", "[isolation]") {
  TestDaemon daemon;
  const auto ada = daemon.person("Ada");
  const auto bob = daemon.person("Bob");
  const Client client = daemon.client(ada.token);
  CHECK(client.post(jobs_path + "?userId=" + bob.id, question()).status == 403);
  CHECK(client.get(jobs_path + "?userId=" + bob.id).status == 403);
  CHECK(client.post(jobs_path + "?userId=" + ada.id, question()).status == 201);
}

TEST_CASE("another user's job cannot be cancelled, an organization key may", "[isolation]") {
  TestDaemon daemon;
  const auto ada = daemon.person("Ada");
  const auto bob = daemon.person("Bob");
  const std::string hers = daemon.submit(daemon.client(ada.token));
  CHECK(daemon.client(bob.token).post(jobs_path + "/" + hers + "/cancel", {}).status == 403);
  CHECK(daemon.client(ada.token).get(jobs_path + "/" + hers).json().at("state") == "PENDING");
  CHECK(daemon.organization().post(jobs_path + "/" + hers + "/cancel", {}).status == 200);
}
