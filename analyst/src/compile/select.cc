#include "compile/select.h"

#include <algorithm>
#include <map>

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
    case Aggregate::count: return value.empty() ? "COUNT(*)" : "COUNT(" + value + ")";
    case Aggregate::count_distinct: return "COUNT(DISTINCT " + value + ")";
    case Aggregate::sum: return "SUM(" + value + ")";
    case Aggregate::average: return "AVG(" + value + ")";
    case Aggregate::min: return "MIN(" + value + ")";
    case Aggregate::max: return "MAX(" + value + ")";
    case Aggregate::median:
    case Aggregate::percentile:
    case Aggregate::list: break;
  }
  return {};
}

// Writes the statement in parts, one common table expression after another.
class Layers {
 public:
  Layers(const SelectPieces& pieces, const std::vector<AggregatePart>& parts, const Dialect& dialect)
      : pieces_(pieces), parts_(parts), dialect_(dialect) {
    for (std::size_t i = 0; i < pieces.keys.size(); ++i) key_names_.push_back("k" + std::to_string(i + 1));
    key_list_ = joined(key_names_, ", ");
  }

  SelectNames write() {
    rows();
    SelectNames names;
    names.aggregates.resize(parts_.size());
    groups(names);
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (parts_[i].form == AggregatePart::Form::deduplicated && !is_ordered(parts_[i].aggregate)) {
        grain_of(parts_[i]).simple.push_back(i);
      }
    }
    std::vector<std::string> sources;
    for (const Grain& grain : grains_) {
      if (grain.simple.empty()) continue;
      const std::string name = next_part();
      std::string columns;
      for (const std::size_t i : grain.simple) {
        columns += separator(columns) + aggregated(parts_[i], value(i)) + " AS " + result(i);
        names.aggregates[i] = outer(i, name);
      }
      add(name, "SELECT " + with_keys(columns) + " FROM " + grain.name + group_by(key_names_));
      sources.push_back(name);
    }
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (!is_ordered(parts_[i].aggregate)) continue;
      const std::string name = next_part();
      add(name, parts_[i].aggregate == Aggregate::list ? list(i) : percentile(i));
      names.aggregates[i] = outer(i, name);
      sources.push_back(name);
    }
    names.with = "WITH " + joined(layers_, ",\n") + "\n";
    names.from = "FROM _groups";
    for (const std::string& source : sources) names.from += "\nLEFT JOIN " + source + " ON " + same_keys(source);
    for (const std::string& key : key_names_) names.keys.push_back("_groups." + key);
    return names;
  }

 private:
  // The rows of one view, once each in every group.
  struct Grain {
    std::string view;
    std::string name;
    std::vector<std::size_t> simple = {};
  };

  static std::string separator(const std::string& list) { return list.empty() ? "" : ", "; }
  static std::string value(std::size_t part) { return "v" + std::to_string(part + 1); }
  static std::string result(std::size_t part) { return "a" + std::to_string(part + 1); }

  std::string with_keys(const std::string& columns) const {
    return key_list_.empty() ? columns : columns.empty() ? key_list_ : key_list_ + ", " + columns;
  }
  static std::string group_by(const std::vector<std::string>& names) {
    return names.empty() ? "" : " GROUP BY " + joined(names, ", ");
  }
  std::string next_part() { return "_part_" + std::to_string(++part_count_); }
  void add(const std::string& name, const std::string& select) { layers_.push_back(name + " AS (" + select + ")"); }

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

  std::vector<std::string> primary_key_names(const std::string& view) const {
    std::vector<std::string> names;
    const auto part = std::find_if(parts_.begin(), parts_.end(), [&](const AggregatePart& each) {
      return each.form == AggregatePart::Form::deduplicated && each.grain == view;
    });
    const auto number = std::to_string(part - parts_.begin() + 1);
    for (std::size_t i = 0; i < part->key.size(); ++i) names.push_back("p" + number + "_" + std::to_string(i + 1));
    return names;
  }

  void rows() {
    std::string columns;
    for (std::size_t i = 0; i < pieces_.keys.size(); ++i) {
      columns += separator(columns) + pieces_.keys[i] + " AS " + key_names_[i];
    }
    std::vector<std::string> written;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const AggregatePart& part = parts_[i];
      if (!part.value.empty()) columns += separator(columns) + part.value + " AS " + value(i);
      const bool first_of_grain = std::find(written.begin(), written.end(), part.grain) == written.end();
      if (part.form != AggregatePart::Form::deduplicated || !first_of_grain) continue;
      written.push_back(part.grain);
      const std::vector<std::string> names = primary_key_names(part.grain);
      for (std::size_t k = 0; k < names.size(); ++k) columns += separator(columns) + part.key[k] + " AS " + names[k];
    }
    add("_rows", "\n  SELECT " + columns + "\n" + pieces_.from + where_clause(pieces_.where));
  }

  void groups(SelectNames& names) {
    std::string columns;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (parts_[i].form == AggregatePart::Form::deduplicated || is_ordered(parts_[i].aggregate)) continue;
      columns += separator(columns) + aggregated(parts_[i], parts_[i].value.empty() ? "" : value(i)) + " AS " + result(i);
      names.aggregates[i] = "_groups." + result(i);
    }
    if (columns.empty() && key_names_.empty()) columns = "COUNT(*) AS n";
    add("_groups", "SELECT " + with_keys(columns) + " FROM _rows" + group_by(key_names_));
  }

  Grain& grain_of(const AggregatePart& part) {
    for (Grain& grain : grains_) {
      if (grain.view == part.grain) return grain;
    }
    const Grain grain{part.grain, "_grain_" + std::to_string(grains_.size() + 1)};
    std::string columns;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (parts_[i].form != AggregatePart::Form::deduplicated || parts_[i].grain != part.grain) continue;
      columns += separator(columns) + "MAX(" + value(i) + ") AS " + value(i);
    }
    std::vector<std::string> keys = key_names_;
    const std::vector<std::string> primary = primary_key_names(part.grain);
    keys.insert(keys.end(), primary.begin(), primary.end());
    add(grain.name, "SELECT " + with_keys(columns) + " FROM _rows WHERE " + primary.front() + " IS NOT NULL" +
                        group_by(keys));
    grains_.push_back(grain);
    return grains_.back();
  }

  std::string source_of(std::size_t part) {
    return parts_[part].form == AggregatePart::Form::deduplicated ? grain_of(parts_[part]).name : "_rows";
  }

  std::string partition() const { return key_list_.empty() ? "" : "PARTITION BY " + key_list_ + " "; }

  // Linear interpolation between the two values nearest to the rank that is asked for. The weight of a value is how much
  // nearer than one rank it is.
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
    const std::string distinct = "SELECT DISTINCT " + with_keys(v) + " FROM _rows WHERE " + v + " IS NOT NULL";
    const std::string listed = "SELECT " + with_keys(dialect_.list_over(v, partition()) + " AS items") + " FROM (" +
                               distinct + ") AS each_once";
    return "SELECT " + with_keys("MAX(items) AS " + result(part)) + " FROM (" + listed + ") AS listed" +
           group_by(key_names_);
  }

  const SelectPieces& pieces_;
  const std::vector<AggregatePart>& parts_;
  const Dialect& dialect_;
  std::vector<std::string> key_names_;
  std::string key_list_;
  std::vector<std::string> layers_;
  std::vector<Grain> grains_;
  int part_count_ = 0;
};

SelectNames flat(const SelectPieces& pieces, const std::vector<AggregatePart>& parts) {
  SelectNames names;
  names.keys = pieces.keys;
  for (const AggregatePart& part : parts) names.aggregates.push_back(aggregated(part, part.value));
  names.from = pieces.from + where_clause(pieces.where);
  names.grouping = true;
  return names;
}

}  // namespace

SelectNames plan_select(const SelectPieces& pieces, const std::vector<AggregatePart>& parts, const Dialect& dialect) {
  const bool layered = std::any_of(parts.begin(), parts.end(), [](const AggregatePart& part) {
    return part.form == AggregatePart::Form::deduplicated || is_ordered(part.aggregate);
  });
  return layered ? Layers(pieces, parts, dialect).write() : flat(pieces, parts);
}

}  // namespace analyst
