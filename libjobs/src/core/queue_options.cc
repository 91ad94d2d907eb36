#include "core/queue_options.h"

#include <stdexcept>

namespace jobs {
namespace {

constexpr std::chrono::milliseconds per_max = std::chrono::hours(24) * 366;

void check_rate(const std::string& where, const Rate& rate) {
  const auto refuse = [&](const std::string& why) { throw std::invalid_argument("Options::queues: " + where + why); };
  if (rate.count < 0 || rate.burst < 0) refuse(": count and burst are not negative");
  if (rate.count == 0) {
    if (rate.burst != 0) refuse(".burst: needs a count");
    return;
  }
  if (rate.per < std::chrono::milliseconds(1) || rate.per > per_max) refuse(".per: 1 ms to 366 days");
  if (std::chrono::microseconds(rate.count) > rate.per) refuse(".count: at most one in a microsecond");
  if (rate.burst > rate.count) refuse(".burst: at most count");
}

}  // namespace

void check_queue_name(const std::string& name) {
  if (name.empty() || name.size() > 255) throw std::invalid_argument("queue: a name has 1 to 255 bytes");
}

void check_queue(const std::string& name, const QueueOptions& options) {
  check_queue_name(name);
  if (options.workers < 0) throw std::invalid_argument("Options::queues: " + name + ".workers is not negative");
  if (options.concurrency < 0 || options.key_concurrency < 0) {
    throw std::invalid_argument("Options::queues: " + name + ".concurrency and key_concurrency are not negative");
  }
  if (options.ordered && options.key_concurrency > 1) {
    throw std::invalid_argument("Options::queues: " + name + ": an ordered queue runs one job a key, so key_concurrency is 0 or 1");
  }
  check_rate(name + ".rate", options.rate);
  check_rate(name + ".key_rate", options.key_rate);
}

}  // namespace jobs
