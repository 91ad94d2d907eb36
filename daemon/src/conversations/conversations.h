// conversations/conversations.h - questions in their conversations, and who may see them.
//
// One question is one job of the engine. Its row here is written in the transaction that submits it, so that neither exists
// without the other, and carries what the engine does not know: whose it is, and which conversation it continues.
//
// A conversation's messages are not stored as such: a user's message is the prompt of a job, and an assistant's message is the
// answer of a job that is COMPLETE. What a run stored before it was cancelled or retried is thus never shown.
//
// Isolation: every read names its viewer, and the row's owner is part of the look-up. What belongs to another organization
// costs the same one look-up by key as what does not exist, and looks the same.
//
// Thread safety: free functions; each uses the reader or transaction it is given and nothing else.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jobs/job.h"
#include "jobs/transaction.h"
#include "jobs/uuid.h"

namespace jobsd {

// The kind of the jobs that answer a question.
inline constexpr std::string_view answer_kind = "ai.answer";

// On whose behalf rows are read: a whole organization, or one user of it.
struct Viewer {
  jobs::Uuid organization = {};
  std::optional<jobs::Uuid> user = {};
  bool operator==(const Viewer&) const = default;
};

// What the job's payload says, and all that its handler is told.
struct Ask {
  std::string prompt = {};
  jobs::Uuid model = {};
  std::optional<jobs::Uuid> branch = {};
  // Empty: the analyst picks.
  std::string topic = {};
  jobs::Uuid organization = {};
  // Empty: the organization itself, without a user's attributes.
  std::optional<jobs::Uuid> user = {};
  jobs::Uuid conversation = {};

  // The payload is made in two steps: a new conversation has its id only in the transaction that makes it.
  std::string payload_before_conversation() const;
  static std::string whole_payload(std::string_view before_conversation, const jobs::Uuid& conversation);
  // Throws std::invalid_argument: not a payload of ours.
  static Ask from_payload(std::string_view payload);
};

struct IdempotencyKey {
  std::int64_t token = 0;
  std::string key = {};
  // SHA-256 of the request.
  std::array<std::uint8_t, 32> request_hash = {};
};
inline constexpr auto idempotency_key_life = std::chrono::hours(24);

struct NewJob {
  // `conversation` is taken from `continued`, or made.
  Ask ask = {};
  // Must be one of `ask.user` in `ask.organization`.
  std::optional<jobs::Uuid> continued = {};
  std::optional<jobs::WebhookTarget> webhook = {};
  std::optional<IdempotencyKey> key = {};
  // A W3C traceparent, or empty.
  std::string trace = {};
  std::chrono::milliseconds time_limit = {};
  int max_attempts = 3;
};

// With all that can be made of a new job before its transaction, in which others wait.
struct PreparedJob {
  // NOLINTNEXTLINE(google-explicit-constructor): a NewJob says all there is to say.
  PreparedJob(NewJob new_job) : job(std::move(new_job)), payload_start(job.ask.payload_before_conversation()) {}

  NewJob job;
  std::string payload_start;
};

struct Admission {
  enum class Outcome {
    created,
    // The key was seen before with the same request: the first answer again.
    replayed,
    // The key was seen before with another request.
    key_reused,
    no_conversation,
    // The conversation has a job that is not finished yet.
    active_job,
  };
  Outcome outcome = Outcome::created;
  // created and replayed only.
  jobs::JobId job = {};
  jobs::Uuid conversation = {};
};

// Submits the job with its rows, all or nothing. Writes nothing unless the outcome is `created`.
[[nodiscard]] Admission admit(jobs::Transaction& tx, const PreparedJob& prepared);

// A job of ours with what the engine says of it.
struct AiJob {
  jobs::Job job = {};
  Ask ask = {};
};

// Who owns a job: enough to decide whether a viewer may touch it.
struct JobOwner {
  jobs::Uuid organization = {};
  std::optional<jobs::Uuid> user = {};
};
// Looks inside the organization only, whichever of its users the job belongs to.
std::optional<JobOwner> owner_of_job(jobs::Reader& reader, const jobs::JobId& job, const jobs::Uuid& organization);
bool may_see_job(jobs::Reader& reader, const jobs::JobId& job, const Viewer& viewer);
std::optional<AiJob> find_job(jobs::Reader& reader, const jobs::JobId& job, const Viewer& viewer);

struct JobListFilter {
  std::optional<jobs::State> state = {};
  std::optional<jobs::Uuid> conversation = {};
  std::optional<jobs::Uuid> model = {};
  std::optional<jobs::Time> created_after = {};
  std::optional<jobs::Time> created_before = {};
  // Only rows older than this number.
  std::optional<std::int64_t> before = {};
  int page_size = 20;
};
struct JobPage {
  std::vector<AiJob> jobs = {};
  // Where the next page starts; empty at the end. A page may be short and still have a next one: a look through the history
  // stops after a bounded number of rows.
  std::optional<std::int64_t> next = {};
};
// How many jobs are PENDING or RUNNING. Costs a walk over them: for the start of the process.
std::int64_t count_unfinished(jobs::Reader& reader);

// Newest first.
JobPage list_jobs(jobs::Reader& reader, const Viewer& viewer, const JobListFilter& filter);

struct Conversation {
  std::int64_t number = 0;
  jobs::Uuid id = {};
  jobs::Uuid organization = {};
  std::optional<jobs::Uuid> user = {};
  jobs::Time created_at = {};
  jobs::Time updated_at = {};
};
std::optional<Conversation> find_conversation(jobs::Reader& reader, const jobs::Uuid& id, const Viewer& viewer);

struct ConversationPage {
  std::vector<Conversation> conversations = {};
  std::optional<std::int64_t> next = {};
};
ConversationPage list_conversations(jobs::Reader& reader, const Viewer& viewer, std::optional<std::int64_t> before,
                                    int page_size);

struct Message {
  bool from_assistant = false;
  std::string content = {};
  jobs::Time at = {};
  jobs::JobId job = {};
};
// Oldest first; of a very long conversation the newest `turns_max` questions.
std::vector<Message> messages_of(jobs::Reader& reader, const Conversation& conversation, int turns_max = 500);

// A question that was answered, as a follow-up needs it.
struct PastTurn {
  std::string prompt = {};
  // The semantic query as JSON; empty when there was none.
  std::string query = {};
};
// The answered questions of the job's conversation before it, oldest first, the newest `turns_max` of them.
std::vector<PastTurn> history_of(jobs::Reader& reader, const jobs::JobId& job, int turns_max = 20);

// Keeps what the assistant said. A second run of the same job replaces what the first one left.
void save_answer(jobs::Transaction& tx, const jobs::JobId& job, std::string_view message, std::string_view query);

// The job that a webhook tells of. Empty: there is no such delivery, or it is not the viewer's.
std::optional<jobs::JobId> job_of_delivery(jobs::Reader& reader, std::int64_t delivery, const Viewer& viewer);

// Which deliveries are sent again.
struct SendAgainFilter {
  // Those whose event happened then or later.
  jobs::Time since = {};
  // Only those that came to this.
  std::optional<jobs::DeliveryState> state = {};
  // Only rows older than this number.
  std::optional<std::int64_t> before = {};
};
struct SentAgain {
  int count = 0;
  // Where to go on; empty at the end. A bounded number of rows is looked at, so that the writer is not held up.
  std::optional<std::int64_t> next = {};
};
// Makes the viewer's deliveries due now, newest first, whatever became of them before.
SentAgain send_again_since(jobs::Transaction& tx, const Viewer& viewer, const SendAgainFilter& filter);

}  // namespace jobsd
