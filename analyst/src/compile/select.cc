#include "compile/select.h"

#include <algorithm>

namespace analyst {

namespace {

bool is_ordered(Aggregate aggregate) {
  return aggregate == Aggregate::median || aggregate == Aggregate::percentile || aggregate == Aggregate::list;
}

std::string joined(const std::vector<std::string>& pieces, const std::string& separator) {
  std::string text;
  for (const std::string& piece : pieces) text += (text.empty() ? "" : separator) + piece;
  return text;
}

std::string where_clause(const std::vector<std::string>& conditions) {
  return conditions.empty() ? "" : "\nWHERE " + joined(conditions, "\n  AND ");
}

std::string aggregated(const AggregatePart& part, const std::string& value) {
  if (part.form == AggregatePart::Form::counted) return "COUNT(DISTINCT " + value + ")";
  switch (part.aggregate) {
    case Aggregate::count:
      return value.empty() ? "COUNT(*)" : "COUNT(" + value + ")";
    case Aggregate::count_distinct:
      return "COUNT(DISTINCT " + value + ")";
    case Aggregate::sum:
      return "SUM(" + value + ")";
    case Aggregate::average:
      return "AVG(" + value + ")";
    case Aggregate::min:
      return "MIN(" + value + ")";
    case Aggregate::max:
      return "MAX(" + value + ")";
    case Aggregate::median:
    case Aggregate::percentile:
    case Aggregate::list:
      break;
  }
  return {};
}

// Writes the statement in parts, one common table expression after another.
class Layers {
 public:
  Layers(const std::vector<std::string>& keys, const std::vector<RowSet>& row_sets,
         const std::vector<AggregatePart>& parts, const Dialect& dialect)
      : keys_(keys), row_sets_(row_sets), parts_(parts), dialect_(dialect), set_of_(parts.size()) {
    for (std::size_t i = 0; i < keys.size(); ++i) key_names_.push_back("k" + std::to_string(i + 1));
    key_list_ = joined(key_names_, ", ");
    for (std::size_t set = 0; set < row_sets.size(); ++set) {
      for (const std::size_t part : row_sets[set].parts) set_of_[part] = set;
    }
  }

  SelectNames write() {
    names_.aggregates.resize(parts_.size());
    for (std::size_t set = 0; set < row_sets_.size(); ++set) {
      rows(set);
      direct(set);
      deduplicated(set);
      ordered(set);
    }
    names_.with = "WITH " + joined(layers_, ",\n") + "\n";
    names_.from = "FROM _groups";
    for (const std::string& source : sources_) names_.from += "\nLEFT JOIN " + source + " ON " + same_keys(source);
    for (const std::string& key : key_names_) names_.keys.push_back("_groups." + key);
    return names_;
  }

 private:
  // The rows of one view, once each in every group.
  struct Grain {
    std::size_t set;
    std::string view;
    std::string name;
  };

  static std::string separator(const std::string& list) { return list.empty() ? "" : ", "; }
  static std::string value(std::size_t part) { return "v" + std::to_string(part + 1); }
  static std::string result(std::size_t part) { return "a" + std::to_string(part + 1); }
  static std::string rows_name(std::size_t set) { return "_rows_" + std::to_string(set + 1); }

  bool is_deduplicated(std::size_t part) const { return parts_[part].form == AggregatePart::Form::deduplicated; }

  std::string with_keys(const std::string& columns) const {
    return key_list_.empty() ? columns : columns.empty() ? key_list_ : key_list_ + ", " + columns;
  }
  static std::string group_by(const std::vector<std::string>& names) {
    return names.empty() ? "" : " GROUP BY " + joined(names, ", ");
  }
  void add(const std::string& name, const std::string& select) { layers_.push_back(name + " AS (" + select + ")"); }
  // A part of its own, joined to the groups.
  std::string add_part(const std::string& select) {
    sources_.push_back("_part_" + std::to_string(sources_.size() + 1));
    add(sources_.back(), select);
    return sources_.back();
  }

  std::string same_keys(const std::string& source) const {
    if (key_names_.empty()) return "1 = 1";
    std::string text;
    for (const std::string& key : key_names_) {
      text += (text.empty() ? "" : " AND ") + dialect_.same("_groups." + key, source + "." + key);
    }
    return text;
  }

