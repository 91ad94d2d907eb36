// Names across files. The order matters: aliases are views before anything refers to them, and what is left out takes
// along what depends on it before anything is called unknown.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "model/draft.h"
#include "model/from_database.h"
#include "model/grants.h"
#include "model/names.h"
#include "model/nearest.h"
#include "model/reference.h"
#include "model/resolve_topics.h"
#include "model/types.h"

namespace analyst {

View* Draft::view(std::string_view name) {
  const auto found = std::find_if(model.views.begin(), model.views.end(), [&](const View& one) { return one.name == name; });
  return found == model.views.end() ? nullptr : &*found;
}

namespace {

// What a field expands to when its references are replaced by what they stand for, over and over. Without a bound, forty
// short fields that each name the one before twice are a statement of terabytes.
constexpr std::size_t expanded_bytes_max = 64 * 1024;
constexpr std::size_t reference_depth_max = 30;

std::vector<std::string> view_names(const Model& model) {
  std::vector<std::string> names;
  for (const View& view : model.views) names.push_back(view.name);
  return names;
}

std::vector<std::string> field_names(const View& view) {
  std::vector<std::string> names;
  for (const Dimension& dimension : view.dimensions) names.push_back(dimension.name);
  for (const Measure& measure : view.measures) names.push_back(measure.name);
  return names;
}

// Aliases have no file: what is wrong with them is wrong with their view.
std::string path_of(const View& view) { return view.alias_of.empty() ? view.name : view.alias_of; }

// ---- Aliases ----

void make_aliases(Draft& draft) {
  for (std::size_t i = 0; i < draft.relationships.size(); ++i) {
    const RelationshipNotes notes = draft.relationships[i];
    Relationship& relationship = draft.model.relationships[i];
    const std::string path = "relationship " + std::to_string(i);
    const auto make = [&](const std::string& name, const std::string& view, const std::string& label) {
      if (name == view) return;
      if (const View* other = draft.model.view(name)) {
        // Several relationships may join the same alias.
        if (other->alias_of == view) return;
        draft.problems.error(draft.places.find(path), "\"" + name + "\" is already a view; choose another alias");
        return;
      }
      // Views that are missing are reported with the relationship.
      if (const View* original = draft.model.view(view)) {
        View alias = alias_of_view(*original, name, label);
        draft.model.views.push_back(std::move(alias));
      }
    };
    make(relationship.from_view, notes.from, notes.from_label);
    make(relationship.to_view, notes.to, notes.to_label);

    // Within the relationship its views may be written by their own names or by the aliases.
    const auto rename = [&](std::string& sql) {
      sql = replace_references(sql, [&](Reference reference) {
        const bool is_end = reference.view == relationship.from_view || reference.view == relationship.to_view;
        if (!is_end && reference.view == notes.from) {
          reference.view = relationship.from_view;
        } else if (!is_end && reference.view == notes.to) {
          reference.view = relationship.to_view;
        }
        return to_string(reference);
      });
    };
    rename(relationship.on_sql);
    rename(relationship.where_sql);
  }
}

// ---- Left out ----

std::vector<std::string> names_used_by(const View& view, const std::string& sql, const std::vector<ModelFilter>& filters) {
  std::vector<std::string> names;
  for (const Reference& reference : references(sql)) {
    names.push_back((reference.view.empty() ? view.name : reference.view) + "." + reference.field);
  }
  for (const ModelFilter& filter : filters) {
    names.push_back(filter.field.find('.') == std::string::npos ? view.name + "." + filter.field : filter.field);
  }
  return names;
}

// Why something that names `field` cannot be kept; empty when it can.
std::string loss_of(const Draft& draft, const std::string& field) {
  if (draft.fields_left_out.contains(field)) return "it needs \"" + field + "\", which is left out";
  const std::string view = field.substr(0, field.find('.'));
  if (draft.views_left_out.contains(view)) return "it needs the view \"" + view + "\", which is left out";
  return "";
}

void spread_left_out(Draft& draft) {
  for (View& view : draft.model.views) {
    const std::string& original = view.alias_of;
    if (!original.empty() && draft.views_left_out.contains(original)) draft.views_left_out.emplace(view.name, "");
    for (const auto& fields = draft.fields_left_out; const std::string& name : field_names(view)) {
      if (!original.empty() && fields.contains(original + "." + name)) {
        draft.fields_left_out.emplace(view.name + "." + name, "");
      }
    }
  }
  for (bool changed = true; changed;) {
    changed = false;
    const auto check = [&](const View& view, const Field& field, const std::vector<ModelFilter>& filters) {
      const std::string name = view.name + "." + field.name;
      if (draft.views_left_out.contains(view.name) || draft.fields_left_out.contains(name)) return;
      for (const std::string& used : names_used_by(view, field.sql, filters)) {
        if (const std::string reason = loss_of(draft, used); !reason.empty()) {
          draft.fields_left_out.emplace(name, view.alias_of.empty() ? reason : "");
          changed = true;
          return;
        }
      }
    };
    for (const View& view : draft.model.views) {
      for (const Dimension& dimension : view.dimensions) check(view, dimension, {});
      for (const Measure& measure : view.measures) check(view, measure, measure.filters);
    }
  }
}

void remove_left_out(Draft& draft) {
  spread_left_out(draft);
  // A measure of measures whose SQL aggregates by itself is known only now that all measures are.
  for (View& view : draft.model.views) {
    for (const Measure& measure : view.measures) {
      if (measure.aggregate) continue;
      const std::string name = view.name + "." + measure.name;
      for (const Reference& reference : references(measure.sql)) {
        const View* other = draft.model.view(reference.view.empty() ? view.name : reference.view);
        if (other != nullptr && other->dimension(reference.field) != nullptr) {
          draft.fields_left_out.emplace(
              name, "it refers to the dimension \"" + reference.field + "\" without an \"aggregate_type\"");
          break;
        }
      }
    }
  }
  spread_left_out(draft);

  for (const auto& [name, reason] : draft.views_left_out) {
    if (!reason.empty()) draft.problems.warning(draft.places.find(name), "the view \"" + name + "\" is left out: " + reason);
  }
  for (const auto& [name, reason] : draft.fields_left_out) {
    if (!reason.empty()) draft.problems.warning(draft.places.find(name), "the field \"" + name + "\" is left out: " + reason);
  }
  std::erase_if(draft.model.views, [&](const View& view) { return draft.views_left_out.contains(view.name); });
  for (View& view : draft.model.views) {
    const auto is_left_out = [&](const Field& field) {
      return draft.fields_left_out.contains(view.name + "." + field.name);
    };
    std::erase_if(view.dimensions, is_left_out);
    std::erase_if(view.measures, is_left_out);
  }
}

// ---- Grants ----

void check_grants(const std::vector<std::string>& grants, const Place& place, Draft& draft) {
  std::vector<std::string> known;
  for (const AccessGrant& grant : draft.model.access_grants) known.push_back(grant.name);
  for (const std::string& expression : grants) {
    for (const auto& alternative : parse_grant_expression(expression)) {
      for (const std::string& name : alternative) {
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        draft.problems.error(place, "\"" + name + "\" is no access grant of the model file" + did_you_mean(name, known));
      }
    }
  }
}

// ---- Fields ----

class FieldChecker {
 public:
  explicit FieldChecker(Draft& draft) : draft_(draft) {}

