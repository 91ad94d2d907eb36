#include "identity/token_uses.h"

#include <utility>

#include "identity/store/identity_rows.h"
#include "jobs/engine.h"

namespace jobsd {
namespace {

// One transaction carries no more than this: whoever waits behind it waits for milliseconds.
constexpr std::size_t uses_at_once = 1000;
constexpr auto write_every = std::chrono::minutes(1);

}  // namespace

void TokenUses::note(std::int64_t token, jobs::Time at) {
  Uses batch;
  {
    const std::lock_guard lock(mutex_);
    unwritten_[token] = at;
    // A clock that was set back does not stop the writing.
    if (writing_ || (at >= last_write_ && at - last_write_ < write_every)) return;
    while (!unwritten_.empty() && batch.size() < uses_at_once) batch.insert(unwritten_.extract(unwritten_.begin()));
    last_write_ = at;
    writing_ = true;
  }
  const auto done = [self = shared_from_this()](const std::exception_ptr&) {
    const std::lock_guard lock(self->mutex_);
    self->writing_ = false;
  };
  try {
    engine_.transact_async([batch = std::move(batch)](jobs::Transaction& tx) { write_token_uses(tx, batch); }, done);
  } catch (const std::exception&) {
    done(nullptr);
  }
}

void TokenUses::write() {
  Uses batch;
  {
    const std::lock_guard lock(mutex_);
    // Behind a write that is on its way this waits for its turn, also with nothing of its own.
    if (unwritten_.empty() && !writing_) return;
    batch.swap(unwritten_);
  }
  try {
    engine_.transact([&](jobs::Transaction& tx) { write_token_uses(tx, batch); });
  } catch (const jobs::Error&) {
  }
}

}  // namespace jobsd
