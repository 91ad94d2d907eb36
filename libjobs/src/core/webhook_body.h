// core/webhook_body.h - what a webhook says: the JSON bodies of terminal and of progress events.
//
// The bytes made here are stored, signed and sent as they are. `metadata` is the client's JSON and is inserted byte for
// byte, never parsed and printed again: a receiver may compare it. Text that is not UTF-8 has its bad bytes replaced by
// U+FFFD, so that the body is always JSON.
// Thread safety: free functions without state.
#pragma once

#include <string>
#include <string_view>

#include "jobs/clock.h"
#include "jobs/job.h"
#include "jobs/uuid.h"

namespace jobs {

// "evt_" + the first eight hex digits of the job's id + "_" + state + "_" + unix seconds of the transition. The same on
// every attempt to deliver the event, so that a receiver can drop repeats.
std::string webhook_event_id(const Uuid& job, State state, Time at);

// The body that tells of a COMPLETE, FAILED or CANCELLED job. `summary` goes out for COMPLETE only and `failure` for
// FAILED only; the others have null there. An empty `metadata_json` is null. Throws std::invalid_argument for a live
// state.
std::string terminal_webhook_body(const Uuid& job, State state, Time finished, std::string_view summary,
                                  const Failure* failure, std::string_view metadata_json);

// The body that tells of progress. Two reports of one job in the same second have the same event id: send one of them.
std::string progress_webhook_body(const Uuid& job, Time at, int iteration, std::string_view message,
                                  std::string_view metadata_json);

}  // namespace jobs
