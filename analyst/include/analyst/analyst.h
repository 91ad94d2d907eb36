// analyst/analyst.h - from a question to an answer whose every number comes from the rows.
//
//   auto database = analyst::open_sqlite("shop.db");
//   auto loaded = analyst::load_model("770e…", "shop", "models/shop", {}, *database);
//   analyst::Question question{.prompt = "top 5 products by revenue"};
//   analyst::Answer answer = analyst::answer(loaded.model, *database, question, user, journal);
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "analyst/database.h"
#include "analyst/model.h"
#include "analyst/query.h"
#include "analyst/user.h"

namespace analyst {

// What was asked and answered before in this conversation, oldest first.
struct Turn {
  std::string prompt = {};
  // The last semantic query of the answer, if there was one.
  std::optional<SemanticQuery> query = {};
};

struct Question {
  std::string prompt = {};
  // Empty: the analyst picks.
  std::string topic = {};
  std::vector<Turn> history = {};
  // Unix seconds; "this month" is relative to it.
  std::int64_t now = 0;
  Limits limits = {};
};

// How an answer in progress is made durable and observable. The embedder implements it; the analyst knows no queue.
class Journal {
 public:
  virtual ~Journal() = default;
  // Runs `work` once for the life of the question; a second time around the stored text is returned.
  virtual std::string step(std::string_view name, const std::function<std::string()>& work) = 0;
  virtual void progress(int iteration, std::string_view message) = 0;
  virtual std::stop_token stop_token() = 0;
  // When an action is said to have happened, in Unix milliseconds. The system's clock unless overridden.
  virtual std::int64_t now_ms();
};

// One query that was run, with its rows.
struct QueryResult {
  std::string name = {};
  SemanticQuery query = {};
  // Empty on error.
  std::vector<ResultColumn> columns = {};
  Rows rows = {};
  // Header row of labels, values formatted; RFC 4180.
  std::string csv = {};
  bool csv_truncated = false;
  std::int64_t total_row_count = 0;
  // The statement that was run.
  std::string sql = {};
  // Empty: success.
  std::string error = {};
};

struct Action {
  enum class Type { generate_query, summarize, clarify };
  Type type = Type::generate_query;
  std::string message = {};
  // Unix milliseconds.
  std::int64_t timestamp = 0;
  // generate_query only.
  std::optional<QueryResult> result = {};
};

struct Answer {
  // The main query's comes last of the queries: its query is what a follow-up changes (Turn::query).
  std::vector<Action> actions = {};
  // Markdown.
  std::string message = {};
  std::string summary = {};
  // The topic that was used; empty when none was.
  std::string topic = {};
};

// Answers with the built-in planner, which needs no language model. A question it cannot read is answered by a `clarify`
// action that says what was not understood and what can be asked; that is an answer, not an error.
// Throws Error: not_allowed, database, too_large, stopped.
Answer answer(std::shared_ptr<const Model> model, Database& database, const Question& question, const User& user,
              Journal& journal);

// The planner alone: the queries that would answer `question`, or why there are none.
struct Plan {
  struct Query {
    std::string name = {};
    SemanticQuery query = {};
  };
  std::vector<Query> queries = {};
  std::string topic = {};
  // Empty when there are queries: what was not understood and what can be asked, as Markdown.
  std::string clarification = {};
};
// May look words of the question up in the database. Throws Error: not_allowed, database, stopped.
Plan plan(const Model& visible_model, Database& database, const Question& question, const User& user,
          std::stop_token stop = {});

// The topic in which the question is asked most directly.
struct TopicChoice {
  // Empty: none holds everything that is asked about.
  std::string topic = {};
  // Then why, as Plan::clarification.
  std::string clarification = {};
};
// Among the topics named in `among`, or all when it is empty. As plan() otherwise.
TopicChoice pick_topic(const Model& visible_model, Database& database, const Question& question, const User& user,
                       const std::vector<std::string>& among, std::stop_token stop = {});

// Runs one semantic query with the user's permissions. `error` and `name` of the result stay empty.
// Throws Error: bad_query, not_allowed, database, too_large, stopped.
QueryResult run_query(const Model& visible_model, Database& database, const SemanticQuery& query, const User& user,
                      const Question& question, std::stop_token stop);

}  // namespace analyst
