#include "control/admin.h"

#include <exception>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "identity/identity.h"
#include "jobs/error.h"

namespace jobsd {
namespace {

using nlohmann::json;

const std::string& text_of(const json& request, const char* field) {
  const auto found = request.find(field);
  if (found == request.end() || !found->is_string()) throw IdentityError(std::string(field) + ": expected a text");
  return found->get_ref<const std::string&>();
}

void allow(const json& request, std::initializer_list<std::string_view> fields) {
  for (const auto& item : request.items()) {
    bool known = item.key() == "op";
    for (const std::string_view field : fields) known = known || item.key() == field;
    if (!known) throw IdentityError("this daemon does not know the field of the request: is it of the same release?");
  }
}

json create_user(Identity& identity, const json& request) {
  allow(request, {"name", "time_zone", "attributes"});
  NewUser user{.name = text_of(request, "name"), .time_zone = text_of(request, "time_zone")};
  if (const auto attributes = request.find("attributes"); attributes != request.end()) {
    if (!attributes->is_object()) throw IdentityError("attributes: expected an object");
    for (const auto& item : attributes->items()) {
      if (!item.value().is_array()) throw IdentityError("attributes: expected lists of values");
      for (const json& value : item.value()) {
        if (!value.is_string()) throw IdentityError("attributes: expected texts");
        user.attributes[item.key()].push_back(value.get<std::string>());
      }
    }
  }
  return {{"id", identity.create_user(std::move(user)).id.to_string()}};
}

json create_key(Identity& identity, const json& request) {
  allow(request, {"kind", "user"});
  const std::string& kind = text_of(request, "kind");
  NewToken token;
  if (kind == "personal") {
    token.kind = Principal::Kind::personal;
  } else if (kind != "organization") {
    throw IdentityError("kind: expected organization or personal");
  }
  if (request.contains("user")) {
    token.user = jobs::Uuid::parse(text_of(request, "user"));
    if (!token.user) throw IdentityError("user: expected the UUID that \"jobsd user create\" printed");
  }
  return {{"token", identity.create_token(token)}};
}

json result_of(Identity& identity, const json& request) {
  if (!request.is_object()) throw IdentityError("expected an object");
  const std::string& op = text_of(request, "op");
  if (op == "user.create") return create_user(identity, request);
  if (op == "key.create") return create_key(identity, request);
  throw IdentityError("this daemon does not know the operation: is it of the same release?");
}

}  // namespace

json perform(Identity& identity, const json& request) {
  try {
    return {{"ok", true}, {"result", result_of(identity, request)}};
  } catch (const std::exception& error) {
    return {{"ok", false}, {"error", error.what()}};
  }
}

}  // namespace jobsd
