#include "api/prefer.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>

namespace jobsd {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::chrono::seconds wait_in(std::string_view preference) {
  constexpr std::string_view name = "wait=";
  if (!preference.starts_with(name)) return {};
  preference.remove_prefix(name.size());
  if (preference.size() >= 2 && preference.front() == '"' && preference.back() == '"') {
    preference = preference.substr(1, preference.size() - 2);
  }
  std::uint32_t seconds = 0;
  const char* const end = preference.data() + preference.size();
  const auto [stop, problem] = std::from_chars(preference.data(), end, seconds);
  if (stop != end) return {};
  if (problem == std::errc::result_out_of_range) return wait_max;
  if (problem != std::errc()) return {};
  return std::min<std::chrono::seconds>(std::chrono::seconds(seconds), wait_max);
}

}  // namespace

std::chrono::seconds preferred_wait(const http::Headers& headers) {
  std::string_view rest = headers.find("Prefer").value_or("");
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    const auto wait = wait_in(trimmed(rest.substr(0, comma)));
    if (wait.count() > 0) return wait;
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  return {};
}

}  // namespace jobsd
