// GET /users, /keys and /audit-log, POST /keys/{id}/revoke: what people administer in their own organization.
//
// An administrator is a user, so that the audit log has a name: an organization key, which sits in some application, is none.
#include <limits>
#include <nlohmann/json.hpp>

#include "api/await.h"
#include "api/routes.h"

namespace jobsd {
namespace {

using nlohmann::ordered_json;

void must_be_admin(const Call& call) {
  if (call.principal.role != Role::admin) throw forbidden("for the personal tokens of administrators");
}

// Whose tokens the caller may see and revoke: an administrator all of the organization's, a member the own ones.
RevokeScope tokens_of(const Call& call) {
  if (call.principal.kind != TokenKind::personal) throw forbidden("for personal tokens");
  RevokeScope scope{.organization = call.principal.organization};
  if (call.principal.role != Role::admin) scope.user = call.principal.user;
  return scope;
}

template <typename Record>
asio::awaitable<http::Response> list(Service& service, const Call& call, std::optional<jobs::Uuid> user,
                                     Page<Record> (*list_records)(jobs::Reader&, const ListFilter&),
                                     ordered_json (*shape)(const Record&)) {
  const ListFilter filter{.organization = call.principal.organization,
                          .user = user,
                          .cursor = query_number(call.request, "cursor", 1, std::numeric_limits<std::int64_t>::max()),
                          .page_size = page_size_of(call.request)};
  std::function<Page<Record>(jobs::Reader&)> look = [filter, list_records](jobs::Reader& reader) {
    return list_records(reader, filter);
  };
  const Page<Record> page = co_await read(service.parts.engine, std::move(look));
  ordered_json data = ordered_json::array();
  for (const Record& record : page.items) data.push_back(shape(record));
  co_return wire::json(200, wire::page(std::move(data), page.next));
}

asio::awaitable<bool> revoke(Identity& identity, jobs::Uuid key, RevokeScope scope, Actor by) {
  const auto found = std::make_shared<bool>(false);
  std::function<void(EngineDone)> start = [&identity, key, scope, by, found](EngineDone done) {
    identity.revoke_async(key, scope, by, [found, done = std::move(done)](const std::exception_ptr& error, bool is_there) {
      *found = is_there;
      done(error);
    });
  };
  co_await await_engine(std::move(start));
  co_return *found;
}

}  // namespace

asio::awaitable<http::Response> get_users(Service& service, const Call& call) {
  must_be_admin(call);
  auto response = co_await list(service, call, {}, list_users, wire::user);
  co_return response;
}

asio::awaitable<http::Response> get_keys(Service& service, const Call& call) {
  const RevokeScope scope = tokens_of(call);
  auto response = co_await list(service, call, scope.user, list_tokens, wire::key);
  co_return response;
}

asio::awaitable<http::Response> get_audit_log(Service& service, const Call& call) {
  must_be_admin(call);
  auto response = co_await list(service, call, {}, list_audit, wire::act);
  co_return response;
}

asio::awaitable<http::Response> revoke_key(Service& service, const Call& call) {
  const RevokeScope scope = tokens_of(call);
  const jobs::Uuid key = uuid_of(call, "keyId");
  const bool found = co_await revoke(service.parts.identity, key, scope, Actor::user(*call.principal.user));
  if (!found) throw not_found("Key");
  co_return wire::json(200, {{"id", key.to_string()}, {"revoked", true}});
}

}  // namespace jobsd
