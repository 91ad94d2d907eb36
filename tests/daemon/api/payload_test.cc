// What a question's job carries to its handler.
#include <catch2/catch.hpp>
#include <stdexcept>

#include "conversations/conversations.h"

namespace {

const jobs::Uuid id = jobs::Uuid::parse("770e8400-e29b-41d4-a716-446655440002").value();
const jobs::Uuid other = jobs::Uuid::parse("550e8400-e29b-41d4-a716-446655440000").value();

std::string payload(const jobsd::Ask& ask) {
  return jobsd::Ask::whole_payload(ask.payload_before_conversation(), ask.conversation);
}

}  // namespace

TEST_CASE("a question comes out of its payload as it went in", "[payload]") {
  const auto text = GENERATE(as<std::string>(), "top 5 products", "\"quoted\", \\ and {\"conversationId\":\"x\"}", "Zürich\n\t\x01 – 🧾");
  const auto maybe = GENERATE(as<std::optional<jobs::Uuid>>(), std::nullopt, other);
  const jobsd::Ask ask{.prompt = text, .model = id, .branch = maybe, .topic = text, .organization = other, .user = maybe, .conversation = id};
  const jobsd::Ask read = jobsd::Ask::from_payload(payload(ask));
  CHECK(read.prompt == ask.prompt);
  CHECK(read.model == ask.model);
  CHECK(read.branch == ask.branch);
  CHECK(read.topic == ask.topic);
  CHECK(read.organization == ask.organization);
  CHECK(read.user == ask.user);
  CHECK(read.conversation == ask.conversation);
}

TEST_CASE("what is no payload of a question is refused", "[payload]") {
  const auto text = GENERATE("", "[]", "{}", R"({"prompt": 1})", R"({"prompt": "x", "modelId": "y"})");
  CHECK_THROWS_AS(jobsd::Ask::from_payload(text), std::invalid_argument);
}
