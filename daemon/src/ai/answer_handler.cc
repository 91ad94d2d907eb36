#include "ai/answer_handler.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "ai/result_document.h"
#include "ai/user.h"
#include "analyst/analyst.h"
#include "conversations/conversations.h"
#include "jobs/trace.h"

namespace jobsd {
namespace {

// The engine's journal of a run, as the analyst uses it.
class EngineJournal : public analyst::Journal {
 public:
  explicit EngineJournal(jobs::Context& run) : run_(run) {}

  std::string step(std::string_view name, const std::function<std::string()>& work) override {
    return run_.step(name, work);
  }
  void progress(int iteration, std::string_view message) override { run_.progress(iteration, message); }
  std::stop_token stop_token() override { return run_.stop_token(); }

 private:
  jobs::Context& run_;
};

jobs::Failure final_failure(std::string code, std::string message) {
  return {.code = std::move(code), .message = std::move(message), .retry = false};
}

// What an analyst's error means for the attempt. `stopped` is no failure and is dealt with before.
jobs::Failure to_failure(const analyst::Error& error) {
  switch (error.code()) {
    case analyst::Errc::bad_query:
      return final_failure("bad_query", error.what());
    case analyst::Errc::not_allowed:
      return final_failure("not_allowed", error.what());
    case analyst::Errc::too_large:
      return final_failure("too_large", error.what());
    case analyst::Errc::database:
    case analyst::Errc::stopped:
      break;
  }
  return {.code = "database", .message = error.what()};
}

std::vector<analyst::Turn> turns(const jobs::Engine& engine, const jobs::JobId& job) {
  std::vector<PastTurn> past;
  engine.read([&](jobs::Reader& reader) { past = history_of(reader, job); });
  std::vector<analyst::Turn> history;
  for (PastTurn& turn : past) {
    analyst::Turn known{.prompt = std::move(turn.prompt)};
    if (!turn.query.empty()) {
      // A query stored by another release may have a form that is not read any more: the turn then stands without it.
      try {
        known.query = analyst::query_from_json(nlohmann::json::parse(turn.query));
      } catch (const analyst::Error&) {
      }
    }
    history.push_back(std::move(known));
  }
  return history;
}

std::optional<User> asking_user(const Identity& identity, const Ask& ask) {
  if (!ask.user) return std::nullopt;
  auto user = identity.user(*ask.user);
  if (!user || user->organization != ask.organization) {
    throw final_failure("user_not_found", "The user who asked does not exist any more.");
  }
  return user;
}

jobs::Result run(const AnswerHandlerParts& parts, jobs::Context& job) {
  const Ask ask = Ask::from_payload(job.payload());
  const auto served = parts.models.find(ask.model, ask.branch);
  if (!served) throw final_failure("model_not_found", "The model or branch is not configured any more.");
  const analyst::User user = analyst_user(asking_user(parts.identity, ask));

  const analyst::Question question{
      .prompt = ask.prompt,
      .topic = ask.topic,
      .history = turns(parts.engine, job.id()),
      .now = std::chrono::floor<std::chrono::seconds>(job.job().created_at).time_since_epoch().count(),
      .limits = parts.limits};
  EngineJournal journal(job);
  const analyst::Answer answer = analyst::answer(served->model, *served->database, question, user, journal);

  jobs::Result result{.summary = answer.summary,
                      .output = result_document(answer, conversation_url(parts.public_url, ask.conversation))};
  const std::string query = last_query(answer);
  job.check_stop();
  parts.engine.transact([&](jobs::Transaction& tx) { save_answer(tx, job.id(), answer.message, query); });
  return result;
}

}  // namespace

jobs::Handler answer_handler(AnswerHandlerParts parts) {
  // The prompt is the user's own and stays out of the log. Failures are logged by the engine.
  return [parts = std::move(parts)](jobs::Context& job) {
    const auto start = std::chrono::steady_clock::now();
    const auto log = [&](std::string_view message) {
      if (parts.log) parts.log(jobs::LogLevel::info, job.id(), message);
    };
    const auto trace = jobs::trace_id(job.job().trace);
    log("answering, attempt " + std::to_string(job.attempt()) + (trace ? " trace=" + std::string(*trace) : ""));
    try {
      jobs::Result result = run(parts, job);
      const auto took = std::chrono::steady_clock::now() - start;
      log("answered in " + std::to_string(std::chrono::floor<std::chrono::milliseconds>(took).count()) + " ms");
      return result;
    } catch (const jobs::Stopped&) {
      log("stopped");
      throw;
    } catch (const analyst::Error& error) {
      if (error.code() != analyst::Errc::stopped) throw to_failure(error);
      log("stopped");
      throw jobs::Stopped{};
    }
  };
}

std::string conversation_url(std::string_view public_url, const jobs::Uuid& conversation) {
  return std::string(public_url) + "/chat/" + conversation.to_string();
}

}  // namespace jobsd
