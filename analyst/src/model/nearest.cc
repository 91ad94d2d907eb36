#include "model/nearest.h"

#include <algorithm>
#include <cctype>

namespace analyst {
namespace {

// Longer words are somebody's paragraph, not a misspelt name; the cost of comparing is quadratic.
constexpr std::size_t word_bytes_max = 128;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

}  // namespace

int edit_distance(std::string_view a, std::string_view b) {
  // Three rows of the optimal string alignment table are enough.
  std::vector<int> before(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) previous[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int substitution = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, substitution});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
    }
    std::swap(before, previous);
    std::swap(previous, current);
  }
  return previous[b.size()];
}

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.empty() || word.size() > word_bytes_max) return std::nullopt;
  const std::string wanted = lower(word);
  // One slip in a short word, a third of the letters in a long one.
  const int distance_max = std::max(1, static_cast<int>(word.size()) / 3);
  std::optional<std::string> best;
  int best_distance = distance_max + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.empty() || candidate.size() > word_bytes_max) continue;
    const int distance = edit_distance(wanted, lower(candidate));
    // People rarely miss the first letter.
    const bool starts_alike = lower(candidate.substr(0, 1)) == wanted.substr(0, 1);
    const bool best_starts_alike = best && lower(best->substr(0, 1)) == wanted.substr(0, 1);
    if (distance < best_distance || (best && distance == best_distance && starts_alike && !best_starts_alike)) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const auto best = nearest(word, candidates);
  return best ? "; did you mean \"" + *best + "\"?" : "";
}

}  // namespace analyst
