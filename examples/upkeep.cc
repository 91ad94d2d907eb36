// upkeep [FILE]: a backup while the engine works, and a look at whether it is sound.
// [upkeep
#include <cstdio>
#include <filesystem>

#include "jobs/engine.h"

int main(int argc, char** argv) {
  const std::filesystem::path file = argc > 1 ? argv[1] : "jobs.db";
  std::filesystem::path copy = file;
  copy += ".backup";
  std::filesystem::remove(copy);  // a backup replaces nothing

  jobs::Engine engine({.path = file});
  const jobs::JobId id = engine.submit({.kind = "report"});
  engine.backup(copy, [](const jobs::BackupProgress& so_far) {
    if (so_far.bytes_done == so_far.bytes) std::puts("copied");
  });

  jobs::Engine restored({.path = copy});  // a store of its own
  std::printf("%zu problems, report is %s\n", restored.check_integrity().size(),
              std::string(jobs::to_string(restored.find(id)->state)).c_str());
}
// upkeep]
