// What belongs to another organization, or to another user, cannot be told from what does not exist.
#include <catch2/catch.hpp>

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

}  // namespace

TEST_CASE("a job of another organization looks like one that does not exist", "[isolation]") {
  TestDaemon daemon;
  const json made = daemon.organization().post(jobs_path, question()).json();
  const std::string job = made.at("jobId");
  const Client outsider = daemon.client(daemon.outsider_key);
  // An id of the same row with other random bits, as somebody would have to guess it.
  const auto number = jobs::Uuid::parse(job)->number();
  const std::string guessed = jobs::Uuid::from_number(number, 1).to_string();
  REQUIRE(guessed != job);
  for (const std::string part : {"", "/result", "/events", "/vis"}) {
    const Reply theirs = outsider.get(jobs_path + "/" + job + part);
    const Reply nobodys = outsider.get(jobs_path + "/" + unknown_id + part);
    const Reply near = daemon.organization().get(jobs_path + "/" + guessed + part);
    INFO(part);
    CHECK(theirs.status == 404);
    CHECK(theirs.body == nobodys.body);
    CHECK(near.body == nobodys.body);
    CHECK(theirs.headers.size() == nobodys.headers.size());
  }
  CHECK(outsider.post(jobs_path + "/" + job + "/cancel", {}).body ==
        outsider.post(jobs_path + "/" + unknown_id + "/cancel", {}).body);
  CHECK(daemon.organization().get(jobs_path + "/" + job).json().at("state") == "PENDING");
  CHECK(outsider.get(conversations_path + "/" + made.at("conversationId").get<std::string>()).body ==
        outsider.get(conversations_path + "/" + unknown_id).body);
  CHECK(ids(outsider.get(jobs_path)).empty());
  CHECK(ids(outsider.get(conversations_path)).empty());
}

TEST_CASE("a user of another organization is 404 as userId", "[isolation]") {
  TestDaemon daemon;
  const auto ada = daemon.person("Ada");
  CHECK(daemon.client(daemon.outsider_key).post(jobs_path + "?userId=" + ada.id, question()).status == 404);
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
