// The result document: when it is there, in which profile, and in pieces.
#include <malloc.h>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <catch2/catch.hpp>

#include "api/result_stream.h"
#include "support/gunzip.h"
#include "test_daemon.h"

using jobsd::PlainProfile;
using nlohmann::json;

namespace {

const std::string full =
    R"({"actions":[{"type":"generate_query","message":"a, {b} \"sql\":","timestamp":"t","result":{"queryName":"q","query":{"sql":1,"rows":[1]},)"
    R"("csvResult":"x,\"rows\",[\\","totalRowCount":1,"sql":"SELECT \"a\", '}]'","columns":[{"name":"x"}],"rows":[["},{",1],["\\"]]}},)"
    R"({"type":"summarize","message":"m","timestamp":"t"}],"message":"sql","rows":0})";
const std::string plain =
    R"({"actions":[{"type":"generate_query","message":"a, {b} \"sql\":","timestamp":"t","result":{"queryName":"q","query":{"sql":1,"rows":[1]},)"
    R"("csvResult":"x,\"rows\",[\\","totalRowCount":1}},{"type":"summarize","message":"m","timestamp":"t"}],"message":"sql","rows":0})";

std::string large_document() {
  json rows = json::array();
  std::string csv = "Name\n";
  for (int i = 0; i < 20'000; ++i) {
    rows.push_back({"row " + std::to_string(i)});
    csv += "row " + std::to_string(i) + "\n";
  }
  nlohmann::ordered_json result;
  result["csvResult"] = csv;
  result["sql"] = "SELECT 1";
  result["rows"] = rows;
  nlohmann::ordered_json document;
  document["actions"] = nlohmann::ordered_json::array({{{"type", "generate_query"}, {"result", result}}});
  document["message"] = "ok";
  return document.dump();
}

}  // namespace

TEST_CASE("the plain profile leaves out what is typed and nothing else, wherever the pieces are cut", "[result]") {
  REQUIRE(json::accept(full));
  REQUIRE(json::accept(plain));
  for (std::size_t size = 1; size <= full.size(); ++size) {
    PlainProfile profile;
    std::string out;
    for (std::size_t at = 0; at < full.size(); at += size) out += profile.feed(std::string_view(full).substr(at, size));
    INFO("pieces of " << size);
    REQUIRE(out == plain);
  }
}

TEST_CASE("a document without results passes unchanged", "[result]") {
  const std::string document = R"({"actions":[{"type":"clarify","message":"?","timestamp":"t"}],"message":"","topic":null})";
  CHECK(PlainProfile().feed(document) == document);
  CHECK(PlainProfile().feed(R"({"actions":[{"result":{}},{"result":{"a":1}}]})") == R"({"actions":[{"result":{}},{"result":{"a":1}}]})");
}

TEST_CASE("a result is 404 until the job is COMPLETE, and for ever when it failed", "[result]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string job = daemon.submit(client);
  CHECK(client.get(jobs_path + "/" + job + "/result").status == 404);
  auto run = daemon.claim();
  CHECK(client.get(jobs_path + "/" + job + "/result").status == 404);
  CHECK(std::move(run).complete(jobs::Result{.summary = "s", .output = full}) == jobs::Finish::ok);
  CHECK(client.get(jobs_path + "/" + job + "/result").status == 200);

  const std::string failing = daemon.submit(client);
  CHECK(daemon.claim().fail({.code = "x", .message = "y", .retry = false}) == jobs::Finish::ok);
  CHECK(client.get(jobs_path + "/" + failing + "/result").detail() == "Result not found");
}

TEST_CASE("typed columns and the statement come only with the typed profile", "[result]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string job = daemon.submit(client);
  CHECK(daemon.claim().complete(jobs::Result{.summary = "s", .output = full}) == jobs::Finish::ok);
  const std::string path = jobs_path + "/" + job + "/result";
  CHECK(client.get(path).body == plain);
  CHECK(client.get(path, {{"Accept", "application/json"}}).body == plain);
  CHECK(client.get(path, {{"Accept", "application/json; profile=typed"}}).body == full);
  CHECK(client.get(path, {{"Accept", "application/json;profile=\"typed\""}}).body == full);
  CHECK(client.get(path).header("Vary") == "Accept");
}

