// GET /ai/jobs/{id}/result and /vis.
#include <stdexcept>

#include "api/await.h"
#include "api/result_stream.h"
#include "api/routes.h"
#include "http/gzip.h"

namespace jobsd {
namespace {

// A stored document being sent. A piece of it is in memory at a time, and no snapshot of the store is held in between: the
// result of a COMPLETE job never changes.
struct Sending {
  const jobs::Engine& engine;
  jobs::JobId id = {};
  bool typed = false;
  // Read already, and not sent.
  std::string piece = {};
  std::size_t read = 0;
  PlainProfile plain = {};

  std::string profiled() {
    std::string out = typed ? std::move(piece) : plain.feed(piece);
    piece.clear();
    return out;
  }
};

std::function<std::optional<std::string>(jobs::Reader&)> piece_reader(const jobs::JobId& id, std::size_t offset) {
  return [id, offset](jobs::Reader& reader) { return reader.output_piece(id, offset, result_piece_bytes); };
}

asio::awaitable<std::string> next_piece(std::shared_ptr<Sending> sending) {
  while (true) {
    if (sending->piece.empty()) {
      auto piece = co_await read(sending->engine, piece_reader(sending->id, sending->read));
      // Its time to be kept is over. The client must not take a part for the whole.
      if (!piece) throw std::runtime_error("a result went while it was being sent");
      if (piece->empty()) co_return std::string();
      sending->read += piece->size();
      sending->piece = std::move(*piece);
    }
    std::string out = sending->profiled();
    // A piece may be cut out whole, and an empty one would end the body.
    if (!out.empty()) co_return out;
  }
}

// Of the bytes that a profile sends. The format may change between releases, the result of a job does not.
std::string etag_of(const jobs::JobId& id, bool typed) {
  constexpr std::string_view format = "1";
  return '"' + std::string(format) + '-' + id.to_string() + (typed ? "-typed" : "") + '"';
}

}  // namespace

asio::awaitable<http::Response> get_result(Service& service, const Call& call) {
  const jobs::JobId id = job_id_of(call);
  const Viewer viewer = viewer_of(service, call);
  struct Found {
    bool job = false;
    std::optional<std::string> piece = {};
  };
  std::function<Found(jobs::Reader&)> look = [id, viewer](jobs::Reader& reader) -> Found {
    const auto job = find_job(reader, id, viewer);
    if (!job) return {};
    return {.job = true, .piece = piece_reader(id, 0)(reader)};
  };
  Found found = co_await read(service.parts.engine, std::move(look));
  if (!found.job) throw not_found("Job");
  if (!found.piece) throw not_found("Result");

  const bool typed = wants_typed(call.request);
  http::Response response;
  response.headers.add("ETag", etag_of(id, typed));
  // To be kept by its user alone, and asked for again each time: the token may have gone.
  response.headers.add("Cache-Control", "private, no-cache");
  response.headers.add("Vary", "Accept");
  if (http::none_match_names(call.request.headers.find("If-None-Match").value_or(""), etag_of(id, typed))) {
    response.status = 304;
    co_return response;
  }
  response.headers.add("Content-Type", typed ? "application/json; profile=typed" : "application/json");
  const auto sending = std::make_shared<Sending>(Sending{.engine = service.parts.engine, .id = id, .typed = typed});
  sending->read = found.piece->size();
  sending->piece = std::move(*found.piece);
  if (sending->read < result_piece_bytes) {
    response.body = sending->profiled();
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
