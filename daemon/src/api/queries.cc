// POST /ai/generate-query, /ai/pick-topic and /query/run: the parts of the analyst, each asked for itself and answered at once.
//
// Every one sees the model as its user may see it: what is hidden from the user does not exist, in queries and in errors.
#include <chrono>
#include <nlohmann/json.hpp>

#include "ai/result_document.h"
#include "ai/user.h"
#include "analyst/analyst.h"
#include "api/json_body.h"
#include "api/routes.h"
#include "api/submit_request.h"

namespace jobsd {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t topic_names_max = 100;

// Who asks which model. Owned by the work on another thread.
struct Asking {
  std::shared_ptr<const analyst::Model> visible = {};
  std::shared_ptr<analyst::Database> database = {};
  analyst::User user = {};
  analyst::Question question = {};
};

analyst::User asking_user(const Service& service, const Call& call, const json& body) {
  const Viewer viewer = viewer_of(service, call, optional_uuid(body, "userId"));
  return analyst_user(viewer.user ? service.parts.identity.user(*viewer.user) : std::nullopt);
}

Asking ask_model(const Service& service, const Call& call, const json& body, const jobs::Uuid& model) {
  Asking made{.user = asking_user(service, call, body)};
  const ServedModel served = served_model(service, model, optional_uuid(body, "branchId"));
  made.visible = analyst::visible_model(served.model, made.user);
  made.database = served.database;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  made.question.now = std::chrono::floor<std::chrono::seconds>(now).count();
  made.question.limits = query_limits(service.parts.config.analyst);
  return made;
}

void check_topic(const Asking& asking, const std::string& topic) {
  if (!asking.visible->topic(topic)) throw not_found("Topic " + topic);
}

// What both routes that read a prompt are told.
Asking ask_prompt(const Service& service, const Call& call, const json& body) {
  const jobs::Uuid model = required(optional_uuid(body, "modelId"), "modelId");
  std::string prompt = required(optional_string(body, "prompt"), "prompt");
  check_length(prompt, "prompt", 1, prompt_characters_max);
  Asking made = ask_model(service, call, body, model);
  made.question.prompt = std::move(prompt);
  return made;
}

ordered_json text_or_null(const std::string& text) { return text.empty() ? ordered_json(nullptr) : ordered_json(text); }

ordered_json plan_json(const analyst::Plan& plan) {
  ordered_json queries = ordered_json::array();
  for (const auto& planned : plan.queries) {
    queries.push_back({{"queryName", planned.name}, {"query", ordered_json(analyst::query_to_json(planned.query))}});
  }
  ordered_json body;
  body["query"] = plan.queries.empty() ? ordered_json(nullptr) : queries.front().at("query");
  body["topic"] = text_or_null(plan.topic);
  body["clarification"] = text_or_null(plan.clarification);
  body["queries"] = std::move(queries);
  return body;
}

std::vector<std::string> candidates(const Asking& asking, const json& body) {
  const std::string field = "potentialTopicNames";
  std::vector<std::string> names;
  const auto found = body.find(field);
  if (found == body.end()) return names;
  if (!found->is_array()) wrong_type(field, "array", *found);
  if (found->empty() || found->size() > topic_names_max) {
    throw bad_field(field, "must name 1 to " + std::to_string(topic_names_max) + " topics");
  }
  for (const json& name : *found) {
    if (!name.is_string()) wrong_type(field, "strings", name);
    names.push_back(name.get<std::string>());
    check_length(names.back(), field, 1, topic_characters_max);
    check_topic(asking, names.back());
  }
  return names;
}

// The query stands in `query`, or is the body itself.
json posted_query(const json& body) {
  if (body.contains("query")) return body.at("query");
  json query = body;
  query.erase("userId");
  query.erase("branchId");
  return query;
}

}  // namespace

asio::awaitable<http::Response> generate_query(Service& service, const Call& call) {
  const json body = json_object(call.request);
  Asking asking = ask_prompt(service, call, body);
  if (const auto topic = optional_string(body, "topicName")) {
    check_length(*topic, "topicName", 1, topic_characters_max);
    check_topic(asking, *topic);
    asking.question.topic = *topic;
  }
  std::function<analyst::Plan(std::stop_token)> work = [asking = std::move(asking)](std::stop_token stop) {
    return analyst::plan(*asking.visible, *asking.database, asking.question, asking.user, std::move(stop));
  };
  const analyst::Plan plan = co_await service.queries.run(call.request, std::move(work));
  co_return wire::json(200, plan_json(plan));
}

asio::awaitable<http::Response> pick_topic(Service& service, const Call& call) {
  const json body = json_object(call.request);
  Asking asking = ask_prompt(service, call, body);
  auto among = candidates(asking, body);
  std::function<analyst::TopicChoice(std::stop_token)> work = [asking = std::move(asking),
                                                               among = std::move(among)](std::stop_token stop) {
    return analyst::pick_topic(*asking.visible, *asking.database, asking.question, asking.user, among, std::move(stop));
  };
  const analyst::TopicChoice choice = co_await service.queries.run(call.request, std::move(work));
  ordered_json answer;
  answer["topicName"] = text_or_null(choice.topic);
  answer["clarification"] = text_or_null(choice.clarification);
  co_return wire::json(200, answer);
}

asio::awaitable<http::Response> run_query(Service& service, const Call& call) {
  const json body = json_object(call.request);
  const json posted = posted_query(body);
  if (!posted.is_object()) wrong_type("query", "object", posted);
  const jobs::Uuid model = required(optional_uuid(posted, "modelId"), "modelId");
  Asking asking = ask_model(service, call, body, model);
  analyst::SemanticQuery query = analyst::query_from_json(posted);
  const bool typed = wants_typed(call.request);
  std::function<std::string(std::stop_token)> work = [asking = std::move(asking), query = std::move(query),
                                                      typed](std::stop_token stop) {
    return query_document(
        analyst::run_query(*asking.visible, *asking.database, query, asking.user, asking.question, std::move(stop)), typed);
  };
  http::Response response;
  response.body = co_await service.queries.run(call.request, std::move(work));
  response.headers.add("Content-Type", typed ? "application/json; profile=typed" : "application/json");
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("Vary", "Accept");
  co_return response;
}

}  // namespace jobsd
