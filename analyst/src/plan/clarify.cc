#include "plan/clarify.h"

#include <algorithm>
#include <map>

#include "plan/scope.h"
#include "plan/text.h"

namespace analyst::planning {
namespace {

constexpr std::size_t words_shown_max = 8;
constexpr std::size_t word_bytes_max = 60;
constexpr std::size_t labels_shown_max = 12;
constexpr std::size_t topics_shown_max = 6;
constexpr std::size_t prompts_shown_max = 3;
constexpr std::size_t nearest_max = 3;

std::string shortened(const std::string& words) {
  if (words.size() <= word_bytes_max) return words;
  std::size_t end = word_bytes_max;
  while (end > 0 && (static_cast<unsigned char>(words[end]) & 0xC0) == 0x80) --end;
  return words.substr(0, end) + "…";
}

std::string quoted(const std::string& words) {
  return "**" + escape_markdown(shortened(words)) + "**";
}

void collect(const std::vector<JoinNode>& nodes, std::vector<std::string>& views) {
  for (const JoinNode& node : nodes) {
    views.push_back(node.view);
    collect(node.joins, views);
  }
}

std::string labels(std::vector<std::string> all) {
  const bool more = all.size() > labels_shown_max;
  if (more) all.resize(labels_shown_max);
  std::string out;
  for (const auto& each : all) out += (out.empty() ? "" : ", ") + escape_markdown(each);
  return out + (more ? ", …" : "");
}

std::string topic_lines(const Model& model, const Topic& topic) {
  std::vector<std::string> views = {topic.base_view};
  collect(topic.joins, views);
  Scope scope;
  scope.topic = &topic;
  scope.table = topic.base_view;
  for (const auto& view : views) scope.views.emplace(view, 0);
  std::vector<std::string> measures;
  std::vector<std::string> dimensions;
  for (const auto& view_name : views) {
    const View* view = model.view(view_name);
    if (!view) continue;
    const auto add = [&](const Field& field, std::vector<std::string>& list) {
      if (field.hidden || !scope.has(model, {view_name, field.name, {}})) return;
      if (std::find(list.begin(), list.end(), field.label) == list.end()) list.push_back(field.label);
    };
    for (const Measure& measure : view->measures) add(measure, measures);
    for (const Dimension& dimension : view->dimensions) add(dimension, dimensions);
  }
  std::string out = "- **" + escape_markdown(topic.label.empty() ? topic.name : topic.label) + "**";
  if (!topic.description.empty()) out += ": " + escape_markdown(topic.description);
  out += "\n";
  if (!measures.empty()) out += "  - Measures: " + labels(measures) + "\n";
  if (!dimensions.empty()) out += "  - By: " + labels(dimensions) + "\n";
  return out;
}

}  // namespace

std::string escape_markdown(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const char next = i + 1 < text.size() ? text[i + 1] : ' ';
    switch (c) {
      case '\n':
      case '\r':
      case '\t':
        out += ' ';
        break;
      case '&':
        // "Research & Development" is no entity and stays readable.
        out += next == ' ' ? "&" : "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '|':
      case '`':
      case '*':
      case '_':
      case '[':
      case ']':
      case '\\':
      case '~':
      case '#':
        out += '\\';
        out += c;
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) out += c;
    }
  }
  return out;
}

std::string clarify(const Model& model, const Lexicon& lexicon, const std::vector<Trouble>& troubles,
                    const std::string& topic_name) {
  std::vector<std::string> unknown;
  std::vector<std::string> reasons;
  std::string meant;
  for (const Trouble& trouble : troubles) {
    if (!trouble.why.empty()) {
      const auto why = escape_markdown(trouble.why);
      if (std::find(reasons.begin(), reasons.end(), why) == reasons.end()) reasons.push_back(why);
      continue;
    }
    const auto word = quoted(trouble.words);
    if (std::find(unknown.begin(), unknown.end(), word) != unknown.end()) continue;
    unknown.push_back(word);
    if (unknown.size() > words_shown_max) continue;
    const auto near = lexicon.nearest(trouble.words, nearest_max);
    if (near.empty()) continue;
    std::vector<std::string> choices;
    for (const auto& each : near) choices.push_back(escape_markdown(each));
    meant += "Instead of " + word + ", did you mean " + list_in_words(choices, "or") + "?\n";
  }
  if (unknown.size() > words_shown_max) {
    const auto more = unknown.size() - words_shown_max;
    unknown.resize(words_shown_max);
    unknown.push_back(std::to_string(more) + " more");
  }
  std::string out;
  if (!unknown.empty())
    out += "I did not understand " + list_in_words(unknown) + ", so I ran no query rather than leave it out.\n";
  for (const auto& reason : reasons) out += reason + "\n";
  if (!meant.empty()) out += "\n" + meant;

  std::string topics;
  std::string prompts;
  std::size_t shown = 0;
  std::size_t prompts_shown = 0;
  for (const Topic& topic : model.topics) {
    if (!topic_name.empty() ? topic.name != topic_name : topic.hidden) continue;
    if (++shown <= topics_shown_max) topics += topic_lines(model, topic);
    for (const SampleQuery& sample : topic.sample_queries) {
      if (sample.prompt.empty() || ++prompts_shown > prompts_shown_max) continue;
      prompts += "- " + escape_markdown(sample.prompt) + "\n";
    }
  }
  if (!topics.empty()) out += "\nWhat I can answer questions about:\n\n" + topics;
  if (!prompts.empty()) out += "\nFor example:\n\n" + prompts;
  return out;
}

}  // namespace analyst::planning
