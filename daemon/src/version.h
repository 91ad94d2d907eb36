// version.h - the release this daemon was built from.
#pragma once

#include <string_view>

namespace jobsd {

std::string_view version();

}  // namespace jobsd
