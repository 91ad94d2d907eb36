#include "model/map_reader.h"

#include <charconv>

#include "model/names.h"
#include "model/nearest.h"
#include "model/reference.h"

namespace analyst {
namespace {

std::string kind_word(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "nothing";
    case YamlNode::Kind::scalar:
      return "\"" + node.text.substr(0, 60) + "\"";
    case YamlNode::Kind::sequence:
      return "a list";
    case YamlNode::Kind::map:
      return "a map";
  }
  return "";
}

// The value of a filter as it was written; null only when written so without quotes.
std::optional<Value> filter_value(const YamlNode& node, const std::string& file, Draft& draft) {
  if (node.kind == YamlNode::Kind::null) return Value{};
  if (node.kind == YamlNode::Kind::scalar) return Value{node.text};
  draft.problems.error(place_of(node, file), "must be a value or a list of values, not " + kind_word(node));
  return std::nullopt;
}

void read_condition(const std::string& field, const YamlEntry& entry, const std::string& file, const std::string& path,
                    Draft& draft, std::string& needed, std::vector<ModelFilter>& filters) {
  const std::string& word = entry.key.text;
  if (filter_keys.is_needed(word)) {
    if (needed.empty()) needed = word;
    return;
  }
  const auto op = parse_filter_operator(word);
  if (!op) {
    draft.problems.error(place_of(entry.key, file),
                         "\"" + word + "\" is no operator of a filter" + did_you_mean(word, filter_operator_words()));
    return;
  }
  ModelFilter filter{.field = field, .op = *op, .values = {}};
  if (entry.value.kind == YamlNode::Kind::sequence) {
    for (const YamlNode& item : entry.value.items) {
      if (auto value = filter_value(item, file, draft)) filter.values.push_back(std::move(*value));
    }
    if (filter.values.empty()) {
      draft.problems.error(place_of(entry.value, file), "\"" + word + "\" needs at least one value");
      return;
    }
  } else if (auto value = filter_value(entry.value, file, draft)) {
    filter.values.push_back(std::move(*value));
  } else {
    return;
  }

  const bool is_null = filter.values.size() == 1 && std::holds_alternative<std::monostate>(filter.values[0]);
  const bool several = filter.values.size() > 1;
  switch (filter.op) {
    case ModelFilter::Operator::is:
      break;
    case ModelFilter::Operator::is_not:
    case ModelFilter::Operator::not_null:
      // "not: x" is the dialect's word for "is_not: x".
      filter.op = is_null ? ModelFilter::Operator::not_null : ModelFilter::Operator::is_not;
      if (is_null) filter.values.clear();
      break;
    case ModelFilter::Operator::between:
      if (filter.values.size() != 2) {
        draft.problems.error(place_of(entry.value, file), "\"between\" needs two values: [from, to]");
        return;
      }
      break;
    case ModelFilter::Operator::greater_than:
    case ModelFilter::Operator::greater_than_or_equal_to:
    case ModelFilter::Operator::less_than:
    case ModelFilter::Operator::less_than_or_equal_to:
      if (several || is_null) {
        draft.problems.error(place_of(entry.value, file), "\"" + word + "\" needs exactly one value");
        return;
      }
      break;
    case ModelFilter::Operator::contains:
    case ModelFilter::Operator::starts_with:
    case ModelFilter::Operator::ends_with:
      if (is_null) {
        draft.problems.error(place_of(entry.value, file), "\"" + word + "\" needs a value");
        return;
      }
      break;
  }
  draft.places.set(path + "/" + std::to_string(filters.size()), place_of(entry.value, file));
  filters.push_back(std::move(filter));
}

}  // namespace

Place place_of(const YamlNode& node, const std::string& file) { return {file, node.line, node.column}; }

std::vector<std::string> read_texts(const YamlNode& node, const std::string& file, std::string_view what,
                                    Draft& draft) {
  std::vector<std::string> result;
  if (node.kind == YamlNode::Kind::scalar) {
    result.push_back(node.text);
  } else if (node.kind == YamlNode::Kind::sequence) {
    for (const YamlNode& item : node.items) {
      if (item.kind == YamlNode::Kind::scalar) {
        result.push_back(item.text);
      } else {
        draft.problems.error(place_of(item, file),
                             "each entry of \"" + std::string(what) + "\" must be text, not " + kind_word(item));
      }
    }
  } else if (node.kind == YamlNode::Kind::map) {
    draft.problems.error(place_of(node, file), "\"" + std::string(what) + "\" must be a list of texts, not a map");
  }
  return result;
}

std::vector<ModelFilter> read_filters(const YamlNode& node, const std::string& file, const std::string& path,
                                      Draft& draft, std::string& needed) {
  std::vector<ModelFilter> filters;
  if (node.kind == YamlNode::Kind::null) return filters;
  if (node.kind != YamlNode::Kind::map) {
    draft.problems.error(place_of(node, file), "must be a map, such as \"status: {is: paid}\", not " + kind_word(node));
    return filters;
  }
  for (const YamlEntry& entry : node.entries) {
    const std::string& field = entry.key.text;
    if (field.find('[') != std::string::npos) {
      // A condition on one timeframe of a date.
      if (needed.empty()) needed = field;
      continue;
    }
    const auto dot = field.find('.');
    const bool good = dot == std::string::npos
                          ? is_name(field)
                          : is_name(field.substr(0, dot)) && is_name(std::string_view(field).substr(dot + 1));
    if (!good) {
      draft.problems.error(place_of(entry.key, file), "\"" + field + "\" is no field; write field or view.field");
      continue;
    }
    if (entry.value.kind != YamlNode::Kind::map || entry.value.entries.empty()) {
      draft.problems.error(place_of(entry.value, file),
                           "the condition on \"" + field + "\" must be a map, such as {is: paid}, not " +
                               kind_word(entry.value));
      continue;
    }
    for (const YamlEntry& condition : entry.value.entries) {
      read_condition(field, condition, file, path, draft, needed, filters);
    }
  }
  return filters;
}

