#include "app/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <memory>

#include "app/journal.h"

namespace jobsd {
namespace {

std::unique_ptr<spdlog::formatter> formatter() {
  return std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
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
  return [logger, journal = is_journal(STDERR_FILENO)](jobs::LogLevel level, std::string_view line) {
    if (journal && logger->should_log(level_of(level)) && send_to_journal(journal_fields(level, line))) return;
    logger->log(level_of(level), spdlog::string_view_t(line.data(), line.size()));
  };
}

}  // namespace jobsd
