// The semantic query: read from JSON, compiled for a small shop, and run in SQLite.
//
// A query is refused in words, or it is SQL that SQLite takes; that there is a third way is what this looks for.
#include <nlohmann/json.hpp>

#include "analyst/compile/shop.h"
#include "analyst/error.h"
#include "fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using analyst::Errc;
  using fuzz::require;
  static const analyst::test::Shop shop;
  const auto json = nlohmann::json::parse(fuzz::text_of(data, size), nullptr, false);
  if (json.is_discarded()) return 0;
  try {
    analyst::SemanticQuery query = analyst::query_from_json(json);
    query.limit = std::min(query.limit, 50);
    const auto rows = shop.ask(query);
    require(rows.size() <= 50, "a query has no more rows than its limit");
    const auto written = analyst::query_to_json(query);
    require(analyst::query_to_json(analyst::query_from_json(written)) == written, "what is written is read as it was");
  } catch (const analyst::Error& error) {
    require(error.code() == Errc::bad_query || error.code() == Errc::not_allowed, "a refusal is the query's own fault");
  }
  return 0;
}
