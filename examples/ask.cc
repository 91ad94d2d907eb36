// ask DATABASE MODEL PROMPT: one question to a semantic model, answered in place. MODEL may be "" for none: the model is
// then made from the database.
#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <stop_token>
#include <string>

#include "analyst/analyst.h"

namespace {

// Keeps nothing: when this program dies, nobody resumes it. A service would store each step, as jobs::Context does.
class NoJournal : public analyst::Journal {
 public:
  std::string step(std::string_view, const std::function<std::string()>& work) override { return work(); }
  void progress(int, std::string_view message) override {
    std::fprintf(stderr, "… %.*s\n", static_cast<int>(message.size()), message.data());
  }
  std::stop_token stop_token() override { return {}; }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: ask DATABASE MODEL PROMPT\n", stderr);
    return 2;
  }
  try {
    const auto database = analyst::open_sqlite(argv[1]);
    const auto loaded = analyst::load_model("", "shop", argv[2], {}, *database);
    const analyst::User user{.id = "me", .attributes = {{"region", {"all"}}}};
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
    NoJournal journal;
    const analyst::Answer answer =
        analyst::answer(loaded.model, *database, {.prompt = argv[3], .now = now.count()}, user, journal);
    std::puts(answer.message.c_str());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ask: %s\n", error.what());
    return 1;
  }
}
