// config/yaml.h - one YAML document as a tree that remembers where everything stood.
//
// Built from the parser's events rather than from yaml-cpp's own nodes, which drop the second of two equal keys without
// a word and lose whether a scalar was quoted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jobsd::yaml {

struct Entry;

struct Node {
  enum class Kind { null, scalar, sequence, mapping };
  Kind kind = Kind::null;
  // Counted from 1.
  int line = 1;
  int column = 1;
  // Scalars only. A quoted one is text, whatever it looks like.
  std::string text = {};
  bool quoted = false;
  std::vector<Node> items = {};
  // In the order of the file, with repeated keys.
  // (Without "= {}", which would need the entry's definition here.)
  std::vector<Entry> entries;
};

struct Entry {
  Node key = {};
  Node value = {};
};

// Reads exactly one document; an empty text is a null node. `file` names it in problems. Throws ConfigError for what is
// no YAML, a second document, anchors, aliases, tags, and nesting deeper than 32.
Node parse(std::string_view text, const std::string& file);

}  // namespace jobsd::yaml
