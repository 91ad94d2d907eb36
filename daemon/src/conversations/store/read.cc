#include <algorithm>
#include <limits>

#include "conversations/conversations.h"
#include "conversations/store/values.h"

namespace jobsd {
namespace {

using store::value;

// How many rows one page of a filtered list looks at before it answers with what it has.
constexpr int rows_looked_at_max = 2'000;
constexpr int rows_at_once = 100;

std::int64_t start_of(std::optional<std::int64_t> before) {
  return before.value_or(std::numeric_limits<std::int64_t>::max());
}

// What lists are read from: the narrowest index that the viewer and the filter allow.
std::vector<jobs::JobId> job_ids(jobs::Reader& reader, const Viewer& viewer, const JobListFilter& filter,
                                 std::int64_t before) {
  std::vector<jobs::JobId> ids;
  const auto keep = [&](const jobs::Row& row) { ids.emplace_back(store::uuid(row, 0)); };
  const auto organization = value(viewer.organization);
  const auto limit = std::int64_t{rows_at_once};
  if (filter.conversation) {
    reader.query(
        "SELECT a.id FROM conversations c JOIN ai_jobs a ON a.conversation = c.number"
        " WHERE c.number = ?1 AND c.id = ?2 AND a.organization = ?3 AND (?4 IS NULL OR a.user = ?4) AND a.number < ?5"
        " ORDER BY a.number DESC LIMIT ?6",
        {filter.conversation->number(), value(*filter.conversation), organization, value(viewer.user), before, limit}, keep);
  } else if (viewer.user) {
    reader.query(
        "SELECT id FROM ai_jobs WHERE user = ?1 AND organization = ?2 AND number < ?3 ORDER BY number DESC LIMIT ?4",
        {value(*viewer.user), organization, before, limit}, keep);
  } else {
    reader.query("SELECT id FROM ai_jobs WHERE organization = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3",
                 {organization, before, limit}, keep);
  }
  return ids;
}

bool matches(const AiJob& found, const JobListFilter& filter) {
  return (!filter.state || found.job.state == *filter.state) && (!filter.model || found.ask.model == *filter.model) &&
         (!filter.created_after || found.job.created_at > *filter.created_after) &&
         (!filter.created_before || found.job.created_at < *filter.created_before);
}

Conversation conversation_in(const jobs::Row& row) {
  return Conversation{.number = row.integer(0),
                      .id = store::uuid(row, 1),
                      .organization = store::uuid(row, 2),
                      .user = store::optional_uuid(row, 3),
                      .created_at = store::time(row, 4),
                      .updated_at = store::time(row, 5)};
}

struct StoredTurn {
  jobs::JobId job = {};
  bool answered = false;
  std::string message = {};
  std::string query = {};
};

// Newest first.
std::vector<StoredTurn> turns(jobs::Reader& reader, std::int64_t conversation, std::int64_t before, int limit) {
  std::vector<StoredTurn> found;
  reader.query(
      "SELECT a.id, w.message, w.query FROM ai_jobs a LEFT JOIN answers w ON w.number = a.number"
      " WHERE a.conversation = ?1 AND a.number < ?2 ORDER BY a.number DESC LIMIT ?3",
      {conversation, before, std::int64_t{limit}}, [&](const jobs::Row& row) {
        found.push_back({.job = jobs::JobId(store::uuid(row, 0)),
                         .answered = !row.null(1),
                         .message = row.null(1) ? std::string() : row.text(1),
                         .query = row.null(2) ? std::string() : row.text(2)});
      });
  return found;
}

}  // namespace

std::optional<JobOwner> owner_of_job(jobs::Reader& reader, const jobs::JobId& job, const jobs::Uuid& organization) {
  std::optional<JobOwner> owner;
  reader.query("SELECT organization, user FROM ai_jobs WHERE number = ?1 AND id = ?2 AND organization = ?3",
               {job.number(), value(job), value(organization)}, [&](const jobs::Row& row) {
                 owner = JobOwner{.organization = store::uuid(row, 0), .user = store::optional_uuid(row, 1)};
               });
  return owner;
}

bool may_see_job(jobs::Reader& reader, const jobs::JobId& job, const Viewer& viewer) {
  const auto owner = owner_of_job(reader, job, viewer.organization);
  return owner && (!viewer.user || owner->user == viewer.user);
}

std::optional<AiJob> find_job(jobs::Reader& reader, const jobs::JobId& job, const Viewer& viewer) {
  if (!may_see_job(reader, job, viewer)) return std::nullopt;
  auto found = reader.find(job);
  if (!found) return std::nullopt;
  Ask ask = Ask::from_payload(found->payload);
  return AiJob{.job = std::move(*found), .ask = std::move(ask)};
}

std::int64_t count_unfinished(jobs::Reader& reader) {
  // Each part is answered by a partial index of the engine's, so history costs nothing.
  std::int64_t count = 0;
  reader.query(
      "SELECT (SELECT count(*) FROM jobs WHERE state = 0 AND due = 1) + (SELECT count(*) FROM jobs WHERE state = 0 AND due = 0)"
      " + (SELECT count(*) FROM jobs WHERE state = 1)",
      {}, [&](const jobs::Row& row) { count = row.integer(0); });
  return count;
}

JobPage list_jobs(jobs::Reader& reader, const Viewer& viewer, const JobListFilter& filter) {
  JobPage page;
  std::int64_t before = start_of(filter.before);
  for (int looked_at = 0; looked_at < rows_looked_at_max;) {
    const auto ids = job_ids(reader, viewer, filter, before);
    for (const jobs::JobId& id : ids) {
      before = id.number();
      ++looked_at;
      auto found = reader.find(id);
      if (!found) continue;
      AiJob candidate{.job = *found, .ask = Ask::from_payload(found->payload)};
      // Jobs are numbered in the order of their creation: nothing further down can match.
      if (filter.created_after && candidate.job.created_at <= *filter.created_after) return page;
      if (!matches(candidate, filter)) continue;
      if (static_cast<int>(page.jobs.size()) == filter.page_size) {
        page.next = page.jobs.back().job.id.number();
        return page;
      }
      page.jobs.push_back(std::move(candidate));
    }
    if (static_cast<int>(ids.size()) < rows_at_once) return page;
  }
  page.next = before;
  return page;
}

std::optional<Conversation> find_conversation(jobs::Reader& reader, const jobs::Uuid& id, const Viewer& viewer) {
  std::optional<Conversation> found;
  reader.query(
      "SELECT number, id, organization, user, created_at, updated_at FROM conversations"
      " WHERE number = ?1 AND id = ?2 AND organization = ?3 AND (?4 IS NULL OR user = ?4)",
      {id.number(), value(id), value(viewer.organization), value(viewer.user)},
      [&](const jobs::Row& row) { found = conversation_in(row); });
  return found;
}

ConversationPage list_conversations(jobs::Reader& reader, const Viewer& viewer, std::optional<std::int64_t> before,
                                    int page_size) {
  ConversationPage page;
  const auto keep = [&](const jobs::Row& row) { page.conversations.push_back(conversation_in(row)); };
  const auto limit = std::int64_t{page_size} + 1;
  if (viewer.user) {
    reader.query(
        "SELECT number, id, organization, user, created_at, updated_at FROM conversations"
        " WHERE user = ?1 AND organization = ?2 AND number < ?3 ORDER BY number DESC LIMIT ?4",
        {value(*viewer.user), value(viewer.organization), start_of(before), limit}, keep);
  } else {
    reader.query(
        "SELECT number, id, organization, user, created_at, updated_at FROM conversations"
        " WHERE organization = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3",
        {value(viewer.organization), start_of(before), limit}, keep);
  }
  if (static_cast<int>(page.conversations.size()) > page_size) {
    page.conversations.pop_back();
    page.next = page.conversations.back().number;
  }
  return page;
}

std::vector<Message> messages_of(jobs::Reader& reader, const Conversation& conversation, int turns_max) {
  std::vector<Message> messages;
  for (StoredTurn& turn : turns(reader, conversation.number, start_of({}), turns_max)) {
    const auto job = reader.find(turn.job);
    if (!job) continue;
    if (turn.answered && job->state == jobs::State::complete) {
      messages.push_back({.from_assistant = true,
                          .content = std::move(turn.message),
                          .at = job->finished_at.value_or(job->updated_at),
                          .job = turn.job});
    }
    messages.push_back({.content = Ask::from_payload(job->payload).prompt, .at = job->created_at, .job = turn.job});
  }
  std::reverse(messages.begin(), messages.end());
  return messages;
}

std::vector<PastTurn> history_of(jobs::Reader& reader, const jobs::JobId& job, int turns_max) {
  std::optional<std::int64_t> conversation;
  reader.query("SELECT conversation FROM ai_jobs WHERE number = ?1 AND id = ?2", {job.number(), value(job)},
               [&](const jobs::Row& row) { conversation = row.integer(0); });
  std::vector<PastTurn> history;
  if (!conversation) return history;
  for (StoredTurn& turn : turns(reader, *conversation, job.number(), turns_max)) {
    if (!turn.answered) continue;
    const auto past = reader.find(turn.job);
    if (!past || past->state != jobs::State::complete) continue;
    history.push_back({.prompt = Ask::from_payload(past->payload).prompt, .query = std::move(turn.query)});
  }
  std::reverse(history.begin(), history.end());
  return history;
}

}  // namespace jobsd
