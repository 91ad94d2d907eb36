// GET /ai/conversations and /ai/conversations/{id}.
#include <limits>
#include <nlohmann/json.hpp>

#include "api/await.h"
#include "api/routes.h"

namespace jobsd {

using nlohmann::ordered_json;

asio::awaitable<http::Response> list_all_conversations(Service& service, const Call& call) {
  const Viewer viewer = viewer_of(service, call);
  const auto before = query_number(call.request, "cursor", 1, std::numeric_limits<std::int64_t>::max());
  const int page_size = page_size_of(call.request);
  std::function<ConversationPage(jobs::Reader&)> look = [viewer, before, page_size](jobs::Reader& reader) {
    return list_conversations(reader, viewer, before, page_size);
  };
  const ConversationPage page = co_await read(service.parts.engine, std::move(look));
  ordered_json data = ordered_json::array();
  for (const Conversation& conversation : page.conversations) data.push_back(wire::conversation(conversation));
  co_return wire::json(200, wire::page(std::move(data), page.next));
}

asio::awaitable<http::Response> get_conversation(Service& service, const Call& call) {
  const jobs::Uuid id = uuid_of(call, "conversationId");
  const Viewer viewer = viewer_of(service, call);
  struct Found {
    std::optional<Conversation> conversation = {};
    std::vector<Message> messages = {};
  };
  std::function<Found(jobs::Reader&)> look = [id, viewer](jobs::Reader& reader) {
    Found found{.conversation = find_conversation(reader, id, viewer)};
    if (found.conversation) found.messages = messages_of(reader, *found.conversation);
    return found;
  };
  const Found found = co_await read(service.parts.engine, std::move(look));
  if (!found.conversation) throw not_found("Conversation");
  ordered_json body = wire::conversation(*found.conversation);
  body["messages"] = ordered_json::array();
  for (const Message& message : found.messages) body["messages"].push_back(wire::message(message));
  co_return wire::json(200, body);
}

}  // namespace jobsd
