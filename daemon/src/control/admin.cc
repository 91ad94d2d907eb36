#include "control/admin.h"

#include <chrono>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

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

bool has(const json& request, const char* field) { return request.contains(field); }

jobs::Uuid uuid_of(const json& request, const char* field, const char* hint) {
  const auto id = jobs::Uuid::parse(text_of(request, field));
  if (!id) throw IdentityError(std::string(field) + ": expected the UUID that " + hint);
  return *id;
}

constexpr const char* user_hint = "\"jobsd user create\" printed";
constexpr const char* organization_hint = "\"jobsd organization create\" printed";
constexpr const char* key_hint = "\"jobsd key list\" prints";

std::optional<jobs::Uuid> optional_uuid_of(const json& request, const char* field, const char* hint) {
  return has(request, field) ? std::optional(uuid_of(request, field, hint)) : std::nullopt;
}

std::int64_t integer_of(const json& request, const char* field, std::int64_t least, std::int64_t most) {
  const json& value = request.at(field);
  if (!value.is_number_integer() || value.get<std::int64_t>() < least || value.get<std::int64_t>() > most) {
    throw IdentityError(std::string(field) + ": expected a whole number from " + std::to_string(least) + " to " +
                        std::to_string(most));
  }
  return value.get<std::int64_t>();
}

Role role_of(const json& request) {
  const auto role = parse_role(text_of(request, "role"));
  if (!role) throw IdentityError("role: expected member or admin");
  return *role;
}

// ---- Changes ----

json create_organization(Identity& identity, const json& request, const Actor& by) {
  allow(request, {"name"});
  return {{"id", identity.create_organization(text_of(request, "name"), by).id.to_string()}};
}

json create_user(Identity& identity, const json& request, const Actor& by) {
  allow(request, {"name", "time_zone", "attributes", "organization", "role"});
  NewUser user{.name = text_of(request, "name"),
               .time_zone = text_of(request, "time_zone"),
               .organization = optional_uuid_of(request, "organization", organization_hint)};
  if (has(request, "role")) user.role = role_of(request);
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
  return {{"id", identity.create_user(std::move(user), by).id.to_string()}};
}

json disable_user(Identity& identity, const json& request, const Actor& by) {
  allow(request, {"user"});
  identity.disable_user(uuid_of(request, "user", user_hint), true, by);
  return json::object();
}

json enable_user(Identity& identity, const json& request, const Actor& by) {
  allow(request, {"user"});
  identity.disable_user(uuid_of(request, "user", user_hint), false, by);
  return json::object();
}

json set_role(Identity& identity, const json& request, const Actor& by) {
  allow(request, {"user", "role"});
  identity.set_role(uuid_of(request, "user", user_hint), role_of(request), by);
  return json::object();
}

json create_key(Identity& identity, const json& request, const Actor& by) {
  allow(request, {"kind", "user", "organization", "name", "lifetime_ms"});
  const std::string& kind = text_of(request, "kind");
  NewToken token;
  if (kind == "personal") {
    token.kind = TokenKind::personal;
  } else if (kind != "organization") {
    throw IdentityError("kind: expected organization or personal");
  }
  token.user = optional_uuid_of(request, "user", user_hint);
  token.organization = optional_uuid_of(request, "organization", organization_hint);
  if (has(request, "name")) token.name = text_of(request, "name");
  if (has(request, "lifetime_ms")) {
    token.lifetime = std::chrono::milliseconds(integer_of(request, "lifetime_ms", 0, INT64_MAX));
  }
  return {{"token", identity.create_token(token, by)}};
}

json revoke_key(Identity& identity, const json& request, const Actor& by) {
  allow(request, {"key"});
  const jobs::Uuid key = uuid_of(request, "key", key_hint);
  if (!identity.revoke(key, {}, by)) {
    throw IdentityError("key: there is no key " + key.to_string() + "; see \"jobsd key list\"");
  }
  return json::object();
}

// ---- Lists ----

