// Both read the stored log and only then wait: a ticket taken before the read makes sure that nothing is missed in between.
// A stream that has caught up with the log goes on with the events its ticket was told, which all streams of the job share. It
// holds no snapshot of the store while it waits or writes.
#include "api/events.h"

#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

#include "api/await.h"
#include "api/routes.h"
#include "http/media_type.h"

namespace jobsd {
namespace {

using nlohmann::ordered_json;

constexpr int events_at_once = 200;
// A stream that is slower than its job by more goes back to the log.
constexpr std::size_t events_kept = 50;
constexpr auto comment_every = std::chrono::seconds(15);
constexpr std::int64_t wait_seconds_max = 60;

bool is_last(const jobs::Event& event) {
  return event.type == jobs::EventType::completed || event.type == jobs::EventType::failed ||
         event.type == jobs::EventType::cancelled;
}

struct Page {
  bool job = false;
  // No event will follow those of this page.
  bool done = false;
  std::vector<jobs::Event> events = {};
  // The job's.
  std::string trace = {};
};

asio::awaitable<Page> read_page(Service& service, jobs::JobId id, FindJob find, std::int64_t after) {
  std::function<Page(jobs::Reader&)> look = [id, find = std::move(find), after](jobs::Reader& reader) -> Page {
    const auto job = find(reader, id);
    if (!job) return {};
    Page page{.job = true, .events = reader.events(id, after, events_at_once), .trace = job->trace};
    page.done = jobs::is_terminal(job->state) && static_cast<int>(page.events.size()) < events_at_once;
    return page;
  };
  Page page = co_await read(service.parts.engine, std::move(look));
  if (!page.job) throw not_found("Job");
  if (!page.events.empty() && is_last(page.events.back())) page.done = true;
  co_return page;
}

std::shared_ptr<JobWatch::Ticket> watch(Service& service, const Call& call, const jobs::JobId& id, std::size_t keeps = 0) {
  auto ticket = service.watch.watch(id, keeps);
  call.request.on_gone([weak = std::weak_ptr(ticket)] {
    if (const auto waiting = weak.lock()) waiting->interrupt();
  });
  return ticket;
}

asio::awaitable<http::Response> as_json(Service& service, const Call& call, jobs::JobId id, FindJob find) {
  const auto after = query_number(call.request, "after", 0, std::numeric_limits<std::int64_t>::max()).value_or(0);
  const std::chrono::seconds wait(query_number(call.request, "wait", 0, wait_seconds_max).value_or(0));
  const auto until = std::chrono::steady_clock::now() + wait;
  const auto ticket = wait.count() > 0 ? watch(service, call, id) : nullptr;
  Page page = co_await read_page(service, id, find, after);
  while (ticket && page.events.empty() && !page.done) {
    const bool happened = co_await ticket->wait(until);
    if (!happened) break;
    page = co_await read_page(service, id, find, after);
  }
  must_still_stand(service, call);
  ordered_json data = ordered_json::array();
  for (const jobs::Event& event : page.events) data.push_back(wire::event(event, page.trace));
  ordered_json body;
  body["data"] = std::move(data);
  body["lastId"] = page.events.empty() ? after : page.events.back().id;
  body["done"] = page.done;
  co_return wire::json(200, body);
}

// A stream of one client.
struct Stream {
  Service& service;
  jobs::JobId id = {};
  FindJob find = {};
  Principal principal = {};
  std::int64_t after = 0;
  std::shared_ptr<JobWatch::Ticket> ticket = {};
  // It has had all that is in the log; what comes now its ticket is told.
  bool caught_up = false;
  // The job's.
  std::string trace = {};
  bool done = false;
  // Counted for as long as it is kept.
  std::shared_ptr<int> place = {};
};

constexpr int retry_after_streams_seconds = 5;
// What a stream ends with when the server stops: a note to people, and for EventSource how long to wait before it connects again.
constexpr std::string_view stopping_note = ": the server is stopping; connect again with Last-Event-ID\nretry: 5000\n\n";

// What it ends with when its token is revoked or over.
constexpr std::string_view revoked_note = ": the token is not valid any more\n\n";

// A place among the streams that may be open. Throws ApiError 503.
std::shared_ptr<int> take_place(const Service& service) {
  if (*service.streams >= service.parts.config.api.streams_max) {
    throw unavailable("too_many_streams", "Too many event streams are open. Ask for pages of JSON, or try again later.",
                      retry_after_streams_seconds);
  }
  ++*service.streams;
  return {service.streams.get(), [streams = service.streams](int* count) { --*count; }};
}

std::string as_text(const jobs::Event& event, const std::string& trace) {
  std::string text = "id: " + std::to_string(event.id) + "\nevent: ";
  text += jobs::to_string(event.type);
  text += "\ndata: " + wire::event(event, trace).dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n\n";
  return text;
}

// What the log has after the events that the stream has had.
asio::awaitable<std::string> read_on(Stream& stream) {
  Page page = co_await read_page(stream.service, stream.id, stream.find, stream.after);
  stream.caught_up = static_cast<int>(page.events.size()) < events_at_once;
  stream.trace = std::move(page.trace);
  stream.done = page.done;
  std::string text;
  for (const jobs::Event& event : page.events) text += as_text(event, stream.trace);
  if (!page.events.empty()) stream.after = page.events.back().id;
  co_return text;
}

// What its ticket was told. Some of it may have been in the log when that was read.
std::string go_on(Stream& stream, const std::vector<std::shared_ptr<ToldEvent>>& news) {
  std::string text;
  for (const auto& told : news) {
    if (told->event.id <= stream.after) continue;
    if (told->text.empty()) told->text = as_text(told->event, stream.trace);
    text += told->text;
    stream.after = told->event.id;
    stream.done = is_last(told->event);
  }
  return text;
}

asio::awaitable<std::string> next_events(Stream& stream) {
  if (stream.caught_up) {
    if (const auto news = stream.ticket->news()) co_return go_on(stream, *news);
  }
  std::string text = co_await read_on(stream);
  co_return text;
}

asio::awaitable<std::string> next_piece(std::shared_ptr<Stream> stream) {
  while (!stream->done) {
    std::string events = co_await next_events(*stream);
    if (!stream->service.parts.identity.stands(stream->principal)) {  // Not one event more.
      stream->done = true;
      co_return std::string(revoked_note);
    }
    if (!events.empty()) co_return events;
    if (stream->done) break;
    const auto comment_at = std::chrono::steady_clock::now() + comment_every;
    const bool happened = co_await stream->ticket->wait(comment_at);
    if (happened) continue;
    if (std::chrono::steady_clock::now() < comment_at) {  // The server stops, or the client is gone.
      stream->done = true;
      if (stream->service.watch.closed()) co_return std::string(stopping_note);
      break;
    }
    stream->caught_up = false;  // A queue may keep no events, and a job may be gone: of that nothing is told.
    co_return std::string(": still here\n\n");
  }
  co_return std::string();
}

std::int64_t last_event_id(const http::Request& request) {
  const auto text = request.headers.find("Last-Event-ID");
  if (!text || text->empty()) return 0;
  std::int64_t id = 0;
  const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), id);
  if (problem != std::errc() || end != text->data() + text->size() || id < 0) {
    throw bad_field("Last-Event-ID", "must be the id of an event");
  }
  return id;
}

