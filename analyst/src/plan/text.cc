#include "plan/text.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "plan/token.h"

namespace analyst::planning {
namespace {

bool ends(std::string_view word, std::string_view tail) {
  return word.ends_with(tail);
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> irregular = {{
    {"people", "person"},
    {"men", "man"},
    {"women", "woman"},
    {"children", "child"},
    {"countries", "country"},
    {"series", "series"},
    {"movies", "movie"},
    {"cookies", "cookie"},
}};

}  // namespace

std::string lower(std::string_view text) {
  std::string out(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto byte = static_cast<unsigned char>(out[i]);
    if (byte >= 'A' && byte <= 'Z') {
      out[i] = static_cast<char>(byte + 32);
    } else if (byte == 0xC3 && i + 1 < out.size()) {
      // U+00C0 to U+00DE, without the multiplication sign.
      const auto next = static_cast<unsigned char>(out[i + 1]);
      if (next >= 0x80 && next <= 0x9E && next != 0x97) out[i + 1] = static_cast<char>(next + 0x20);
      ++i;
    }
  }
  return out;
}

std::string singular(std::string_view word) {
  for (const auto& [many, one] : irregular) {
    if (word == many) return std::string(one);
  }
  if (word.size() <= 3 || !ends(word, "s")) return std::string(word);
  if (ends(word, "ss") || ends(word, "us") || ends(word, "is")) return std::string(word);
  if (ends(word, "ies") && word.size() > 4) return std::string(word.substr(0, word.size() - 3)) + "y";
  for (const std::string_view tail : {"sses", "shes", "ches", "xes", "zzes", "tuses", "nuses"}) {
    if (ends(word, tail)) return std::string(word.substr(0, word.size() - 2));
  }
  return std::string(word.substr(0, word.size() - 1));
}

std::string stems(std::string_view phrase) {
  std::string out;
  for (const Token& token : tokenise(phrase)) {
    if (token.kind == Token::Kind::comma) continue;
    if (!out.empty()) out += ' ';
    out += token.stem;
  }
  return out;
}

int edits(std::string_view left, std::string_view right, int limit) {
  const auto difference = std::abs(static_cast<long>(left.size()) - static_cast<long>(right.size()));
  if (difference > limit) return limit + 1;
  std::vector<int> row(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j) row[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= left.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i);
    int best = row[0];
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const int above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (left[i - 1] == right[j - 1] ? 0 : 1)});
      diagonal = above;
      best = std::min(best, row[j]);
    }
    if (best > limit) return limit + 1;
  }
  return std::min(row[right.size()], limit + 1);
}

std::string list_in_words(const std::vector<std::string>& items, std::string_view last) {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += i + 1 == items.size() ? " " + std::string(last) + " " : std::string(", ");
    out += items[i];
  }
  return out;
}

}  // namespace analyst::planning
