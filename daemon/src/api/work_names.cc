#include "api/work_names.h"

namespace jobsd {

std::string work_name(const jobs::Uuid& organization, std::string_view name) {
  return organization.to_string().append("/").append(name);
}

std::optional<std::string> own_name(const jobs::Uuid& organization, std::string_view engine_name) {
  const std::string front = work_name(organization, {});
  if (!engine_name.starts_with(front)) return std::nullopt;
  return std::string(engine_name.substr(front.size()));
}

std::string work_tag(const jobs::Uuid& organization) { return work_name(organization, {}); }

std::string work_key(const jobs::Uuid& organization, std::string_view key) { return work_name(organization, key); }

}  // namespace jobsd