std::vector<AccessFilter> read_access_filters(const YamlNode& node, const std::string& file, const std::string& path,
                                              Draft& draft) {
  std::vector<AccessFilter> filters;
  if (node.kind == YamlNode::Kind::null) return filters;
  if (node.kind != YamlNode::Kind::sequence) {
    draft.problems.error(place_of(node, file), "must be a list of {field, user_attribute}, not " + kind_word(node));
    return filters;
  }
  for (const YamlNode& item : node.items) {
    MapReader map(item, file, path, access_filter_keys, draft);
    AccessFilter filter{.field = map.text("field"),
                        .user_attribute = map.text("user_attribute"),
                        .values_for_unfiltered = map.texts("values_for_unfiltered")};
    if (item.kind != YamlNode::Kind::map) continue;
    if (filter.field.empty()) draft.problems.error(map.place(), "an access filter needs \"field: view.field\"");
    if (filter.user_attribute.empty()) draft.problems.error(map.place(), "an access filter needs a \"user_attribute\"");
    draft.places.set(path + "/" + std::to_string(filters.size()), place_of(item, file));
    filters.push_back(std::move(filter));
  }
  return filters;
}

MapReader::MapReader(const YamlNode& node, const std::string& file, std::string path, const Keys& keys, Draft& draft)
    : node_(node), file_(file), path_(std::move(path)), draft_(draft) {
  if (node.kind == YamlNode::Kind::null) return;
  if (node.kind != YamlNode::Kind::map) {
    error(node, std::string(keys.of) + " must be a map, not " + kind_word(node));
    return;
  }
  for (const YamlEntry& entry : node.entries) {
    const std::string& key = entry.key.text;
    if (keys.is_needed(key)) {
      if (needed_.empty()) needed_ = key;
    } else if (keys.is_not_used(key)) {
      draft_.problems.warning(place_of(entry.key, file_), "\"" + key + "\" is not used");
    } else if (!keys.is_used(key)) {
      error(entry.key, "\"" + key + "\" is no key of " + std::string(keys.of) + did_you_mean(key, keys.all()));
    }
    draft_.places.set(path_ + "/" + key, place_of(entry.value, file_));
  }
}

const YamlNode* MapReader::find(std::string_view key) const {
  const YamlNode* found = node_.find(key);
  return found == nullptr || found->kind == YamlNode::Kind::null ? nullptr : found;
}

void MapReader::error(const YamlNode& node, const std::string& message) const {
  draft_.problems.error(place_of(node, file_), message);
}

std::string MapReader::text(std::string_view key) const {
  const YamlNode* node = find(key);
  if (node == nullptr) return {};
  if (node->kind != YamlNode::Kind::scalar) {
    error(*node, "\"" + std::string(key) + "\" must be text, not " + kind_word(*node));
    return {};
  }
  // A block of text ends with a line break that nobody means.
  std::string text = node->text;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

bool MapReader::flag(std::string_view key) const {
  const YamlNode* node = find(key);
  if (node == nullptr) return false;
  if (node->kind == YamlNode::Kind::scalar && !node->quoted) {
    if (node->text == "true" || node->text == "True" || node->text == "TRUE") return true;
    if (node->text == "false" || node->text == "False" || node->text == "FALSE") return false;
  }
  error(*node, "\"" + std::string(key) + "\" must be true or false, not " + kind_word(*node));
  return false;
}

int MapReader::integer(std::string_view key, int least, int most) const {
  const YamlNode* node = find(key);
  if (node == nullptr) return 0;
  int value = 0;
  const std::string& text = node->text;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (node->kind != YamlNode::Kind::scalar || status != std::errc() || end != text.data() + text.size() ||
      value < least || value > most) {
    error(*node, "\"" + std::string(key) + "\" must be a whole number from " + std::to_string(least) + " to " +
                     std::to_string(most) + ", not " + kind_word(*node));
    return 0;
  }
  return value;
}

std::vector<std::string> MapReader::texts(std::string_view key) const {
  const YamlNode* node = find(key);
  return node == nullptr ? std::vector<std::string>() : read_texts(*node, file_, key, draft_);
}

std::string MapReader::sql(std::string_view key) {
  std::string sql = text(key);
  if (sql.empty()) return sql;
  std::vector<std::string> malformed;
  static_cast<void>(references(sql, &malformed));
  for (const std::string& message : malformed) error(*find(key), message);
  if (sql.find("{{") != std::string::npos || sql.find("{%") != std::string::npos) {
    if (needed_.empty()) needed_ = "a template ({{ }}) in \"" + std::string(key) + "\"";
  }
  return sql;
}

std::vector<ModelFilter> MapReader::filters(std::string_view key) {
  const YamlNode* node = find(key);
  if (node == nullptr) return {};
  std::string needed;
  auto filters = read_filters(*node, file_, path_ + "/" + std::string(key), draft_, needed);
  if (needed_.empty() && !needed.empty()) needed_ = "the condition \"" + needed + "\" in \"" + std::string(key) + "\"";
  return filters;
}

}  // namespace analyst
