// The bodies of webhooks, to the byte: receivers verify and compare them.
#include "core/webhook_body.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace {

using namespace std::chrono_literals;
using jobs::State;

const jobs::Uuid kJob = *jobs::Uuid::parse("550e8400-e29b-41d4-a716-446655440000");
// 2024-01-24 19:10:56.999 UTC.
const jobs::Time kThen = jobs::Time(1'706'123'456'999ms);

}  // namespace

TEST_CASE("an event id names the job, the state and the second of the transition", "[webhook]") {
  CHECK(jobs::webhook_event_id(kJob, State::complete, kThen) == "evt_550e8400_COMPLETE_1706123456");
  CHECK(jobs::webhook_event_id(kJob, State::failed, kThen) == "evt_550e8400_FAILED_1706123456");
  CHECK(jobs::webhook_event_id(kJob, State::cancelled, kThen + 1ms) == "evt_550e8400_CANCELLED_1706123457");
}

TEST_CASE("a COMPLETE event carries the summary", "[webhook]") {
  CHECK(jobs::terminal_webhook_body(kJob, State::complete, kThen, "Total: $1.2M", nullptr,
                                    R"({"slack_channel":"C123456"})") ==
        R"({"event_id":"evt_550e8400_COMPLETE_1706123456","jobId":"550e8400-e29b-41d4-a716-446655440000",)"
        R"("status":"COMPLETE","result_summary":"Total: $1.2M","metadata":{"slack_channel":"C123456"},)"
        R"("completed_at":"2024-01-24T19:10:56Z"})");
}

TEST_CASE("a FAILED event carries the error and no summary", "[webhook]") {
  const jobs::Failure failure = {.code = "bad_query", .message = "No such field.", .detail = "stays here"};
  CHECK(jobs::terminal_webhook_body(kJob, State::failed, kThen, "left over", &failure, "") ==
        R"({"event_id":"evt_550e8400_FAILED_1706123456","jobId":"550e8400-e29b-41d4-a716-446655440000",)"
        R"("status":"FAILED","result_summary":null,"error":{"code":"bad_query","message":"No such field."},)"
        R"("metadata":null,"completed_at":"2024-01-24T19:10:56Z"})");
}

TEST_CASE("a CANCELLED event carries neither summary nor error", "[webhook]") {
  const jobs::Failure earlier = {.code = "timeout", .message = "first attempt"};
  CHECK(jobs::terminal_webhook_body(kJob, State::cancelled, kThen, "left over", &earlier, "[]") ==
        R"({"event_id":"evt_550e8400_CANCELLED_1706123456","jobId":"550e8400-e29b-41d4-a716-446655440000",)"
        R"("status":"CANCELLED","result_summary":null,"metadata":[],"completed_at":"2024-01-24T19:10:56Z"})");
}

TEST_CASE("a progress event is RUNNING and carries how far the job is", "[webhook]") {
  CHECK(jobs::progress_webhook_body(kJob, kThen, 3, "Reading orders", R"({"a":1})") ==
        R"({"event_id":"evt_550e8400_RUNNING_1706123456","jobId":"550e8400-e29b-41d4-a716-446655440000",)"
        R"("status":"RUNNING","progress":{"iteration":3,"message":"Reading orders"},"metadata":{"a":1}})");
}

TEST_CASE("metadata goes out byte for byte", "[webhook]") {
  // Spacing, the order and repetition of keys, and the spelling of numbers would not survive a parser.
  const std::string metadata = R"({ "b": 1.0,	"a": 1e2, "b": 12345678901234567890123, "u": "\u00e9" })";
  const std::string body = jobs::terminal_webhook_body(kJob, State::complete, kThen, "", nullptr, metadata);
  CHECK(body.find(R"("metadata":)" + metadata + R"(,"completed_at")") != body.npos);
  CHECK(nlohmann::json::accept(body));
}

TEST_CASE("any text becomes JSON that reads back the same", "[webhook]") {
  const std::string text = "\"quoted\" \\ back\n\t\x01 Z\xc3\xbcrich \xe2\x9c\x93";
  const auto body = nlohmann::json::parse(jobs::terminal_webhook_body(kJob, State::complete, kThen, text, nullptr, ""));
  CHECK(body.at("result_summary") == text);

  const auto bad =
      nlohmann::json::parse(jobs::terminal_webhook_body(kJob, State::complete, kThen, "cut \xe2\x9c", nullptr, ""));
  CHECK(bad.at("result_summary") == "cut \xef\xbf\xbd");
}

TEST_CASE("a job that has not ended has no terminal body", "[webhook]") {
  CHECK_THROWS_AS(jobs::terminal_webhook_body(kJob, State::pending, kThen, "", nullptr, ""), std::invalid_argument);
  CHECK_THROWS_AS(jobs::terminal_webhook_body(kJob, State::running, kThen, "", nullptr, ""), std::invalid_argument);
}
