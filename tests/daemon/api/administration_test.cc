// What the roles may do over HTTP, and that what was ended ends at once.
#include <catch2/catch.hpp>
#include <future>
#include <set>
#include <thread>

#include "test_daemon.h"

using nlohmann::json;

namespace {

const std::string keys_path = "/api/v1/keys";

std::set<std::string> ids(const Reply& page) {
  REQUIRE(page.status == 200);
  std::set<std::string> found;
  const json body = page.json();
  for (const json& item : body.at("data")) found.insert(item.at("id"));
  return found;
}

std::string revoke(const std::string& key) { return keys_path + "/" + key + "/revoke"; }

}  // namespace

TEST_CASE("a member sees and revokes the own tokens, an administrator all of the organization's", "[administration]") {
  TestDaemon daemon;
  const auto ada = daemon.person("Ada");
  const auto bob = daemon.person("Bob");
  const auto admin = daemon.admin("Grace");
  const Client member = daemon.client(ada.token);
  CHECK(ids(member.get(keys_path)) == std::set{ada.key});
  CHECK(member.post(revoke(bob.key), {}).status == 404);
  CHECK(daemon.client(bob.token).get(keys_path).status == 200);
  // Three people and the organization's key.
  CHECK(ids(daemon.client(admin.token).get(keys_path)).size() == 4);
  const Reply revoked = daemon.client(admin.token).post(revoke(bob.key), {});
  CHECK(revoked.status == 200);
  CHECK(revoked.json() == json{{"id", bob.key}, {"revoked", true}});
  CHECK(daemon.client(bob.token).get(keys_path).status == 401);
  CHECK(member.post(revoke(ada.key), {}).status == 200);
  CHECK(member.get(keys_path).status == 401);
}

TEST_CASE("an organization key administers nothing", "[administration]") {
  TestDaemon daemon;
  const auto ada = daemon.person("Ada");
  for (const std::string path : {"/api/v1/keys", "/api/v1/users", "/api/v1/audit-log"}) {
    CHECK(daemon.organization().get(path).status == 403);
    CHECK(daemon.organization().get(path + "?userId=" + ada.id).status == 403);
  }
  CHECK(daemon.organization().post(revoke(ada.key), {}).status == 403);
  CHECK(daemon.client(ada.token).get(keys_path).status == 200);
}

TEST_CASE("users and the audit log are for administrators, from the moment they are", "[administration]") {
  TestDaemon daemon;
  const auto ada = daemon.person("Ada");
  const Client client = daemon.client(ada.token);
  CHECK(client.get("/api/v1/users").status == 403);
  CHECK(client.get("/api/v1/audit-log").status == 403);
  daemon.identity().set_role(jobs::Uuid::parse(ada.id).value(), jobsd::Role::admin, jobsd::Actor::user_of_machine(7));
  const json users = client.get("/api/v1/users").json().at("data");
  REQUIRE(users.size() == 1);
  CHECK(users[0].at("id") == ada.id);
  CHECK(users[0].at("role") == "admin");
  const json act = client.get("/api/v1/audit-log?pageSize=1").json().at("data").at(0);
  CHECK(act.at("act") == "user.role");
  CHECK(act.at("actor") == "uid:7");
  CHECK(act.at("subjectId") == ada.id);
  CHECK(act.at("detail") == json{{"role", "admin"}});
}

TEST_CASE("who revoked a token over HTTP is on record", "[administration]") {
  TestDaemon daemon;
  const auto admin = daemon.admin("Grace");
  const auto bob = daemon.person("Bob");
  CHECK(daemon.client(admin.token).post(revoke(bob.key), {}).status == 200);
  CHECK(daemon.client(admin.token).post(revoke(bob.key), {}).status == 200);
  const json acts = daemon.client(admin.token).get("/api/v1/audit-log").json().at("data");
  CHECK(acts.at(0).at("act") == "key.revoke");
  CHECK(acts.at(0).at("actor") == "user:" + admin.id);
  CHECK(acts.at(1).at("act") == "key.create");
}

TEST_CASE("lists of administration are read page by page", "[administration]") {
  TestDaemon daemon;
  const auto admin = daemon.admin("Grace");
  for (int i = 0; i < 4; ++i) daemon.person("user");
  const Client client = daemon.client(admin.token);
  std::set<std::string> found;
  std::string query = "?pageSize=2";
  for (int page = 0; page < 3; ++page) {
    const json body = client.get("/api/v1/users" + query).json();
    for (const json& user : body.at("data")) CHECK(found.insert(user.at("id")).second);
    const json next = body.at("pageInfo").at("nextCursor");
    if (next.is_null()) break;
    query = "?pageSize=2&cursor=" + next.get<std::string>();
  }
  CHECK(found.size() == 5);
  CHECK(client.get("/api/v1/users?pageSize=101").status == 400);
  CHECK(client.get("/api/v1/users?cursor=x").status == 400);
}

TEST_CASE("a stream of a token that was revoked gets not one event more", "[administration]") {
  TestDaemon daemon;
  const auto ada = daemon.person("Ada");
  const std::string job = daemon.submit(daemon.client(ada.token));
  auto streamed = std::async(std::launch::async, [&] {
    return daemon.client(ada.token).get(jobs_path + "/" + job + "/events", {{"Accept", "text/event-stream"}});
  });
  while (daemon.streams() == 0) std::this_thread::yield();
  daemon.identity().revoke(jobs::Uuid::parse(ada.key).value());
  auto run = daemon.claim();
  const Reply reply = streamed.get();
  CHECK(reply.body.find("event: started") == std::string::npos);
  CHECK(reply.body.find(": the token is not valid any more\n") != std::string::npos);
}

TEST_CASE("a held request of a token that was revoked is answered 401", "[administration]") {
  TestDaemon daemon;
  const auto ada = daemon.person("Ada");
  const std::string job = daemon.submit(daemon.client(ada.token));
  const std::string last = daemon.client(ada.token).get(jobs_path + "/" + job + "/events").json().at("lastId").dump();
  auto held = std::async(std::launch::async, [&] {
    return daemon.client(ada.token).get(jobs_path + "/" + job + "/events?wait=60&after=" + last);
  });
  auto other = std::async(std::launch::async, [&] {
    return daemon.client(ada.token).get(jobs_path + "/" + job, {{"Prefer", "wait=60"}});
  });
  daemon.identity().revoke(jobs::Uuid::parse(ada.key).value());
  // Whenever each of them looked first, something is still to come, or nothing ever will.
  CHECK(daemon.claim().complete("done") == jobs::Finish::ok);
  CHECK(held.get().status == 401);
  CHECK(other.get().status == 401);
}

TEST_CASE("nobody acts for a user who is disabled, and jobs that were accepted go on", "[administration]") {
  TestDaemon daemon;
  const auto ada = daemon.person("Ada");
  const std::string job = daemon.submit(daemon.client(ada.token));
  daemon.identity().disable_user(jobs::Uuid::parse(ada.id).value(), true);
  CHECK(daemon.client(ada.token).get(jobs_path).status == 401);
  CHECK(daemon.organization().get(jobs_path + "?userId=" + ada.id).status == 404);
  CHECK(daemon.organization().post(jobs_path + "?userId=" + ada.id, question()).status == 404);
  CHECK(daemon.organization().get(jobs_path + "/" + job).json().at("state") == "PENDING");
}
