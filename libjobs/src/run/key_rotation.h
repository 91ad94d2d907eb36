// run/key_rotation.h - seals the secrets of webhooks again with the newest key, in bites that nobody waits for.
//
// A pass looks at every stored secret, of jobs and then of schedules: one that an older key opens is sealed with the current one.
// What is submitted meanwhile is sealed with that anyway, so one pass is enough. Used by one thread at a time.
#pragma once

#include <cstdint>
#include <optional>

#include "core/key_ring.h"
#include "jobs/clock.h"
#include "jobs/webhook.h"
#include "store/readers.h"
#include "store/schedules.h"
#include "store/sealed_secrets.h"
#include "store/writer.h"

namespace jobs::run {

class KeyRotation {
 public:
  KeyRotation(store::Writer& writer, store::Readers& readers, store::SealedSecretTable& table,
              store::ScheduleTable& schedules, const KeyRing& keys)
      : writer_(writer), readers_(readers), table_(table), schedules_(schedules), keys_(keys) {}

  // Takes one bite. False: that was the last.
  bool bite();
  const SecretRotation& done() const { return done_; }

 private:
  bool bite_of_jobs();
  bool bite_of_schedules();

  store::Writer& writer_;
  store::Readers& readers_;
  store::SealedSecretTable& table_;
  store::ScheduleTable& schedules_;
  const KeyRing& keys_;
  // Where this pass has come to.
  bool jobs_seen_ = false;
  std::int64_t seen_ = 0;
  SecretRotation done_ = {};
};

}  // namespace jobs::run
