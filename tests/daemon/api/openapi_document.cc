#include "openapi_document.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <vector>

namespace {

std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto slash = path.find('/');
    parts.emplace_back(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash);
  }
  return parts;
}

bool is_instance(std::string_view path, std::string_view pattern) {
  const auto is = segments(path);
  const auto want = segments(pattern);
  return std::equal(is.begin(), is.end(), want.begin(), want.end(), [](const std::string& a, const std::string& b) {
    return a == b || (b == "{id}" && !a.empty());
  });
}

}  // namespace

const std::map<std::string, std::set<int>>& described_operations() {
  static const auto operations = [] {
    std::map<std::string, std::set<int>> found;
    for (const auto& path : YAML::LoadFile(OPENAPI_FILE)["paths"]) {
      for (const auto& operation : path.second) {
        std::string method = operation.first.as<std::string>();
        if (method == "parameters") continue;
        std::transform(method.begin(), method.end(), method.begin(),
                       [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        auto& statuses = found[method + " " + path.first.as<std::string>()];
        for (const auto& response : operation.second["responses"]) statuses.insert(response.first.as<int>());
      }
    }
    return found;
  }();
  return operations;
}

std::string described_path(std::string_view path) {
  for (const auto& [operation, statuses] : described_operations()) {
    const auto pattern = std::string_view(operation).substr(operation.find(' ') + 1);
    if (is_instance(path, pattern)) return std::string(pattern);
  }
  return {};
}
