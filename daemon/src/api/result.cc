// GET /ai/jobs/{id}/result and /vis.
#include <algorithm>

#include "api/await.h"
#include "api/result_stream.h"
#include "api/routes.h"
#include "http/media_type.h"

namespace jobsd {
namespace {

// A stored document being sent. The text is kept once, however many pieces are under way.
struct Sending {
  std::string document = {};
  bool typed = false;
  std::size_t sent = 0;
  PlainProfile plain = {};

  std::string next() {
    while (sent < document.size()) {
      const auto piece = std::string_view(document).substr(sent, result_piece_bytes);
      sent += piece.size();
      std::string out = typed ? std::string(piece) : plain.feed(piece);
      // A piece may be cut out whole, and an empty one would end the body.
      if (!out.empty()) return out;
    }
    return {};
  }
};

asio::awaitable<std::string> next_piece(std::shared_ptr<Sending> sending) { co_return sending->next(); }

bool wants_typed(const http::Request& request) {
  const auto accepted = http::parse_accept(request.headers.find("Accept").value_or(""));
  return std::any_of(accepted.begin(), accepted.end(),
                     [](const http::MediaType& type) { return type.parameter("profile") == "typed"; });
}

}  // namespace

asio::awaitable<http::Response> get_result(Service& service, const Call& call) {
  const jobs::JobId id = job_id_of(call);
  const Viewer viewer = viewer_of(service, call);
  using Document = std::shared_ptr<std::string>;
  struct Found {
    bool job = false;
    Document document = {};
  };
  std::function<Found(jobs::Reader&)> look = [id, viewer](jobs::Reader& reader) -> Found {
    const auto job = find_job(reader, id, viewer);
    if (!job) return {};
    if (job->job.state != jobs::State::complete) return {.job = true};
    auto output = reader.output(id);
    return {.job = true, .document = output ? std::make_shared<std::string>(std::move(*output)) : nullptr};
  };
  const Found found = co_await read(service.parts.engine, std::move(look));
  if (!found.job) throw not_found("Job");
  if (!found.document) throw not_found("Result");

  const auto sending = std::make_shared<Sending>();
  sending->document = std::move(*found.document);
  sending->typed = wants_typed(call.request);
  http::Response response;
  response.headers.add("Content-Type", sending->typed ? "application/json; profile=typed" : "application/json");
  response.headers.add("Cache-Control", "private, no-store");
  response.headers.add("Vary", "Accept");
  if (sending->document.size() <= result_piece_bytes) {
    response.body = sending->next();
  } else {
    response.stream = [sending] { return next_piece(sending); };
  }
  co_return response;
}

asio::awaitable<http::Response> get_chart(Service& service, const Call& call) {
  job_id_of(call);
  viewer_of(service, call);
  throw not_found("Chart");
  co_return http::Response{};
}

}  // namespace jobsd
