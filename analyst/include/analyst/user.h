// analyst/user.h - on whose behalf a question is answered.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace analyst {

struct User {
  std::string id = {};
  // Each attribute may have several values. Access filters and grants refer to them by name.
  std::map<std::string, std::vector<std::string>> attributes = {};
  // IANA name. "This month" is computed in it.
  std::string time_zone = "UTC";
};

}  // namespace analyst
