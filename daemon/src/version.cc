#include "version.h"

namespace jobsd {

std::string_view version() { return JOBS_VERSION; }

}  // namespace jobsd
