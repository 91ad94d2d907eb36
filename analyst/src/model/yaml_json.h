// model/yaml_json.h - a piece of a YAML file as JSON, typed as YAML's core schema types plain values.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "model/document.h"

namespace analyst {

nlohmann::json to_json(const YamlNode& node);

}  // namespace analyst
