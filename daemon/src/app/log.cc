#include "app/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <systemd/sd-daemon.h>

#include <cstdlib>
#include <memory>

namespace jobsd {
namespace {

// "<6>": sd-daemon(3).
class JournalLevel : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& line, const std::tm&, spdlog::memory_buf_t& out) override {
    const std::string_view prefix = prefix_of(line.level);
    out.append(prefix.data(), prefix.data() + prefix.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<JournalLevel>(); }

 private:
  static std::string_view prefix_of(spdlog::level::level_enum level) {
    switch (level) {
      case spdlog::level::trace:
      case spdlog::level::debug:
        return SD_DEBUG;
      case spdlog::level::warn:
        return SD_WARNING;
      case spdlog::level::err:
      case spdlog::level::critical:
        return SD_ERR;
      default:
        return SD_INFO;
    }
  }
};

std::unique_ptr<spdlog::formatter> formatter() {
  auto made = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  if (std::getenv("JOURNAL_STREAM") != nullptr) {
    made->add_flag<JournalLevel>('*');
    made->set_pattern("%*%v");
  } else {
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v");
  }
  return made;
}

spdlog::level::level_enum level_of(LogConfig::Level level) {
  switch (level) {
    case LogConfig::Level::debug:
      return spdlog::level::debug;
    case LogConfig::Level::info:
      return spdlog::level::info;
    case LogConfig::Level::warning:
      return spdlog::level::warn;
    case LogConfig::Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

spdlog::level::level_enum level_of(jobs::LogLevel level) {
  switch (level) {
    case jobs::LogLevel::debug:
      return spdlog::level::debug;
    case jobs::LogLevel::info:
      return spdlog::level::info;
    case jobs::LogLevel::warning:
      return spdlog::level::warn;
    case jobs::LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

LogLine open_log(const LogConfig& config) {
  const auto logger = std::make_shared<spdlog::logger>("jobsd", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(formatter());
  logger->set_level(level_of(config.level));
  return [logger](jobs::LogLevel level, std::string_view line) {
    logger->log(level_of(level), spdlog::string_view_t(line.data(), line.size()));
  };
}

}  // namespace jobsd