  void check_all() {
    for (const View& view : draft_.model.views) {
      // An alias says what its view says.
      if (!view.alias_of.empty()) continue;
      check_grants(view.required_access_grants, draft_.places.find(view.name + "/required_access_grants"), draft_);
      for (const Dimension& dimension : view.dimensions) check_dimension(view, dimension);
      for (const Measure& measure : view.measures) check_measure(view, measure);
    }
    for (const View& view : draft_.model.views) {
      for (const Dimension& dimension : view.dimensions) check_expansion(view, dimension, {});
      for (const Measure& measure : view.measures) check_expansion(view, measure, measure.filters);
    }
  }

 private:
  struct Expansion {
    bool running = true;
    int depth = 0;
    std::size_t bytes = 0;
  };

  Place place(const View& view, const Field& field, const std::string& part) const {
    return draft_.places.find(path_of(view) + "." + field.name + part);
  }

  void error(const Place& where, const std::string& message) { draft_.problems.error(where, message); }

  // The view a reference is to; null after a problem was reported.
  const View* view_of(const View& view, const Reference& reference, const Place& where) {
    if (reference.view.empty()) return &view;
    if (const View* other = draft_.model.view(reference.view)) return other;
    error(where, "\"" + to_string(reference) + "\": there is no view \"" + reference.view + "\"" +
                     did_you_mean(reference.view, view_names(draft_.model)));
    return nullptr;
  }

