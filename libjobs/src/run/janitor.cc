#include "run/janitor.h"

#include <algorithm>
#include <limits>

namespace jobs::run {
namespace {

using std::chrono::microseconds;

// Jobs looked at together.
constexpr int page_jobs = 2000;
// What a bite with its commit should stay under, and what its own work gets of that.
constexpr microseconds bite_with_commit(6'000);
constexpr microseconds longest_bite(2'500);
constexpr microseconds shortest_bite(500);
// Each is removed in one piece, at least.
constexpr std::size_t jobs_at_once = 1000;
// Between two searches; shorter when jobs are kept for a short time.
constexpr std::chrono::milliseconds between_searches = std::chrono::minutes(10);
constexpr std::chrono::milliseconds between_searches_least = std::chrono::seconds(1);
// Also jobs that are kept for ever: one of them may have run again and ended otherwise.
constexpr std::chrono::hours kept_looked_at_after = std::chrono::hours(24);

constexpr std::int64_t last_of_all = std::numeric_limits<std::int64_t>::max();

microseconds since(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration_cast<microseconds>(to - from);
}

}  // namespace

std::optional<Time> Janitor::run_once(Time now) {
  if (!rules_.shortest()) return std::nullopt;
  if (now < next_) return next_;
  if (expired_.empty() && !look(now)) {
    const auto pause = std::clamp(*rules_.shortest() / 10, between_searches_least, between_searches);
    return next_ = std::max(next_look(), now + pause);
  }
  if (!expired_.empty()) bite();
  return next_ = now;
}

Time Janitor::next_look() const {
  Time next = unknown_expire_;
  for (const auto& [last, page] : pages_) next = std::min(next, page.next);
  return next;
}

bool Janitor::look(Time now) {
  const auto due = std::find_if(pages_.begin(), pages_.end(), [&](const auto& one) { return one.second.next <= now; });
  const bool known = due != pages_.end();
  if (!known && unknown_expire_ > now) return false;
  const std::int64_t after = known ? due->second.after : known_;
  const std::int64_t until = known ? due->first : last_of_all;
  store::ExpiredPage page;
  readers_.read([&](Reader& reader) { page = store::read_expired(reader, rules_, now, after, until, page_jobs); });
  // What is found goes; if it cannot be removed now it is found again when the page is due.
  Time next = page.expired.empty() ? page.next : std::min(page.next, now + between_searches_least);
  if (next == Time::max()) next = now + kept_looked_at_after;
  if (known) {
    if (page.last) {
      due->second.next = next;
    } else {
      pages_.erase(due);
    }
  } else {
    if (page.last) {
      pages_.emplace(*page.last, Page{.after = after, .next = next});
      known_ = *page.last;
    }
    // A job that comes from now on is kept for a while.
    if (!page.more) unknown_expire_ = now + *rules_.shortest();
  }
  expired_ = std::move(page.expired);
  std::reverse(expired_.begin(), expired_.end());
  return true;
}

void Janitor::bite() {
  const auto began = stopwatch_();
  microseconds work = {};
  std::size_t left = expired_.size();
  writer_.run([&] {
    const auto work_began = stopwatch_();
    store::Patience patience(stopwatch_, std::clamp(bite_with_commit - around_, shortest_bite, longest_bite));
    left = expired_.size();
    for (std::size_t i = 0; i < jobs_at_once && left > 0; ++i) {
      if (table_.remove(expired_[left - 1], patience) == store::RetentionTable::Removed::done) --left;
      if (patience.over()) break;
    }
    work = since(work_began, stopwatch_());
  });
  // Only now: what a failed commit has brought back is removed by the next bite.
  expired_.resize(left);
  around_ = since(began, stopwatch_()) - work;
}

}  // namespace jobs::run
