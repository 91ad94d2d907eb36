#include "run/key_rotation.h"

#include <string>
#include <utility>
#include <vector>

namespace jobs::run {
namespace {

// Secrets looked at together, and written together: about two milliseconds of the writer.
constexpr int secrets_at_once = 200;

}  // namespace

bool KeyRotation::bite() {
  if (jobs_seen_) return bite_of_schedules();
  if (!bite_of_jobs()) {
    jobs_seen_ = true;
    seen_ = 0;
  }
  return true;
}

bool KeyRotation::bite_of_schedules() {
  std::optional<std::int64_t> seen;
  SecretRotation done;
  writer_.run([&] {
    done = done_;
    seen = schedules_.rotate_secrets(seen_, done);
  });
  done_ = done;
  seen_ = seen.value_or(0);
  return seen.has_value();
}

bool KeyRotation::bite_of_jobs() {
  std::vector<store::SealedSecret> found;
  readers_.read([&](Reader& reader) { found = store::read_sealed_secrets(reader, seen_, secrets_at_once); });
  std::vector<std::pair<const store::SealedSecret*, std::string>> fresh;
  std::int64_t unreadable = 0;
  for (const store::SealedSecret& one : found) {
    const std::string context = one.job.to_string();
    const auto opened = keys_.open(one.sealed, context);
    if (!opened) {
      ++unreadable;
    } else if (opened->old) {
      fresh.emplace_back(&one, keys_.seal(opened->secret, context));
    }
  }
  std::int64_t rotated = 0;
  if (!fresh.empty()) {
    writer_.run([&] {
      rotated = 0;
      for (const auto& [before, sealed] : fresh) rotated += table_.replace(*before, sealed) ? 1 : 0;
    });
  }
  // Only now, so that a bite that failed is taken again.
  if (!found.empty()) seen_ = found.back().number;
  done_.rotated += rotated;
  done_.unreadable += unreadable;
  return found.size() == static_cast<std::size_t>(secrets_at_once);
}

}  // namespace jobs::run
