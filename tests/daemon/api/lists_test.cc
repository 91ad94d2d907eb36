// Lists of jobs and conversations: order, filters, pages.
#include <catch2/catch.hpp>

#include "conversations/conversations.h"
#include "test_daemon.h"

using nlohmann::json;

namespace {

std::vector<std::string> ids(const json& page) {
  std::vector<std::string> found;
  for (const json& item : page.at("data")) found.push_back(item.at("id"));
  return found;
}

// Every page, following the cursors.
std::vector<std::string> all(const Client& client, const std::string& path) {
  std::vector<std::string> found;
  std::string cursor;
  do {
    const json page = client.get(path + cursor).json();
    for (const std::string& id : ids(page)) found.push_back(id);
    const json next = page.at("pageInfo").at("nextCursor");
    cursor = next.is_null() ? "" : "&cursor=" + next.get<std::string>();
  } while (!cursor.empty());
  return found;
}

}  // namespace

TEST_CASE("pages of any size show every job once, newest first", "[lists]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  std::vector<std::string> newest_first;
  for (int i = 0; i < 7; ++i) newest_first.insert(newest_first.begin(), daemon.submit(client));
  for (const int size : {1, 2, 3, 6, 7, 8, 100}) {
    CHECK(all(client, jobs_path + "?pageSize=" + std::to_string(size)) == newest_first);
  }
  CHECK(client.get(jobs_path + "?pageSize=7").json().at("pageInfo").at("nextCursor").is_null());
  CHECK(client.get(jobs_path + "?pageSize=0").status == 400);
  CHECK(client.get(jobs_path + "?pageSize=101").status == 400);
  CHECK(client.get(jobs_path + "?cursor=x").status == 400);
  CHECK(client.get(jobs_path + "?state=DONE").status == 400);
  CHECK(client.get(jobs_path + "?createdAfter=yesterday").status == 400);
}

TEST_CASE("lists are filtered by state, conversation, model and time", "[lists]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const json first = client.post(jobs_path, question()).json();
  CHECK(daemon.claim().complete("done") == jobs::Finish::ok);
  const std::string second = daemon.submit(client);
  const std::string first_id = first.at("jobId");
  const auto list = [&](const std::string& filter) { return ids(client.get(jobs_path + filter).json()); };

  CHECK(list("?state=COMPLETE") == std::vector{first_id});
  CHECK(list("?state=PENDING") == std::vector{second});
  CHECK(list("?state=FAILED").empty());
  CHECK(list("?conversationId=" + first.at("conversationId").get<std::string>()) == std::vector{first_id});
  CHECK(list("?conversationId=" + unknown_id).empty());
  CHECK(list("?modelId=" + model_id).size() == 2);
  CHECK(list("?modelId=" + unknown_id).empty());
  const std::string created = client.get(jobs_path + "/" + first_id).json().at("createdAt");
  CHECK(list("?createdBefore=" + created).empty());
  CHECK(list("?createdAfter=2000-01-01").size() == 2);
  CHECK(list("?createdAfter=2999-01-01T00:00:00Z").empty());
}

TEST_CASE("conversations are listed newest first, a page at a time", "[lists]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  std::vector<std::string> newest_first;
  for (int i = 0; i < 3; ++i) {
    const json made = client.post(jobs_path, question()).json();
    newest_first.insert(newest_first.begin(), made.at("conversationId").get<std::string>());
  }
  CHECK(all(client, "/api/v1/ai/conversations?pageSize=2") == newest_first);
  CHECK(all(client, "/api/v1/ai/conversations?pageSize=3") == newest_first);
}

TEST_CASE("a conversation shows its questions, and answers of COMPLETE jobs alone", "[lists]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const json made = client.post(jobs_path, question("first?")).json();
  auto run = daemon.claim();
  const auto save = [&](const std::string& text) {
    daemon.engine().transact(
        [&](jobs::Transaction& tx) { jobsd::save_answer(tx, run.id(), text, ""); });
  };
  save("an answer of a run that did not end");
  const std::string path = "/api/v1/ai/conversations/" + made.at("conversationId").get<std::string>();
  CHECK(client.get(path).json().at("messages").size() == 1);
  save("the answer");
  CHECK(std::move(run).complete("done") == jobs::Finish::ok);

  const json messages = client.get(path).json().at("messages");
  REQUIRE(messages.size() == 2);
  CHECK(messages[0].at("role") == "user");
  CHECK(messages[0].at("content") == "first?");
  CHECK(messages[1].at("role") == "assistant");
  CHECK(messages[1].at("content") == "the answer");
  CHECK(messages[1].at("jobId") == made.at("jobId"));
}
