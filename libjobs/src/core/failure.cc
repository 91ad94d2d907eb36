#include "core/failure.h"

#include "core/utf8.h"

namespace jobs {
namespace {

constexpr std::size_t code_bytes_max = 255;
constexpr std::size_t message_bytes_max = 4 * 1024;
constexpr std::size_t detail_bytes_max = 16 * 1024;

void cut(std::string& text, std::size_t bytes_max) {
  if (text.size() > bytes_max) text = utf8_prefix(text, bytes_max);
}

}  // namespace

Failure bounded(Failure failure) {
  cut(failure.code, code_bytes_max);
  cut(failure.message, message_bytes_max);
  cut(failure.detail, detail_bytes_max);
  return failure;
}

Failure deadline_exceeded(const std::optional<Failure>& own) {
  if (own && own->code == "deadline_exceeded") return *own;
  Failure failure = {.code = "deadline_exceeded", .message = "The job had not ended by its deadline."};
  if (own) failure.detail = own->code + ": " + own->message;
  return failure;
}

}  // namespace jobs