  // A group without a row of the grain counts none of them.
  std::string outer(std::size_t part, const std::string& source) const {
    const std::string column = source + "." + result(part);
    return parts_[part].aggregate == Aggregate::count ? "COALESCE(" + column + ", 0)" : column;
  }

  // The first aggregate of a grain brings the columns of its primary key.
  std::vector<std::string> primary_key_names(std::size_t set, const std::string& view) const {
    std::vector<std::string> names;
    for (const std::size_t part : row_sets_[set].parts) {
      if (!is_deduplicated(part) || parts_[part].grain != view) continue;
      for (std::size_t i = 0; i < parts_[part].key.size(); ++i) {
        names.push_back("p" + std::to_string(part + 1) + "_" + std::to_string(i + 1));
      }
      break;
    }
    return names;
  }

  void rows(std::size_t set) {
    std::string columns;
    for (std::size_t i = 0; i < keys_.size(); ++i) columns += separator(columns) + keys_[i] + " AS " + key_names_[i];
    std::vector<std::string> written;
    for (const std::size_t i : row_sets_[set].parts) {
      const AggregatePart& part = parts_[i];
      if (!part.value.empty()) columns += separator(columns) + part.value + " AS " + value(i);
      if (!is_deduplicated(i) || std::find(written.begin(), written.end(), part.grain) != written.end()) continue;
      written.push_back(part.grain);
      const std::vector<std::string> names = primary_key_names(set, part.grain);
      for (std::size_t k = 0; k < names.size(); ++k) columns += separator(columns) + part.key[k] + " AS " + names[k];
    }
    if (columns.empty()) columns = "1 AS one";
    add(rows_name(set), "\n  SELECT " + columns + "\n" + row_sets_[set].from + where_clause(row_sets_[set].where));
  }

  void direct(std::size_t set) {
    std::string columns;
    for (const std::size_t i : row_sets_[set].parts) {
      if (is_deduplicated(i) || is_ordered(parts_[i].aggregate)) continue;
      columns +=
          separator(columns) + aggregated(parts_[i], parts_[i].value.empty() ? "" : value(i)) + " AS " + result(i);
    }
    const bool has_groups = set == 0;
    if (!has_groups && columns.empty()) return;
    if (columns.empty() && key_names_.empty()) columns = "COUNT(*) AS n";
    const std::string select = "SELECT " + with_keys(columns) + " FROM " + rows_name(set) + group_by(key_names_);
    std::string source = "_groups";
    if (has_groups) {
      add(source, select);
    } else {
      source = add_part(select);
    }
    for (const std::size_t i : row_sets_[set].parts) {
      if (is_deduplicated(i) || is_ordered(parts_[i].aggregate)) continue;
      names_.aggregates[i] = source + "." + result(i);
    }
  }

  const std::string& grain_of(std::size_t part) {
    const std::size_t set = set_of_[part];
    const std::string& view = parts_[part].grain;
    for (const Grain& grain : grains_) {
      if (grain.set == set && grain.view == view) return grain.name;
    }
    std::string columns;
    for (const std::size_t i : row_sets_[set].parts) {
      if (!is_deduplicated(i) || parts_[i].grain != view) continue;
      columns += separator(columns) + "MAX(" + value(i) + ") AS " + value(i);
    }
    std::vector<std::string> keys = key_names_;
    const std::vector<std::string> primary = primary_key_names(set, view);
    keys.insert(keys.end(), primary.begin(), primary.end());
    const std::string name = "_grain_" + std::to_string(grains_.size() + 1);
    add(name, "SELECT " + with_keys(columns) + " FROM " + rows_name(set) + " WHERE " + primary.front() +
                  " IS NOT NULL" + group_by(keys));
    grains_.push_back({set, view, name});
    return grains_.back().name;
  }

