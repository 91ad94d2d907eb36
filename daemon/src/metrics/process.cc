#include "metrics/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>

namespace jobsd {
namespace {

using Type = Exposition::Type;

// Of /proc/self/stat, as numbered by proc(5) less the two before the state.
struct Stat {
  double user_ticks = 0;
  double system_ticks = 0;
  double threads = 0;
  double start_ticks = 0;
  double virtual_bytes = 0;
  double resident_pages = 0;
};

std::string content(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::optional<Stat> read_stat() {
  const std::string text = content("/proc/self/stat");
  // The name in parentheses may hold anything, also spaces and parentheses.
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  Stat stat;
  const auto skip = [&](int count) {
    while (count-- > 0) fields >> skipped;
  };
  skip(11);  // state to cmajflt
  fields >> stat.user_ticks >> stat.system_ticks;
  skip(4);  // cutime to nice
  fields >> stat.threads;
  skip(1);  // itrealvalue
  fields >> stat.start_ticks >> stat.virtual_bytes >> stat.resident_pages;
  return fields ? std::optional(stat) : std::nullopt;
}

// When the machine was started, in Unix seconds.
std::optional<double> boot_time() {
  std::istringstream lines(content("/proc/stat"));
  std::string word;
  double seconds = 0;
  while (lines >> word) {
    if (word == "btime" && lines >> seconds) return seconds;
  }
  return std::nullopt;
}

}  // namespace

void write_process(Exposition& out) {
  if (const auto stat = read_stat()) {
    const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    out.single("process_cpu_seconds_total", Type::counter, "Processor time in user and system mode.",
               (stat->user_ticks + stat->system_ticks) / ticks);
    out.single("process_resident_memory_bytes", Type::gauge, "Memory in use.",
               stat->resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE)));
    out.single("process_virtual_memory_bytes", Type::gauge, "Address space in use.", stat->virtual_bytes);
    out.single("process_threads", Type::gauge, "Threads.", stat->threads);
    if (const auto boot = boot_time()) {
      out.single("process_start_time_seconds", Type::gauge, "When the process started, in Unix seconds.",
                 *boot + stat->start_ticks / ticks);
    }
  }
  std::error_code failed;
  const std::filesystem::directory_iterator files("/proc/self/fd", failed);
  if (!failed) {
    // One of them is the folder itself.
    out.single("process_open_fds", Type::gauge, "Open file descriptors.",
               static_cast<double>(std::distance(begin(files), end(files))) - 1);
  }
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    out.single("process_max_fds", Type::gauge, "How many file descriptors may be open.", static_cast<double>(limit.rlim_cur));
  }
}

}  // namespace jobsd
