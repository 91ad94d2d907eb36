// The API's own description, schema/openapi.yaml, as the tests hold it against what the daemon does.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

// "GET /api/v1/ai/jobs/{id}" -> the statuses that are described.
const std::map<std::string, std::set<int>>& described_operations();

// The description's path that `path` is an instance of; empty when there is none.
std::string described_path(std::string_view path);