  void deduplicated(std::size_t set) {
    std::vector<std::pair<std::string, std::vector<std::size_t>>> by_grain;
    for (const std::size_t i : row_sets_[set].parts) {
      if (!is_deduplicated(i) || is_ordered(parts_[i].aggregate)) continue;
      const std::string name = grain_of(i);
      const auto known =
          std::find_if(by_grain.begin(), by_grain.end(), [&](const auto& each) { return each.first == name; });
      if (known == by_grain.end()) {
        by_grain.push_back({name, {i}});
      } else {
        known->second.push_back(i);
      }
    }
    for (const auto& [grain, parts] : by_grain) {
      std::string columns;
      for (const std::size_t i : parts)
        columns += separator(columns) + aggregated(parts_[i], value(i)) + " AS " + result(i);
      const std::string source = add_part("SELECT " + with_keys(columns) + " FROM " + grain + group_by(key_names_));
      for (const std::size_t i : parts) names_.aggregates[i] = outer(i, source);
    }
  }

  void ordered(std::size_t set) {
    for (const std::size_t i : row_sets_[set].parts) {
      if (!is_ordered(parts_[i].aggregate)) continue;
      names_.aggregates[i] = outer(i, add_part(parts_[i].aggregate == Aggregate::list ? list(i) : percentile(i)));
    }
  }

  std::string source_of(std::size_t part) { return is_deduplicated(part) ? grain_of(part) : rows_name(set_of_[part]); }

  std::string partition() const { return key_list_.empty() ? "" : "PARTITION BY " + key_list_ + " "; }

  // Linear interpolation between the two values nearest to the rank that is asked for. The weight of a value is how
  // much nearer than one rank it is.
  std::string percentile(std::size_t part) {
    const std::string v = value(part);
    const std::string ranked = "SELECT " + with_keys(v) + ", ROW_NUMBER() OVER (" + partition() + "ORDER BY " + v +
                               ") - 1 AS place, (COUNT(*) OVER (" + partition() + ") - 1) * " +
                               std::to_string(parts_[part].percentile) + " / 100.0 AS wanted FROM " + source_of(part) +
                               " WHERE " + v + " IS NOT NULL";
    return "SELECT " + with_keys("SUM(" + v + " * (1.0 - ABS(wanted - place))) AS " + result(part)) + " FROM (" +
           ranked + ") AS ranked WHERE ABS(wanted - place) < 1" + group_by(key_names_);
  }

  std::string list(std::size_t part) {
    const std::string v = value(part);
    const std::string distinct =
        "SELECT DISTINCT " + with_keys(v) + " FROM " + rows_name(set_of_[part]) + " WHERE " + v + " IS NOT NULL";
    const std::string listed = "SELECT " + with_keys(dialect_.list_over(v, partition()) + " AS items") + " FROM (" +
                               distinct + ") AS each_once";
    return "SELECT " + with_keys("MAX(items) AS " + result(part)) + " FROM (" + listed + ") AS listed" +
           group_by(key_names_);
  }

  const std::vector<std::string>& keys_;
  const std::vector<RowSet>& row_sets_;
  const std::vector<AggregatePart>& parts_;
  const Dialect& dialect_;
  // The row set of each aggregate.
  std::vector<std::size_t> set_of_;
  std::vector<std::string> key_names_;
  std::string key_list_;
  std::vector<std::string> layers_;
  std::vector<Grain> grains_;
  // What is joined to the groups.
  std::vector<std::string> sources_;
  SelectNames names_;
};

SelectNames flat(const std::vector<std::string>& keys, const RowSet& rows, const std::vector<AggregatePart>& parts) {
  SelectNames names;
  names.keys = keys;
  for (const AggregatePart& part : parts) names.aggregates.push_back(aggregated(part, part.value));
  names.from = rows.from + where_clause(rows.where);
  names.grouping = true;
  return names;
}

}  // namespace

SelectNames plan_select(const std::vector<std::string>& keys, const std::vector<RowSet>& row_sets,
                        const std::vector<AggregatePart>& parts, const Dialect& dialect) {
  const bool layered = row_sets.size() > 1 || std::any_of(parts.begin(), parts.end(), [](const AggregatePart& part) {
                         return part.form == AggregatePart::Form::deduplicated || is_ordered(part.aggregate);
                       });
  return layered ? Layers(keys, row_sets, parts, dialect).write() : flat(keys, row_sets.front(), parts);
}

}  // namespace analyst
