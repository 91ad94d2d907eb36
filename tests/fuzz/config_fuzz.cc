// The configuration file: read, or refused with problems that say where.
#include "config/config.h"
#include "fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using fuzz::require;
  try {
    const jobsd::Config config = jobsd::parse_config(fuzz::text_of(data, size), "/srv/jobsd.yaml");
    require(config.data_dir.is_absolute(), "the data are in an absolute place");
    require(config.workers >= 1 && config.api.body_bytes_max > 0, "a limit that was read is within its range");
    for (const auto& model : config.models) {
      require(config.connection(model.connection) != nullptr, "a model has its connection");
    }
  } catch (const jobsd::ConfigError& error) {
    require(!error.problems().empty(), "a refusal says why");
    for (const auto& problem : error.problems()) require(problem.line >= 1 && problem.column >= 1, "a problem has a place");
  }
  return 0;
}