  void check_common(const View& view, const Field& field) {
    check_grants(field.required_access_grants, place(view, field, "/required_access_grants"), draft_);
  }

  void unknown_field(const View& view, const Reference& reference, const Place& where) {
    error(where, "\"" + to_string(reference) + "\": the view \"" + view.name + "\" has no field \"" + reference.field + "\"" +
                     did_you_mean(reference.field, field_names(view)));
  }

  void check_dimension_reference(const View& view, const Reference& reference, const Place& where,
                                 const std::string& why_no_measure) {
    const View* other = view_of(view, reference, where);
    if (other == nullptr) return;
    if (other->measure(reference.field) != nullptr) {
      error(where, "\"" + to_string(reference) + "\" is a measure; " + why_no_measure);
      return;
    }
    const Dimension* dimension = other->dimension(reference.field);
    if (dimension == nullptr) {
      unknown_field(*other, reference, where);
    } else if (reference.timeframe && dimension->type != ValueType::date && dimension->type != ValueType::timestamp) {
      error(where, "\"" + to_string(reference) + "\": \"" + reference.field +
                       "\" is no date; a timeframe cannot be taken of it");
    }
  }

  void check_dimension(const View& view, const Dimension& dimension) {
    check_common(view, dimension);
    const Place where = place(view, dimension, "/sql");
    for (const Reference& reference : references(dimension.sql)) {
      check_dimension_reference(view, reference, where, "a dimension describes one row and cannot use it");
    }
    if (!dimension.timeframes.empty() && dimension.type != ValueType::date && dimension.type != ValueType::timestamp &&
        draft_.places.has(path_of(view) + "." + dimension.name + "/timeframes")) {
      error(place(view, dimension, "/timeframes"),
            "\"" + dimension.name + "\" is no date, so it has no timeframes; if its text is one, say \"type: timestamp\"");
    }
  }

  void check_measure(const View& view, const Measure& measure) {
    check_common(view, measure);
    const Place where = place(view, measure, "/sql");
    for (const Reference& reference : references(measure.sql)) {
      if (measure.aggregate) {
        check_dimension_reference(view, reference, where,
                                  "an aggregate is taken over dimensions; for a measure of measures leave out "
                                  "\"aggregate_type\"");
        continue;
      }
      const View* other = view_of(view, reference, where);
      if (other == nullptr) continue;
      if (other->measure(reference.field) == nullptr) {
        unknown_field(*other, reference, where);
      } else if (reference.timeframe) {
        error(where, "\"" + to_string(reference) + "\" is a measure and has no timeframes");
      }
    }
    for (std::size_t i = 0; i < measure.filters.size(); ++i) {
      const ModelFilter& filter = measure.filters[i];
      const Place at = place(view, measure, "/filters/" + std::to_string(i));
      const auto dot = filter.field.find('.');
      Reference reference;
      if (dot != std::string::npos) reference.view = filter.field.substr(0, dot);
      reference.field = dot == std::string::npos ? filter.field : filter.field.substr(dot + 1);
      check_dimension_reference(view, reference, at, "the filters of a measure are conditions on dimensions");
    }
  }

