// model/grants.h - what stands in required_access_grants.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace analyst {

// "a|b&c" is {{a}, {b, c}}: any of the lists, all of a list's names. Blanks around names do not count.
std::vector<std::vector<std::string>> parse_grant_expression(std::string_view expression);

}  // namespace analyst
