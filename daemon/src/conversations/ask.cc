#include <nlohmann/json.hpp>
#include <stdexcept>

#include "conversations/conversations.h"

namespace jobsd {
namespace {

using nlohmann::json;

std::string quoted(const jobs::Uuid& id) { return '"' + id.to_string() + '"'; }

std::string quoted_or_null(const std::optional<jobs::Uuid>& id) { return id ? quoted(*id) : "null"; }

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

std::string Ask::payload_before_conversation() const {
  std::string text = R"({"prompt":)" + json(prompt).dump();
  text.append(R"(,"modelId":)").append(quoted(model));
  text.append(R"(,"branchId":)").append(quoted_or_null(branch));
  text.append(R"(,"topicName":)").append(json(topic).dump());
  text.append(R"(,"organizationId":)").append(quoted(organization));
  text.append(R"(,"userId":)").append(quoted_or_null(user));
  return text;
}

std::string Ask::whole_payload(std::string_view before_conversation, const jobs::Uuid& conversation) {
  std::string text;
  text.reserve(before_conversation.size() + 64);
  text.append(before_conversation).append(R"(,"conversationId":)").append(quoted(conversation)).append("}");
  return text;
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
