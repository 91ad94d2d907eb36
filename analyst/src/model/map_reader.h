// model/map_reader.h - one map of a model's file, read key by key, with a problem for whatever is not as it should be.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyst/model.h"
#include "model/document.h"
#include "model/draft.h"
#include "model/keys.h"

namespace analyst {

Place place_of(const YamlNode& node, const std::string& file);

// A list of texts; one text stands for a list of one.
std::vector<std::string> read_texts(const YamlNode& node, const std::string& file, std::string_view what, Draft& draft);

// The conditions of `filters:` maps, `field: {operator: value}`. The values stay text until the fields' types are known.
// An operator that is not built yet is returned in `needed`, for the caller to leave out what depends on it.
std::vector<ModelFilter> read_filters(const YamlNode& node, const std::string& file, const std::string& path,
                                      Draft& draft, std::string& needed);

std::vector<AccessFilter> read_access_filters(const YamlNode& node, const std::string& file, const std::string& path,
                                              Draft& draft);

class MapReader {
 public:
  // Reports keys that `keys` does not have, and those that are not used. `path` is the map's own in draft.places.
  MapReader(const YamlNode& node, const std::string& file, std::string path, const Keys& keys, Draft& draft);

  // The first key without which the map has to be left out; empty: none.
  const std::string& needed() const { return needed_; }

  const YamlNode* find(std::string_view key) const;
  // Absent, or not what it should be (which is a problem): the default.
  std::string text(std::string_view key) const;
  bool flag(std::string_view key) const;
  int integer(std::string_view key, int least, int most) const;
  std::vector<std::string> texts(std::string_view key) const;
  // SQL in the model's notation: its references are well formed. Templates are reported in `needed`.
  std::string sql(std::string_view key);
  std::vector<ModelFilter> filters(std::string_view key);

  Place place() const { return place_of(node_, file_); }
  void error(const YamlNode& node, const std::string& message) const;

 private:
  const YamlNode& node_;
  const std::string& file_;
  std::string path_;
  Draft& draft_;
  std::string needed_ = {};
};

}  // namespace analyst
