// model/document.h - one YAML file as a tree that remembers where everything stands.
//
// Built from the parser's events and not from its own nodes, because those accept in silence what must be refused here:
// repeated keys, aliases (with which a few lines expand into gigabytes), nesting without bound, a second document.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/problems.h"

namespace analyst {

struct YamlEntry;

struct YamlNode {
  enum class Kind { null, scalar, sequence, map };
  Kind kind = Kind::null;
  // scalar
  std::string text = {};
  // Written in quotes or as a block: text even when it looks like a number.
  bool quoted = false;
  // sequence
  std::vector<YamlNode> items = {};
  // map, in the order of the file; no key twice
  // (Without "= {}", which would need the entry's definition here.)
  std::vector<YamlEntry> entries;
  // From 1.
  int line = 0;
  int column = 0;

  // The value of a key of a map, or null.
  const YamlNode* find(std::string_view key) const;
};

struct YamlEntry {
  YamlNode key = {};
  YamlNode value = {};
};

constexpr std::size_t document_bytes_max = 1024 * 1024;
constexpr int document_depth_max = 24;
constexpr int document_nodes_max = 100'000;

// Parses `text`; what is wrong goes to `problems` under the name `file`. After an error that ends the parsing the tree is
// empty; after one that does not, such as a repeated key, it holds the rest. An empty file is a null node.
YamlNode parse_document(std::string_view text, const std::string& file, Problems& problems);

}  // namespace analyst
