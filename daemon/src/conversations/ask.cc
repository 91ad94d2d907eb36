#include <nlohmann/json.hpp>
#include <stdexcept>

#include "conversations/conversations.h"

namespace jobsd {
namespace {

using nlohmann::json;

json id_or_null(const std::optional<jobs::Uuid>& id) { return id ? json(id->to_string()) : json(nullptr); }

jobs::Uuid id_in(const json& object, const char* name) {
  const auto id = jobs::Uuid::parse(object.at(name).get_ref<const std::string&>());
  if (!id) throw std::invalid_argument(std::string("payload: ") + name + " is not a UUID");
  return *id;
}

std::optional<jobs::Uuid> optional_id_in(const json& object, const char* name) {
  if (object.at(name).is_null()) return std::nullopt;
  return id_in(object, name);
}

}  // namespace

std::string Ask::to_payload() const {
  const json payload = {{"prompt", prompt},
                        {"modelId", model.to_string()},
                        {"branchId", id_or_null(branch)},
                        {"topicName", topic},
                        {"organizationId", organization.to_string()},
                        {"userId", id_or_null(user)},
                        {"conversationId", conversation.to_string()}};
  return payload.dump();
}

Ask Ask::from_payload(std::string_view payload) {
  try {
    const json object = json::parse(payload);
    return Ask{.prompt = object.at("prompt").get<std::string>(),
               .model = id_in(object, "modelId"),
               .branch = optional_id_in(object, "branchId"),
               .topic = object.at("topicName").get<std::string>(),
               .organization = id_in(object, "organizationId"),
               .user = optional_id_in(object, "userId"),
               .conversation = id_in(object, "conversationId")};
  } catch (const json::exception& error) {
    throw std::invalid_argument(std::string("payload: ") + error.what());
  }
}

}  // namespace jobsd
