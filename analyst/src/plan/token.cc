#include "plan/token.h"

#include <cmath>
#include <cstdlib>

#include "plan/text.h"

namespace analyst::planning {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}
bool is_word(char c) {
  return is_letter(c) || is_digit(c);
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  Tokens run() {
    while (at_ < text_.size()) one();
    return std::move(tokens_);
  }

 private:
  char peek(std::size_t offset = 0) const { return at_ + offset < text_.size() ? text_[at_ + offset] : '\0'; }
  bool starts(std::string_view with) const { return text_.substr(at_).starts_with(with); }

  void add(Token token, std::size_t end) {
    token.begin = at_;
    token.end = end;
    if (token.text.empty()) token.text = std::string(text_.substr(at_, end - at_));
    if (token.lower.empty()) token.lower = lower(token.text);
    if (token.stem.empty()) token.stem = token.kind == Token::Kind::word ? singular(token.lower) : token.lower;
    tokens_.push_back(std::move(token));
    at_ = end;
  }

  void symbol(std::string_view word, std::size_t size) {
    Token token;
    token.lower = token.stem = std::string(word);
    add(std::move(token), at_ + size);
  }

  bool quoted(std::string_view open, std::string_view close) {
    if (!starts(open)) return false;
    const auto from = at_ + open.size();
    const auto until = text_.find(close, from);
    if (until == std::string_view::npos || until == from || until - from > 200) return false;
    Token token;
    token.kind = Token::Kind::quoted;
    token.text = std::string(text_.substr(from, until - from));
    if (close != "'") token.stem = stems(token.text);
    if (token.stem.empty()) token.stem = lower(token.text);
    add(std::move(token), until + close.size());
    return true;
  }

  bool date() {
    constexpr std::string_view shape = "dddd-dd-dd";
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (shape[i] == 'd' ? !is_digit(peek(i)) : peek(i) != shape[i]) return false;
    }
    if (is_word(peek(shape.size()))) return false;
    Token token;
    token.kind = Token::Kind::date;
    add(std::move(token), at_ + shape.size());
    return true;
  }

  // The currency sign, if any, stands at `at_`; its size is `sign`.
  bool number(std::size_t sign) {
    std::size_t i = sign;
    if (!is_digit(peek(i))) return false;
    std::string digits;
    bool fraction = false;
    for (;; ++i) {
      if (is_digit(peek(i))) {
        digits += peek(i);
      } else if (!fraction && peek(i) == ',' && is_digit(peek(i + 1)) && is_digit(peek(i + 2)) &&
                 is_digit(peek(i + 3)) && !is_digit(peek(i + 4))) {
        // A thousands separator: skipped.
      } else if (!fraction && peek(i) == '.' && is_digit(peek(i + 1))) {
        fraction = true;
        digits += '.';
      } else {
        break;
      }
    }
    if (digits.size() > 18) return false;
    Token token;
    token.kind = Token::Kind::number;
    token.number = std::strtod(digits.c_str(), nullptr);
    token.has_currency = sign > 0;
    const auto letters_end = [&] {
      std::size_t end = i;
      while (is_word(peek(end))) ++end;
      return end;
    }();
    const std::string suffix = lower(text_.substr(at_ + i, letters_end - i));
    if (suffix == "k") {
      token.number *= 1e3;
    } else if (suffix == "m" || suffix == "mn") {
      token.number *= 1e6;
    } else if (suffix == "bn" || suffix == "b") {
      token.number *= 1e9;
    } else if (suffix == "st" || suffix == "nd" || suffix == "rd" || suffix == "th") {
      token.is_ordinal = true;
    } else if (!suffix.empty()) {
      return false;
    }
    i = letters_end;
    if (peek(i) == '%') {
      token.has_percent = true;
      ++i;
    }
    token.is_integer = token.number == std::floor(token.number) && token.number < 9e15;
    add(std::move(token), at_ + i);
    return true;
  }

  void word() {
    std::size_t end = at_;
    std::string letters;
    while (end < text_.size()) {
      const std::string_view rest = text_.substr(end);
      if (rest.starts_with("\u2019") || rest[0] == '\'') {
        const std::size_t size = rest[0] == '\'' ? 1 : 3;
        if (letters.empty() || rest.size() <= size || !is_letter(rest[size])) break;
        const bool possessive =
            (rest[size] == 's' || rest[size] == 'S') && (rest.size() == size + 1 || !is_word(rest[size + 1]));
        if (possessive) {
          end += size + 1;
          break;
        }
        letters += '\'';
        end += size;
      } else if (is_word(rest[0]) && !rest.starts_with("\u201C") && !rest.starts_with("\u201D") &&
                 !rest.starts_with("\u2013") && !rest.starts_with("\u2014") && !rest.starts_with("\u2026") &&
                 !rest.starts_with("\u00A0") && !rest.starts_with("\u20AC") && !rest.starts_with("\u00A3")) {
        letters += rest[0];
        ++end;
      } else {
        break;
      }
    }
    if (letters.empty()) {
      ++at_;
      return;
    }
    Token token;
    token.text = std::move(letters);
    add(std::move(token), end);
  }

  void skip_one() {
    // A whole UTF-8 character, so that the rest of a dash is not read as a letter.
    ++at_;
    while (at_ < text_.size() && (static_cast<unsigned char>(text_[at_]) & 0xC0) == 0x80) ++at_;
  }

  void one() {
    const char c = peek();
    if (quoted("\"", "\"") || quoted("\u201C", "\u201D") || quoted("\u00AB", "\u00BB")) return;
    const bool after_space = at_ == 0 || !is_word(text_[at_ - 1]);
    if (c == '\'' && after_space && quoted("'", "'")) return;
    for (const std::string_view sign : {"$", "\u20AC", "\u00A3"}) {
      if (starts(sign)) {
        if (!number(sign.size())) skip_one();
        return;
      }
    }
    for (const std::string_view dash :
         {"\u2013", "\u2014", "\u2026", "\u00A0", "\u201C", "\u201D", "\u2018", "\u2019"}) {
      if (starts(dash)) return skip_one();
    }
    if (starts(">=") || starts("<=") || starts("!=")) return symbol(text_.substr(at_, 2), 2);
    if (c == '>' || c == '<' || c == '=') return symbol(text_.substr(at_, 1), 1);
    if (c == '&') return symbol("and", 1);
    if (c == '%') return symbol("percent", 1);
    if (c == '#') return symbol("#", 1);
    if (c == ',' || c == ';' || c == '/') {
      Token token;
      token.kind = Token::Kind::comma;
      return add(std::move(token), at_ + 1);
    }
    if (is_digit(c) && (date() || number(0))) return;
    if (is_word(c)) return word();
    skip_one();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Tokens tokens_;
};

}  // namespace

Tokens tokenise(std::string_view text) {
  return Scanner(text).run();
}

}  // namespace analyst::planning
