#include "plan/planner.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "plan/assemble.h"
#include "plan/clarify.h"
#include "plan/intent.h"
#include "plan/read.h"
#include "plan/scope.h"
#include "plan/text.h"

namespace analyst::planning {
namespace {

constexpr std::size_t lookups_max = 40;
constexpr std::size_t lookup_words_max = 5;

// The query that the model's author wrote for this very question.
std::optional<Reading> stored_query(const Model& model, const Question& question, const Places& places) {
  const std::string asked = stems(question.prompt);
  for (const Topic& topic : model.topics) {
    if (!question.topic.empty() && topic.name != question.topic) continue;
    if (!places.allows(&topic)) continue;
    for (const SampleQuery& sample : topic.sample_queries) {
      if (sample.prompt.empty() || sample.query.empty() || stems(sample.prompt) != asked) continue;
      Reading reading;
      PlannedQuery planned;
      planned.query = query_from_json(nlohmann::json::parse(sample.query));
      planned.query.model_id = model.id;
      if (planned.query.topic.empty() && planned.query.table.empty()) planned.query.topic = topic.name;
      if (planned.query.table.empty()) planned.query.table = topic.base_view;
      planned.name = sample.description.empty() ? sample.name : sample.description;
      reading.topic = planned.query.topic;
      auto total = total_of(model, planned.query);
      reading.queries.push_back(std::move(planned));
      if (total) reading.queries.push_back(std::move(*total));
      reading.notes.push_back("This question is one of the model's own examples; its stored query was used.");
      return reading;
    }
  }
  return {};
}

// Stretches that hold a word nothing explains, longest first, as typed.
std::vector<std::string> unexplained(const std::string& prompt, const Tokens& tokens, const std::vector<Span>& spans) {
  std::vector<bool> unknown(tokens.size());
  for (const Span& span : spans) {
    for (std::size_t i = span.begin; i < span.end; ++i) {
      unknown[i] = span.meaning == Meaning::unknown;
    }
  }
  std::vector<std::string> out;
  for (std::size_t size = 1; size <= lookup_words_max; ++size) {
    for (std::size_t begin = 0; begin + size <= tokens.size(); ++begin) {
      const auto first = unknown.begin() + static_cast<std::ptrdiff_t>(begin);
      const auto last = first + static_cast<std::ptrdiff_t>(size);
      if (std::find(first, last, true) == last) continue;
      const bool comma = std::any_of(tokens.begin() + static_cast<std::ptrdiff_t>(begin),
                                     tokens.begin() + static_cast<std::ptrdiff_t>(begin + size),
                                     [](const Token& token) { return token.kind == Token::Kind::comma; });
      if (comma || out.size() >= lookups_max) continue;
      std::string text = size == 1
                             ? tokens[begin].text
                             : prompt.substr(tokens[begin].begin, tokens[begin + size - 1].end - tokens[begin].begin);
      out.push_back(std::move(text));
    }
  }
  return out;
}

bool has_unknown(const std::vector<Span>& spans) {
  return std::any_of(spans.begin(), spans.end(), [](const Span& span) { return span.meaning == Meaning::unknown; });
}

const SemanticQuery* previous_query(const Question& question) {
  for (auto turn = question.history.rbegin(); turn != question.history.rend(); ++turn) {
    if (turn->query) return &*turn->query;
  }
  return nullptr;
}

std::string topic_label(const Scope& scope) {
  return scope.topic->label.empty() ? scope.topic->name : scope.topic->label;
}

}  // namespace

bool Places::allows(const Topic* topic) const {
  if (topic == nullptr) return !topics_only;
  return topics.empty() || std::find(topics.begin(), topics.end(), topic->name) != topics.end();
}

Reading make_reading(const Model& model, Values& values, const Question& question, const User& user,
                     const Places& places) {
  if (auto stored = stored_query(model, question, places)) return *stored;
  Lexicon lexicon(model);
  const Tokens tokens = tokenise(question.prompt);
  const Date today = local_day(question.now, user.time_zone);
  Reading reading;
  if (tokens.size() > tokens_max) {
    reading.clarification = clarify(model, lexicon,
                                    {{"", "The question is too long for the built-in planner, which reads up to " +
                                              std::to_string(tokens_max) + " words."}},
                                    question.topic);
    return reading;
  }
  std::vector<Span> spans = read(tokens, lexicon, today);
  if (has_unknown(spans)) {
    for (const FoundValue& found : values.find(unexplained(question.prompt, tokens, spans)))
      lexicon.add_value(found.field, found.value);
    spans = read(tokens, lexicon, today);
  }
  if (has_unknown(spans)) {
    for (const FoundValue& found : values.common()) lexicon.add_value(found.field, found.value);
    spans = read(tokens, lexicon, today);
  }
  const Intent intent = interpret(question.prompt, tokens, spans);
  const Asked asked{model, lexicon, intent, previous_query(question), today};

  const auto all = scopes(model, user, question.topic);
  std::optional<std::pair<Draft, const Scope*>> best;
  std::optional<std::pair<Draft, const Scope*>> nearest;
  const auto faults = [](const Draft& draft) { return draft.troubles.size() + draft.out_of_reach.size(); };
  for (const Scope& scope : all) {
    if (!places.allows(scope.topic)) continue;
    Draft draft = assemble(asked, scope);
    const bool stays = asked.previous && is_follow_up(asked) &&
                       (scope.topic ? scope.topic->name : "") == asked.previous->topic &&
                       scope.table == asked.previous->table;
    if (stays) draft.cost -= 1'000;
    if (draft.is_good()) {
      if (!best || draft.cost < best->first.cost) best.emplace(std::move(draft), &scope);
    } else if (!nearest || faults(draft) < faults(nearest->first) ||
               (faults(draft) == faults(nearest->first) && scope.topic && !nearest->second->topic)) {
      nearest.emplace(std::move(draft), &scope);
    }
  }
  if (best) {
    reading.queries = std::move(best->first.queries);
    reading.notes = std::move(best->first.notes);
    reading.topic = best->second->topic ? best->second->topic->name : "";
    return reading;
  }
  std::vector<Trouble> troubles = intent.troubles;
  if (nearest && troubles.empty()) {
    troubles = nearest->first.troubles;
    if (!nearest->first.out_of_reach.empty()) {
      std::vector<std::string> words = nearest->first.out_of_reach;
      words.erase(std::unique(words.begin(), words.end()), words.end());
      const std::string where = nearest->second->topic ? "the topic " + topic_label(*nearest->second) : "one topic";
      troubles.push_back({"", question.topic.empty() ? "No single topic holds everything asked about; nearest is " +
                                                           where + ", which lacks " + list_in_words(words) + "."
                                                     : "The topic " + topic_label(*nearest->second) + " has no " +
                                                           list_in_words(words, "or") + "."});
    }
  }
  if (troubles.empty()) troubles.push_back({"", "I found nothing in the question to measure or to list."});
  reading.clarification = clarify(model, lexicon, troubles, question.topic);
  return reading;
}

}  // namespace analyst::planning

namespace analyst {

Plan plan(const Model& visible_model, Database& database, const Question& question, const User& user,
          std::stop_token stop) {
  planning::DatabaseValues values(visible_model, database, question, user, std::move(stop));
  auto reading = planning::make_reading(visible_model, values, question, user);
  Plan out;
  for (auto& planned : reading.queries) out.queries.push_back({std::move(planned.name), std::move(planned.query)});
  out.topic = std::move(reading.topic);
  out.clarification = std::move(reading.clarification);
  return out;
}

TopicChoice pick_topic(const Model& visible_model, Database& database, const Question& question, const User& user,
                       const std::vector<std::string>& among, std::stop_token stop) {
  planning::DatabaseValues values(visible_model, database, question, user, std::move(stop));
  auto reading =
      planning::make_reading(visible_model, values, question, user, {.topics_only = true, .topics = among});
  return {.topic = std::move(reading.topic), .clarification = std::move(reading.clarification)};
}

}  // namespace analyst