TEST_CASE("a large result arrives whole, in either profile", "[result]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string job = daemon.submit(client);
  const std::string document = large_document();
  REQUIRE(document.size() > 3 * jobsd::result_piece_bytes);
  CHECK(daemon.claim().complete(jobs::Result{.summary = "s", .output = document}) == jobs::Finish::ok);
  const std::string path = jobs_path + "/" + job + "/result";
  const Reply typed = client.get(path, {{"Accept", "application/json; profile=typed"}});
  CHECK(typed.body == document);
  const Reply reply = client.get(path);
  CHECK(reply.header("Transfer-Encoding") == "chunked");
  json expected = json::parse(document);
  expected["actions"][0]["result"].erase("rows");
  expected["actions"][0]["result"].erase("sql");
  CHECK(reply.json() == expected);
}

TEST_CASE("a result is named by its ETag, in each profile, and not sent to a client that has it", "[result]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string job = daemon.submit(client);
  CHECK(daemon.claim().complete(jobs::Result{.summary = "s", .output = full}) == jobs::Finish::ok);
  const std::string path = jobs_path + "/" + job + "/result";
  const std::string plain_tag = client.get(path).header("ETag").value_or("");
  const std::string typed_tag = client.get(path, {{"Accept", "application/json; profile=typed"}}).header("ETag").value_or("");
  CHECK(plain_tag == "\"1-" + job + "\"");
  CHECK(typed_tag == "\"1-" + job + "-typed\"");

  for (const std::string& known : {plain_tag, "W/" + plain_tag, "\"x\", " + plain_tag, std::string("*")}) {
    INFO(known);
    const Reply reply = client.get(path, {{"If-None-Match", known}});
    CHECK(reply.status == 304);
    CHECK(reply.header("ETag") == plain_tag);
    CHECK(reply.body.empty());
  }
  for (const std::string& other : {typed_tag, job, std::string("\"x\""), std::string()}) {
    INFO(other);
    CHECK(client.get(path, {{"If-None-Match", other}}).status == 200);
  }
  // To have it is not to be allowed to ask for it.
  CHECK(daemon.client(daemon.outsider_key).get(path, {{"If-None-Match", plain_tag}}).status == 404);
  CHECK(daemon.client("").get(path, {{"If-None-Match", plain_tag}}).status == 401);
}

TEST_CASE("a large result is compressed while it is sent, under a name of its own", "[result]") {
  TestDaemon daemon;
  const Client client = daemon.organization();
  const std::string job = daemon.submit(client);
  const std::string document = large_document();
  CHECK(daemon.claim().complete(jobs::Result{.summary = "s", .output = document}) == jobs::Finish::ok);
  const std::string path = jobs_path + "/" + job + "/result";
  const Fields typed = {{"Accept", "application/json; profile=typed"}, {"Accept-Encoding", "br, gzip"}};
  const Reply reply = client.get(path, typed);
  CHECK(reply.header("Content-Encoding") == "gzip");
  CHECK(reply.header("ETag") == "\"1-" + job + "-typed-gzip\"");
  CHECK(reply.body.size() < document.size() / 3);
  CHECK((gunzipped(reply.body) == document));
  Fields known = typed;
  known.emplace_back("If-None-Match", *reply.header("ETag"));
  CHECK(client.get(path, known).status == 304);
}

TEST_CASE("a download holds a piece of the result in memory, not the whole", "[memory]") {
  TestDaemon daemon;
  const std::string job = daemon.submit(daemon.organization());
  constexpr std::size_t mebibyte = 1024 * 1024;
  // From this size on glibc maps memory for each text of its own, which is counted for the whole process.
  ::mallopt(M_MMAP_THRESHOLD, mebibyte);
  {
    std::string document = R"({"message":")" + std::string(12 * mebibyte, 'x') + R"("})";
    CHECK(daemon.claim().complete(jobs::Result{.summary = "s", .output = std::move(document)}) == jobs::Finish::ok);
  }
  asio::io_context io;
  asio::ip::tcp::socket slow(io);
  slow.connect({asio::ip::address_v4::loopback(), daemon.port()});
  const auto before = ::mallinfo2().hblkhd;
  asio::write(slow, asio::buffer("GET " + jobs_path + "/" + job + "/result HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " +
                                 daemon.organization_key + "\r\n\r\n"));
  // So much has been read and sent by now that a whole result would be in memory.
  std::string begun(2 * mebibyte, '\0');
  asio::read(slow, asio::buffer(begun));
  CHECK(begun.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(::mallinfo2().hblkhd < before + 6 * mebibyte);
}
