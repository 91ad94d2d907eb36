#include "model/document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <optional>
#include <sstream>
#include <unordered_map>
#include <utility>

namespace analyst {
namespace {

// Ends the parsing: what is left of the file would make no sense, or is too much.
struct Refused {
  YAML::Mark mark;
  std::string message;
};

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const std::string& file, Problems& problems) : file_(file), problems_(problems) {}

  YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(node(YamlNode::Kind::null, mark, anchor, ""), mark);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refused{mark, "aliases (*name) are not allowed; write the value again"};
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode scalar = node(YamlNode::Kind::scalar, mark, anchor, tag);
    scalar.text = value;
    scalar.quoted = tag == "!";
    add(std::move(scalar), mark);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    push(node(YamlNode::Kind::sequence, mark, anchor, tag), mark);
  }
  void OnSequenceEnd() override { pop(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    push(node(YamlNode::Kind::map, mark, anchor, tag), mark);
  }
  void OnMapEnd() override { pop(); }

 private:
  // A sequence or map whose end has not been read yet.
  struct Open {
    YamlNode node;
    YAML::Mark mark;
    // map: the key whose value comes next, and where each key was first.
    std::optional<YamlNode> key;
    std::unordered_map<std::string, int> key_lines;
  };

  YamlNode node(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& tag) {
    if (anchor != 0) throw Refused{mark, "anchors (&name) are not allowed; write the value again where it is needed"};
    // "?" is what the parser says of a plain value, "!" of a quoted one.
    if (!tag.empty() && tag != "?" && tag != "!") throw Refused{mark, "tags (" + tag + ") are not allowed"};
    if (++nodes_ > document_nodes_max) {
      throw Refused{mark, "more than " + std::to_string(document_nodes_max) + " values in one file; split it"};
    }
    YamlNode result;
    result.kind = kind;
    result.line = mark.line + 1;
    result.column = mark.column + 1;
    return result;
  }

  void push(YamlNode node, const YAML::Mark& mark) {
    if (static_cast<int>(open_.size()) >= document_depth_max) {
      throw Refused{mark, "nested more than " + std::to_string(document_depth_max) + " levels deep"};
    }
    if (!open_.empty() && open_.back().node.kind == YamlNode::Kind::map && !open_.back().key) {
      throw Refused{mark, "a key must be text"};
    }
    open_.push_back({.node = std::move(node), .mark = mark, .key = {}, .key_lines = {}});
  }

  void pop() {
    Open closed = std::move(open_.back());
    open_.pop_back();
    add(std::move(closed.node), closed.mark);
  }

  void add(YamlNode node, const YAML::Mark& mark) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::sequence) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      if (node.kind != YamlNode::Kind::scalar) throw Refused{mark, "a key must be text"};
      parent.key = std::move(node);
    } else {
      YamlNode key = std::move(*parent.key);
      parent.key.reset();
      const auto [first, is_new] = parent.key_lines.emplace(key.text, key.line);
      if (is_new) {
        parent.node.entries.push_back({std::move(key), std::move(node)});
      } else {
        problems_.error({file_, key.line, key.column}, "\"" + key.text + "\" is already given in line " +
                                                           std::to_string(first->second) + "; keep one of them");
      }
    }
  }

  const std::string& file_;
  Problems& problems_;
  YamlNode root_ = {};
  std::vector<Open> open_ = {};
  int nodes_ = 0;
};

// The first byte that is no part of well-formed UTF-8, or a control character.
std::optional<std::size_t> first_bad_byte(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned char lead = byte(i);
    if (lead < 0x80) {
      if (lead < 0x20 && lead != '\n' && lead != '\r' && lead != '\t') return i;
      if (lead == 0x7f) return i;
      ++i;
      continue;
    }
    const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || i + size > text.size()) return i;
    for (std::size_t j = 1; j < size; ++j) {
      if ((byte(i + j) & 0xc0) != 0x80) return i;
    }
    // Overlong forms, surrogates, and what lies beyond Unicode.
    const unsigned char second = byte(i + 1);
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) || (lead == 0xf0 && second < 0x90) ||
        (lead == 0xf4 && second > 0x8f)) {
      return i;
    }
    i += size;
  }
  return std::nullopt;
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const YamlEntry& entry : entries) {
    if (entry.key.text == key) return &entry.value;
  }
  return nullptr;
}

YamlNode parse_document(std::string_view text, const std::string& file, Problems& problems) {
  if (text.size() > document_bytes_max) {
    problems.error({file, 0, 0}, "larger than " + std::to_string(document_bytes_max / 1024) + " KiB; split it");
    return {};
  }
  if (const auto bad = first_bad_byte(text)) {
    const std::string_view before = text.substr(0, *bad);
    int line = 1;
    for (const char c : before) line += c == '\n' ? 1 : 0;
    const auto last_break = before.rfind('\n');
    const auto column = last_break == std::string_view::npos ? before.size() : before.size() - last_break - 1;
    problems.error({file, line, static_cast<int>(column) + 1}, "not UTF-8 text; save the file as UTF-8");
    return {};
  }
  TreeBuilder tree(file, problems);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(tree)) return {};
    YamlNode root = tree.take();
    TreeBuilder rest(file, problems);
    if (parser.HandleNextDocument(rest)) {
      problems.error({file, root.line, root.column}, "holds more than one document; remove the \"---\" between them");
    }
    return root;
  } catch (const Refused& refused) {
    problems.error({file, refused.mark.line + 1, refused.mark.column + 1}, refused.message);
  } catch (const YAML::Exception& error) {
    problems.error({file, error.mark.line + 1, error.mark.column + 1}, "not YAML: " + error.msg);
  }
  return {};
}

}  // namespace analyst
