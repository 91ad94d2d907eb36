#include "http/request_id.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <random>

#include "http/characters.h"

namespace http {
namespace {

constexpr std::size_t request_id_bytes_max = 128;

}  // namespace

bool is_request_id(std::string_view text) {
  return !text.empty() && text.size() <= request_id_bytes_max && std::all_of(text.begin(), text.end(), [](char c) {
    return characters::is(c, characters::alphanumeric) ||
           std::string_view("-._~:+/=@").find(c) != std::string_view::npos;
  });
}

RequestIds::RequestIds() {
  // For telling processes apart, not a secret.
  std::random_device random;
  constexpr std::string_view digits = "0123456789abcdef";
  for (int i = 0; i < 12; ++i) prefix_ += digits[random() % digits.size()];
  prefix_ += '-';
}

std::string RequestIds::next() {
  char digits[16];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), ++count_, 16).ptr;
  return prefix_ + std::string(std::begin(digits), end);
}

}  // namespace http
