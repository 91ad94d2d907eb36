// relationships.yaml: how views are joined.
#include "model/draft.h"
#include "model/map_reader.h"
#include "model/names.h"
#include "model/nearest.h"
#include "model/reference.h"

namespace analyst {

void read_relationships(const YamlNode& root, const std::string& file, Draft& draft) {
  draft.has_relationships_file = true;
  if (root.kind == YamlNode::Kind::null) return;
  if (root.kind != YamlNode::Kind::sequence) {
    draft.problems.error(place_of(root, file), "must be a list; start each relationship with \"- join_from_view:\"");
    return;
  }
  for (const YamlNode& item : root.items) {
    const std::string path = "relationship " + std::to_string(draft.model.relationships.size());
    draft.places.set(path, place_of(item, file));
    const std::size_t errors = draft.problems.errors();
    MapReader map(item, file, path, relationship_keys, draft);

    Relationship relationship;
    RelationshipNotes notes{.from = map.text("join_from_view"),
                            .to = map.text("join_to_view"),
                            .from_label = map.text("join_from_view_as_label"),
                            .to_label = map.text("join_to_view_as_label")};
    relationship.from_view = map.text("join_from_view_as");
    relationship.to_view = map.text("join_to_view_as");
    if (relationship.from_view.empty()) relationship.from_view = notes.from;
    if (relationship.to_view.empty()) relationship.to_view = notes.to;
    relationship.on_sql = map.sql("on_sql");
    relationship.where_sql = map.sql("where_sql");
    relationship.reversible = map.flag("reversible");

    if (const std::string word = map.text("join_type"); !word.empty()) {
      const auto type = parse_join_type(word);
      if (type) {
        relationship.join_type = *type;
      } else {
        map.error(*map.find("join_type"), "\"" + word + "\" is no join type" + did_you_mean(word, join_type_words()));
      }
    }
    if (std::string word = map.text("relationship_type"); !word.empty()) {
      // What the published product writes when it guessed.
      if (word.starts_with("assumed_")) word.erase(0, 8);
      const auto cardinality = parse_cardinality(word);
      if (cardinality) {
        relationship.cardinality = *cardinality;
        // These two look the same from either end.
        if (*cardinality == Cardinality::one_to_one || *cardinality == Cardinality::many_to_many) {
          relationship.reversible = true;
        }
      } else {
        map.error(*map.find("relationship_type"),
                  "\"" + word + "\" is no relationship type" + did_you_mean(word, cardinality_words()));
      }
    }

    if (item.kind != YamlNode::Kind::map) continue;
    if (notes.from.empty()) draft.problems.error(map.place(), "a relationship needs a \"join_from_view\"");
    if (notes.to.empty()) draft.problems.error(map.place(), "a relationship needs a \"join_to_view\"");
    for (const std::string& view : {relationship.from_view, relationship.to_view}) {
      if (!view.empty() && !is_name(view)) draft.problems.error(map.place(), "\"" + view + "\" is no name for a view");
    }
    if (relationship.on_sql.empty() && relationship.join_type != JoinType::cross) {
      draft.problems.error(map.place(), "a relationship needs an \"on_sql\", such as \"${" + notes.from + ".x_id} = ${" +
                                            notes.to + ".id}\"");
    }
    if (!notes.from.empty() && relationship.from_view == relationship.to_view) {
      draft.problems.error(map.place(), "a view that is joined to itself needs a second name: \"join_to_view_as\"");
    }
    if (draft.problems.errors() != errors) continue;
    if (!map.needed().empty()) {
      draft.problems.warning(map.place(), "the relationship is left out: it uses " + map.needed() +
                                              ", which is not built yet");
      continue;
    }
    draft.model.relationships.push_back(std::move(relationship));
    draft.relationships.push_back(std::move(notes));
  }
}

}  // namespace analyst
