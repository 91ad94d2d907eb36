// What a program may do with the engine, and beside each what must not compile: promises_test.py compiles this as it is, and
// then with all the macros that are named here.
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "jobs/engine.h"
#include "jobs/signature.h"

using namespace std::chrono_literals;

void claims(jobs::Engine& engine, jobs::Claim claim) {
  jobs::Claim only = std::move(claim);
#ifdef A_CLAIM_HAS_TWO_OWNERS_WHO_BOTH_FINISH_IT
  jobs::Claim twin = only;
  static_cast<void>(twin.complete("done"));
#endif
#ifdef A_CLAIM_IS_OVERWRITTEN_WITH_A_COPY
  claim = only;
#endif
#ifdef A_CLAIM_IS_FINISHED_AND_KEPT_TO_FINISH_IT_AGAIN
  static_cast<void>(only.complete("done"));
  static_cast<void>(only.fail({.code = "busy"}));
#endif
#ifdef A_CLAIM_IS_HANDED_BACK_AND_KEPT
  static_cast<void>(only.release());
#endif
#ifdef A_LOST_LEASE_IS_OVERLOOKED
  only.complete("done");
#else
  if (std::move(only).complete("done") != jobs::Finish::ok) return;
#endif
#ifdef A_STEP_THAT_WAS_NOT_STORED_IS_OVERLOOKED
  only.store_step("name", "result");
#else
  if (only.store_step("name", "result") != jobs::Finish::ok) return;
#endif
#ifdef A_LEASE_IS_A_NUMBER_WITHOUT_A_UNIT
  static_cast<void>(engine.claim({.lease = 30}));
#else
  static_cast<void>(engine.claim({.lease = 30s}));
#endif
}

void signals(jobs::Engine& engine, const jobs::JobId& job) {
#ifdef A_SIGNAL_THAT_CAME_TOO_LATE_IS_OVERLOOKED
  engine.signal(job, "paid");
#else
  if (engine.signal(job, "paid") != jobs::Signalled::stored) return;
#endif
}

void transactions(jobs::Transaction& transaction, const jobs::RunId& run) {
#ifdef A_LOST_LEASE_IS_OVERLOOKED_IN_A_TRANSACTION
  transaction.complete(run, {});
#else
  if (transaction.complete(run, {}) != jobs::Finish::ok) throw std::runtime_error("the run is over");
#endif
}

void subscriptions(jobs::Engine& engine) {
#ifdef A_SUBSCRIPTION_ENDS_IN_THE_LINE_THAT_MAKES_IT
  engine.subscribe([](auto) {});
#else
  const jobs::Subscription subscription = engine.subscribe([](auto) {});
#endif
}

void signatures(const jobs::SignedMessage& message, const std::vector<std::string>& secrets, jobs::Time now) {
#ifdef A_FORGED_WEBHOOK_IS_OVERLOOKED
  jobs::verify_signature(message, secrets, now);
#else
  if (jobs::verify_signature(message, secrets, now) != jobs::Verdict::ok) throw std::runtime_error("forged");
#endif
}

void ids(jobs::Engine& engine) {
#ifdef A_NUMBER_IS_TAKEN_FOR_AN_ID
  static_cast<void>(engine.find(7));
#else
  static_cast<void>(engine.find(jobs::JobId()));
#endif
}

void engines(const jobs::Options& options) {
  jobs::Engine engine(options);
#ifdef A_FILE_HAS_TWO_ENGINES_BY_A_COPY
  jobs::Engine twin = engine;
#endif
}