asio::awaitable<http::Response> as_stream(Service& service, const Call& call, jobs::JobId id, FindJob find) {
  const auto stream = std::make_shared<Stream>(
      Stream{.service = service, .id = id, .find = find, .principal = call.principal, .after = last_event_id(call.request),
             .place = take_place(service)});
  stream->ticket = watch(service, call, id, events_kept);
  const Page existing = co_await read_page(service, id, find, std::numeric_limits<std::int64_t>::max());
  static_cast<void>(existing);
  http::Response response;
  response.headers.add("Content-Type", "text/event-stream");
  response.headers.add("Cache-Control", "no-store");
  response.stream = [stream] { return next_piece(stream); };
  co_return response;
}

bool wants_stream(const http::Request& request) {
  const auto accept = request.headers.find("Accept");
  return accept && accept->find("text/event-stream") != std::string_view::npos &&
         http::accepts(*accept, "text/event-stream");
}

}  // namespace

asio::awaitable<http::Response> answer_events(Service& service, const Call& call, FindJob find) {
  const jobs::JobId id = job_id_of(call);
  if (wants_stream(call.request)) {
    auto response = co_await as_stream(service, call, id, std::move(find));
    co_return response;
  }
  auto response = co_await as_json(service, call, id, std::move(find));
  co_return response;
}

asio::awaitable<http::Response> get_events(Service& service, const Call& call) {
  FindJob find = [viewer = viewer_of(service, call)](jobs::Reader& reader, const jobs::JobId& id) -> std::optional<jobs::Job> {
    auto found = find_job(reader, id, viewer);
    if (!found) return std::nullopt;
    return std::move(found->job);
  };
  auto response = co_await answer_events(service, call, std::move(find));
  co_return response;
}

}  // namespace jobsd