std::int64_t json_time(jobs::Time time) { return time.time_since_epoch().count(); }

template <typename Value>
json or_null(const std::optional<Value>& value) {
  if (!value) return nullptr;
  if constexpr (std::is_same_v<Value, jobs::Time>) {
    return json_time(*value);
  } else {
    return value->to_string();
  }
}

json to_json(const Organization& organization) {
  return {{"id", organization.id.to_string()}, {"name", organization.name}, {"created_at", json_time(organization.created_at)}};
}

json to_json(const User& user) {
  return {{"id", user.id.to_string()},
          {"organization", user.organization.to_string()},
          {"name", user.name},
          {"time_zone", user.time_zone},
          {"role", to_string(user.role)},
          {"disabled", user.disabled},
          {"created_at", json_time(user.created_at)}};
}

json to_json(const TokenRecord& token) {
  return {{"id", token.id.to_string()},
          {"organization", token.organization.to_string()},
          {"kind", to_string(token.kind)},
          {"user", or_null(token.user)},
          {"name", token.name},
          {"created_at", json_time(token.created_at)},
          {"expires_at", or_null(token.expires_at)},
          {"last_used_at", or_null(token.last_used_at)},
          {"revoked_at", or_null(token.revoked_at)}};
}

json to_json(const AuditRecord& act) {
  return {{"at", json_time(act.at)},
          {"organization", or_null(act.organization)},
          {"actor", act.actor},
          {"act", act.act},
          {"subject", act.subject.to_string()},
          {"detail", act.detail}};
}

// A page of full rows stays well below the longest line.
constexpr int page_size_max = 500;

template <typename Record>
json list(const Identity& identity, const json& request, std::initializer_list<std::string_view> fields,
          Page<Record> (*page_of)(jobs::Reader&, const ListFilter&)) {
  allow(request, fields);
  ListFilter filter{.organization = optional_uuid_of(request, "organization", organization_hint),
                    .user = optional_uuid_of(request, "user", user_hint),
                    .page_size = page_size_max};
  if (has(request, "cursor")) filter.cursor = integer_of(request, "cursor", 1, INT64_MAX);
  if (has(request, "page_size")) {
    filter.page_size = static_cast<int>(integer_of(request, "page_size", 1, page_size_max));
  }
  Page<Record> page;
  identity.read([&](jobs::Reader& reader) { page = page_of(reader, filter); });
  json items = json::array();
  for (const Record& record : page.items) items.push_back(to_json(record));
  return {{"items", std::move(items)}, {"next", page.next ? json(*page.next) : json()}};
}

json result_of(Identity& identity, const json& request, const Actor& by) {
  if (!request.is_object()) throw IdentityError("expected an object");
  const std::string& op = text_of(request, "op");
  if (op == "organization.create") return create_organization(identity, request, by);
  if (op == "organization.list") return list(identity, request, {"cursor", "page_size"}, list_organizations);
  if (op == "user.create") return create_user(identity, request, by);
  if (op == "user.list") return list(identity, request, {"organization", "cursor", "page_size"}, list_users);
  if (op == "user.disable") return disable_user(identity, request, by);
  if (op == "user.enable") return enable_user(identity, request, by);
  if (op == "user.role") return set_role(identity, request, by);
  if (op == "key.create") return create_key(identity, request, by);
  if (op == "key.list") return list(identity, request, {"organization", "user", "cursor", "page_size"}, list_tokens);
  if (op == "key.revoke") return revoke_key(identity, request, by);
  if (op == "audit.list") return list(identity, request, {"organization", "cursor", "page_size"}, list_audit);
  throw IdentityError("this daemon does not know the operation: is it of the same release?");
}

}  // namespace

json perform(Identity& identity, const json& request, const Actor& by) {
  try {
    return {{"ok", true}, {"result", result_of(identity, request, by)}};
  } catch (const std::exception& error) {
    return {{"ok", false}, {"error", error.what()}};
  }
}

}  // namespace jobsd
