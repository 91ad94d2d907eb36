#include "core/state.h"

#include <array>

namespace jobs {
namespace {

constexpr bool yes = true, no = false;

// Row: from; column: to.
constexpr std::array<std::array<bool, 5>, 5> follows = {{
    //              PENDING RUNNING COMPLETE FAILED CANCELLED
    /* PENDING   */ {no, yes, no, no, yes},
    /* RUNNING   */ {yes, no, yes, yes, yes},
    /* COMPLETE  */ {no, no, no, no, no},
    /* FAILED    */ {yes, no, no, no, no},
    /* CANCELLED */ {yes, no, no, no, no},
}};

}  // namespace

bool may_follow(State from, State to) { return follows[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)]; }

bool runs_again(int attempt, int returned, int max_attempts, bool retryable) {
  return retryable && attempt - returned < max_attempts;
}

std::string_view to_string(State state) {
  switch (state) {
    case State::pending: return "PENDING";
    case State::running: return "RUNNING";
    case State::complete: return "COMPLETE";
    case State::failed: return "FAILED";
    case State::cancelled: return "CANCELLED";
  }
  return "";
}

std::optional<State> parse_state(std::string_view text) {
  for (const State state : {State::pending, State::running, State::complete, State::failed, State::cancelled}) {
    if (text == to_string(state)) return state;
  }
  return std::nullopt;
}

std::string_view to_string(EventType type) {
  switch (type) {
    case EventType::created: return "created";
    case EventType::started: return "started";
    case EventType::progress: return "progress";
    case EventType::step: return "step";
    case EventType::retry: return "retry";
    case EventType::completed: return "completed";
    case EventType::failed: return "failed";
    case EventType::cancelled: return "cancelled";
    case EventType::returned: return "returned";
  }
  return "";
}

}  // namespace jobs
