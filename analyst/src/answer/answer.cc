// Answers a question: plan, run every query as a step of the journal, tell what the rows say.
#include <chrono>
#include <utility>

#include "analyst/analyst.h"
#include "answer/compose.h"
#include "answer/stored.h"
#include "plan/planner.h"

namespace analyst {
namespace {

using answering::StoredResult;
using planning::PlannedQuery;
using planning::Reading;

void check_stop(Journal& journal) {
  if (journal.stop_token().stop_requested()) throw Error(Errc::stopped, "The question was stopped.");
}

std::string row_words(std::size_t count) {
  return count == 1 ? "1 row" : std::to_string(count) + " rows";
}

// One query, run once for the life of the question. A failure is not stored: a later attempt tries again.
StoredResult run_step(const Model& model, Database& database, const PlannedQuery& planned, std::size_t number,
                      const User& user, const Question& question, Journal& journal) {
  const auto work = [&] {
    StoredResult stored;
    stored.result = run_query(model, database, planned.query, user, question, journal.stop_token());
    stored.result.name = planned.name;
    stored.timestamp = journal.now_ms();
    return answering::to_text(stored);
  };
  return answering::result_from_text(journal.step("query " + std::to_string(number), work));
}

}  // namespace

std::int64_t Journal::now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Answer answer(std::shared_ptr<const Model> model, Database& database, const Question& question, const User& user,
              Journal& journal) {
  check_stop(journal);
  const auto visible = visible_model(std::move(model), user);
  int iteration = 1;
  journal.progress(iteration, "Reading the question");
  const Reading reading = answering::reading_from_text(journal.step("plan", [&] {
    planning::DatabaseValues values(*visible, database, question, user, journal.stop_token());
    return answering::to_text(planning::make_reading(*visible, values, question, user));
  }));

  Answer answer;
  answer.topic = reading.topic;
  if (reading.queries.empty()) {
    answer.message = reading.clarification;
    answer.summary = reading.clarification;
    answer.actions.push_back(
        {.type = Action::Type::clarify, .message = reading.clarification, .timestamp = journal.now_ms()});
    return answer;
  }

  std::vector<QueryResult> results;
  std::vector<Action> actions;
  std::optional<Error> failure;
  bool any = false;
  for (std::size_t i = 0; i < reading.queries.size(); ++i) {
    check_stop(journal);
    const PlannedQuery& planned = reading.queries[i];
    journal.progress(++iteration, "Running the query \"" + planned.name + "\"");
    Action action{.type = Action::Type::generate_query};
    try {
      auto stored = run_step(*visible, database, planned, i + 1, user, question, journal);
      any = true;
      action.message = planned.name + ": " + row_words(stored.result.rows.rows.size()) + ".";
      action.timestamp = stored.timestamp;
      action.result = std::move(stored.result);
    } catch (const Error& error) {
      // Not allowed and stopped are about the whole question.
      if (error.code() == Errc::not_allowed || error.code() == Errc::stopped) throw;
      if (!failure) failure = error;
      action.message = planned.name + " failed: " + error.what();
      action.timestamp = journal.now_ms();
      action.result = QueryResult{.name = planned.name, .query = planned.query, .error = error.what()};
    }
    results.push_back(*action.result);
    actions.push_back(std::move(action));
  }
  if (!any) throw *failure;

  check_stop(journal);
  journal.progress(++iteration, "Writing the answer");
  const auto narrative =
      answering::narrate(*visible, reading, results, planning::local_day(question.now, user.time_zone));
  const auto composed = answering::compose(narrative, results);
  answer.message = composed.message;
  answer.summary = composed.summary;
  // The main query comes last: it is the one that a follow-up changes.
  for (std::size_t i = 1; i < actions.size(); ++i) answer.actions.push_back(std::move(actions[i]));
  answer.actions.push_back(std::move(actions.front()));
  answer.actions.push_back(
      {.type = Action::Type::summarize, .message = composed.message, .timestamp = journal.now_ms()});
  return answer;
}

}  // namespace analyst