  // Follows the references of a field to their end: none may come back to where it began, and what they come to together
  // is bounded.
  Expansion check_expansion(const View& view, const Field& field, const std::vector<ModelFilter>& filters) {
    const std::string name = view.name + "." + field.name;
    if (const auto found = expansions_.find(name); found != expansions_.end()) {
      if (found->second.running) {
        const auto start = std::find(trail_.begin(), trail_.end(), name);
        if (start + 1 == trail_.end()) {
          error(place(view, field, "/sql"), "\"" + field.name + "\" refers to itself; a column is written without \"${}\"");
          return {};
        }
        std::string cycle;
        for (auto at = start; at != trail_.end(); ++at) cycle += *at + " -> ";
        error(place(view, field, "/sql"), "refers to itself: " + cycle + name);
        return {};
      }
      return found->second;
    }
    expansions_.emplace(name, Expansion{});
    trail_.push_back(name);
    Expansion expansion{.running = false, .depth = 1, .bytes = field.sql.size() + name.size()};
    if (trail_.size() > reference_depth_max) {
      error(place(view, field, "/sql"), "refers to others through more than " + std::to_string(reference_depth_max) +
                                            " fields; say it in fewer steps");
    } else {
      for (const std::string& used : names_used_by(view, field.sql, filters)) {
        const auto dot = used.find('.');
        const View* other = draft_.model.view(used.substr(0, dot));
        if (other == nullptr) continue;
        Expansion part;
        if (const Dimension* dimension = other->dimension(used.substr(dot + 1))) {
          part = check_expansion(*other, *dimension, {});
        } else if (const Measure* measure = other->measure(used.substr(dot + 1))) {
          part = check_expansion(*other, *measure, measure->filters);
        }
        expansion.bytes = std::min(expansion.bytes + part.bytes, 2 * expanded_bytes_max);
      }
      if (expansion.bytes > expanded_bytes_max) {
        error(place(view, field, "/sql"), "\"" + name + "\" comes to more than " +
                                              std::to_string(expanded_bytes_max / 1024) +
                                              " KiB of SQL when its references are followed; say it in fewer steps");
        expansion.bytes = 0;
      }
    }
    trail_.pop_back();
    expansions_.insert_or_assign(name, expansion);
    return expansion;
  }

