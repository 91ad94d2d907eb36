// The model file: grants, and what holds for all views and topics.
#include <cctype>

#include "model/draft.h"
#include "model/map_reader.h"
#include "model/names.h"
#include "model/nearest.h"
#include "model/read_timeframes.h"

namespace analyst {
namespace {

void read_access_grants(const YamlNode& node, const std::string& file, Draft& draft) {
  if (node.kind != YamlNode::Kind::map) {
    draft.problems.error(place_of(node, file), "\"access_grants\" must be a map of names");
    return;
  }
  for (const YamlEntry& entry : node.entries) {
    MapReader map(entry.value, file, "grant " + entry.key.text, access_grant_keys, draft);
    AccessGrant grant{.name = entry.key.text,
                      .user_attribute = map.text("user_attribute"),
                      .allowed_values = map.texts("allowed_values")};
    // "|" and "&" make expressions of names.
    if (grant.name.empty() || grant.name.find_first_of("|& ()") != std::string::npos) {
      draft.problems.error(place_of(entry.key, file), "\"" + grant.name + "\" is no name for a grant");
    }
    if (grant.user_attribute.empty()) {
      draft.problems.error(place_of(entry.key, file), "the grant \"" + grant.name + "\" needs a \"user_attribute\"");
    }
    if (grant.allowed_values.empty()) {
      draft.problems.error(place_of(entry.key, file),
                           "the grant \"" + grant.name + "\" needs \"allowed_values\"; without any it is nobody's");
    }
    draft.model.access_grants.push_back(std::move(grant));
  }
}

}  // namespace

void read_model_file(const YamlNode& root, const std::string& file, Draft& draft) {
  MapReader map(root, file, "model", model_keys, draft);
  if (const YamlNode* grants = map.find("access_grants")) read_access_grants(*grants, file, draft);
  if (const YamlNode* filters = map.find("default_topic_access_filters")) {
    draft.model.default_topic_access_filters =
        read_access_filters(*filters, file, "model/default_topic_access_filters", draft);
  }
  if (const YamlNode* timeframes = map.find("default_timeframes")) {
    draft.default_timeframes = read_timeframes(*timeframes, file, draft);
  }
  draft.default_topic_grants = map.texts("default_topic_required_access_grants");
  draft.default_row_limit = map.integer("default_row_limit", 1, 50'000);
  draft.ignored_views = map.texts("ignored_views");
  draft.included_views = map.texts("included_views");
  draft.ignored_schemas = map.texts("ignored_schemas");
  draft.included_schemas = map.texts("included_schemas");
}

}  // namespace analyst