  Draft& draft_;
  std::map<std::string, Expansion> expansions_ = {};
  std::vector<std::string> trail_ = {};
};

// ---- Derived tables ----

// "${orders}" in a derived table is the table of that view.
void resolve_derived_tables(Draft& draft) {
  for (View& view : draft.model.views) {
    if (view.derived_sql.empty()) continue;
    const Place where = draft.places.find(path_of(view) + "/sql");
    view.derived_sql = replace_references(view.derived_sql, [&](const Reference& reference) {
      const View* other = reference.view.empty() && !reference.timeframe ? draft.model.view(reference.field) : nullptr;
      if (other == nullptr) {
        draft.problems.error(where, "\"" + to_string(reference) + "\" is no view; in a derived table write ${view}" +
                                        did_you_mean(reference.field, view_names(draft.model)));
        return std::string();
      }
      if (!other->derived_sql.empty()) {
        draft.problems.error(where, "\"" + to_string(reference) + "\" is a derived table itself; name tables only");
        return std::string();
      }
      return quoted_identifier(other->table.empty() ? other->name : other->table);
    });
  }
}

// ---- Relationships ----

void check_relationships(Draft& draft) {
  std::vector<Relationship> kept;
  std::set<std::pair<std::string, std::string>> pairs;
  for (std::size_t i = 0; i < draft.model.relationships.size(); ++i) {
    Relationship& relationship = draft.model.relationships[i];
    const std::string path = "relationship " + std::to_string(i);
    std::string loss;
    bool complete = true;
    for (const std::string& name : {relationship.from_view, relationship.to_view}) {
      if (draft.model.view(name) != nullptr) continue;
      complete = false;
      if (draft.views_left_out.contains(name)) {
        loss = name;
      } else {
        draft.problems.error(draft.places.find(path),
                             "there is no view \"" + name + "\"" + did_you_mean(name, view_names(draft.model)));
      }
    }
    if (!loss.empty()) {
      draft.problems.warning(draft.places.find(path), "the relationship is left out: it needs the view \"" + loss +
                                                          "\", which is left out");
    }
    if (!complete) continue;
    if (!pairs.emplace(relationship.from_view, relationship.to_view).second) {
      draft.problems.error(draft.places.find(path), "\"" + relationship.from_view + "\" is already joined to \"" +
                                                        relationship.to_view +
                                                        "\"; give this join a name of its own with \"join_to_view_as\"");
      continue;
    }
    for (const auto& [sql, part] : {std::pair{relationship.on_sql, "/on_sql"}, {relationship.where_sql, "/where_sql"}}) {
      const Place where = draft.places.find(path + part);
      for (const Reference& reference : references(sql)) {
        if (reference.view != relationship.from_view && reference.view != relationship.to_view) {
          draft.problems.error(where, "\"" + to_string(reference) + "\": write ${view.field}, with one of the two views \"" +
                                          relationship.from_view + "\" and \"" + relationship.to_view + "\"");
          continue;
        }
        const View& view = *draft.model.view(reference.view);
        if (view.dimension(reference.field) == nullptr) {
          draft.problems.error(where, "\"" + to_string(reference) + "\": the view \"" + view.name +
                                          "\" has no dimension \"" + reference.field + "\"" +
                                          did_you_mean(reference.field, field_names(view)));
        }
      }
    }
    kept.push_back(std::move(relationship));
  }
  draft.model.relationships = std::move(kept);
}

}  // namespace

// ---- Filters ----

void type_filter_values(ModelFilter& filter, ValueType type, const Place& where, Draft& draft) {
  for (Value& value : filter.values) {
    const std::string* text = std::get_if<std::string>(&value);
    if (text == nullptr) continue;
    const char* const end = text->data() + text->size();
    if (type == ValueType::number) {
      std::int64_t integer = 0;
      double real = 0;
      if (const auto [at, status] = std::from_chars(text->data(), end, integer); status == std::errc() && at == end) {
        value = integer;
      } else if (const auto [at_real, status_real] = std::from_chars(text->data(), end, real);
                 status_real == std::errc() && at_real == end && std::isfinite(real)) {
        value = real;
      } else {
        draft.problems.error(where, "\"" + *text + "\" is no number, and \"" + filter.field + "\" is one");
        return;
      }
    } else if (type == ValueType::boolean) {
      const bool yes = *text == "true" || *text == "True" || *text == "TRUE" || *text == "1";
      if (!yes && *text != "false" && *text != "False" && *text != "FALSE" && *text != "0") {
        draft.problems.error(where, "\"" + *text + "\" is neither true nor false, and \"" + filter.field + "\" is");
        return;
      }
      value = yes;
    }
  }
}

namespace {

void type_measure_filters(Draft& draft) {
  for (View& view : draft.model.views) {
    for (Measure& measure : view.measures) {
      for (std::size_t i = 0; i < measure.filters.size(); ++i) {
        ModelFilter& filter = measure.filters[i];
        const auto dot = filter.field.find('.');
        const View* other = dot == std::string::npos ? &view : draft.model.view(filter.field.substr(0, dot));
        const Dimension* dimension =
            other == nullptr ? nullptr : other->dimension(dot == std::string::npos ? filter.field : filter.field.substr(dot + 1));
        if (dimension == nullptr) continue;
        const std::string path = path_of(view) + "." + measure.name + "/filters/" + std::to_string(i);
        type_filter_values(filter, dimension->type, draft.places.find(path), draft);
      }
    }
  }
}

}  // namespace

void resolve(Draft& draft) {
  make_aliases(draft);
  remove_left_out(draft);
  infer_types(draft);
  resolve_derived_tables(draft);
  FieldChecker(draft).check_all();
  type_measure_filters(draft);
  check_relationships(draft);
  resolve_topics(draft);
}

}  // namespace analyst
