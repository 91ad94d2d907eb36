// From a semantic query to one SELECT: what is named is looked up, conditions are gathered, joins follow from both, and
// every aggregate finds its grain. Nothing of the query becomes SQL text: names select entries of the model, values are
// bound.

#include <algorithm>

#include "analyst/query.h"
#include "compile/access.h"
#include "compile/limits.h"
#include "compile/select.h"
#include "model/nearest.h"
#include "model/topic_fields.h"

namespace analyst {

namespace {

[[noreturn]] void fail(const std::string& path, const std::string& message) {
  throw Error(Errc::bad_query, path + ": " + message);
}

std::string shown(const std::string& text) {
  std::string clean;
  for (const char c : text.substr(0, 80)) clean += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return "\"" + clean + "\"";
}

// What a name of the query stands for: a dimension or a measure of the model, never neither.
struct Named {
  FieldName name = {};
  const View* view = nullptr;
  const Dimension* dimension = nullptr;
  const Measure* measure = nullptr;
};

class Compilation {
 public:
  Compilation(const Model& model, const SemanticQuery& query, const User& user, Moment moment, const Dialect& dialect)
      : model_(model),
        query_(query),
        user_(user),
        dialect_(dialect),
        when_{user.time_zone, moment},
        topic_(topic_of(model, query)),
        base_(base_of(model, query, topic_)),
        scope_(topic_ ? JoinScope(model, *topic_) : JoinScope(model, base_)),
        bindings_(dialect),
        expressions_(model, user.time_zone, dialect, bindings_),
        measures_(expressions_, when_) {}

  CompiledQuery run() {
    check_shape();
    for (std::size_t i = 0; i < query_.fields.size(); ++i) {
      fields_.push_back(look_up(query_.fields[i], "fields[" + std::to_string(i) + "]"));
    }
    check_fields();
    narrow_zones();
    for (const Named& field : fields_) {
      if (field.measure) {
        measures_.add(field.name);
      } else {
        keys_.push_back(use(expressions_.dimension(field.name)));
      }
    }
    add_query_filters();
    if (topic_) add_topic_conditions();
    add_access_conditions();
    make_row_sets();
    return write();
  }

 private:
  static const Topic* topic_of(const Model& model, const SemanticQuery& query) {
    if (query.topic.empty()) return nullptr;
    if (const Topic* topic = model.topic(query.topic)) return topic;
    std::vector<std::string> names;
    for (const Topic& topic : model.topics) names.push_back(topic.name);
    fail("join_paths_from_topic_name", "there is no topic " + shown(query.topic) + did_you_mean(query.topic, names));
  }

  static const View& base_of(const Model& model, const SemanticQuery& query, const Topic* topic) {
    if (topic && !query.table.empty() && query.table != topic->base_view) {
      fail("table",
           "the topic " + topic->name + " starts from " + topic->base_view + ", not from " + shown(query.table));
    }
    const std::string& name = topic ? topic->base_view : query.table;
    if (name.empty()) fail("table", "is missing: name a view, or a topic in join_paths_from_topic_name");
    if (const View* view = model.view(name)) return *view;
    std::vector<std::string> names;
    for (const View& view : model.views) names.push_back(view.name);
    fail("table", "there is no view " + shown(name) + did_you_mean(name, names));
  }

  void check_shape() const {
    if (query_.fields.empty()) fail("fields", "needs at least one field");
    if (query_.fields.size() > fields_max) fail("fields", "has more than " + std::to_string(fields_max) + " entries");
    if (query_.filters.size() > filters_max)
      fail("filters", "has more than " + std::to_string(filters_max) + " entries");
    // One row more than may be asked for, so that a caller can tell whether there are more.
    if (query_.limit < 1 || query_.limit > query_limit_max + 1) {
      fail("limit", "must be from 1 to " + std::to_string(query_limit_max));
    }
  }

  void check_fields() const {
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (fields_[i].name == fields_[j].name) {
          fail("fields[" + std::to_string(i) + "]", fields_[i].name.to_string() + " is there twice");
        }
      }
    }
    for (std::size_t i = 0; i < query_.pivots.size(); ++i) {
      const std::string path = "pivots[" + std::to_string(i) + "]";
      const std::size_t at = index_of(query_.pivots[i].to_string(), path);
      if (fields_[at].measure) fail(path, "is a measure; only dimensions can be pivoted");
    }
    for (std::size_t i = 0; i < query_.sorts.size(); ++i) {
      index_of(query_.sorts[i].column, "sorts[" + std::to_string(i) + "].column_name");
    }
  }

  // The place of a field among the fields of the query.
  std::size_t index_of(const std::string& name, const std::string& path) const {
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      if (fields_[i].name.to_string() == name) return i;
    }
    fail(path, shown(name) + " is not among the fields of the query");
  }

  bool in_scope(const View& view, const Field& field) const {
    return topic_ ? topic_contains_field(*topic_, view.name, field) : view.name == base_.name;
  }

  Named look_up(const FieldName& name, const std::string& path) const {
    Named found{.name = name, .view = model_.view(name.view)};
    if (found.view) {
      found.dimension = found.view->dimension(name.field);
      if (!found.dimension) found.measure = found.view->measure(name.field);
    }
    if (!found.dimension && !found.measure) unknown(name, path);
    const Field& field = found.dimension ? static_cast<const Field&>(*found.dimension) : *found.measure;
    if (!in_scope(*found.view, field)) {
      fail(path, name.to_string() + (topic_ ? " is not in the topic " + topic_->name
                                            : " is not in the view " + base_.name +
                                                  "; name a topic that has both in join_paths_from_topic_name"));
    }
    check_timeframe(found, path);
    return found;
  }

  [[noreturn]] void unknown(const FieldName& name, const std::string& path) const {
    const std::string wanted = name.view + "." + name.field;
    std::vector<std::string> names;
    for (const View& view : model_.views) {
      for (const Dimension& each : view.dimensions) {
        if (!each.hidden && in_scope(view, each)) names.push_back(view.name + "." + each.name);
      }
      for (const Measure& each : view.measures) {
        if (!each.hidden && in_scope(view, each)) names.push_back(view.name + "." + each.name);
      }
    }
    fail(path, "there is no field " + shown(wanted) + did_you_mean(wanted, names));
  }

  static void check_timeframe(const Named& field, const std::string& path) {
    const auto& timeframe = field.name.timeframe;
    if (!timeframe) return;
    if (field.measure) fail(path, "a measure has no timeframes");
    const Dimension& dimension = *field.dimension;
    if (dimension.type != ValueType::date && dimension.type != ValueType::timestamp) {
      fail(path, field.name.view + "." + field.name.field + " is neither a date nor a time: it has no timeframes");
    }
    const auto& offered = dimension.timeframes;
    if (offered.empty() || *timeframe == Timeframe::raw) return;
    if (std::find(offered.begin(), offered.end(), *timeframe) != offered.end()) return;
    std::string list;
    for (const Timeframe each : offered) list += (list.empty() ? "" : ", ") + std::string(to_string(each));
    fail(path, field.name.view + "." + field.name.field + " is offered by " + list);
  }

  // An interval that all rows lie in spares the changes of the clock outside of it.
  void narrow_zones() {
    for (const auto& [name, filter] : query_.filters) {
      if (filter.type != Filter::Type::date || filter.is_negative || name.timeframe) continue;
      const View* view = model_.view(name.view);
      const Dimension* dimension = view ? view->dimension(name.field) : nullptr;
      if (!dimension || dimension->type != ValueType::timestamp) continue;
      try {
        expressions_.narrow(name, utc_interval(filter, when_.time_zone, when_.moment));
      } catch (const Error&) {
        // Said with its path when the filter itself is compiled.
      }
    }
  }

  Expression use(Expression expression) {
    needed_.insert(expression.views.begin(), expression.views.end());
    return expression;
  }

  void add_row_condition(const FieldName& name, const Filter& filter, const std::string& path) {
    const Operand operand = operand_of(name, path, expressions_, needed_);
    where_.push_back(condition(filter, operand, when_, dialect_, bindings_));
  }

  void add_group_condition(const FieldName& name, const Filter& filter, const std::string& path) {
    measures_.add(name);
    having_.push_back({name, filter, path});
  }

  void add_query_filters() {
    for (const auto& [name, filter] : query_.filters) {
      const std::string path = "filters." + name.to_string();
      const Named field = look_up(name, path);
      if (field.measure) {
        add_group_condition(name, filter, path);
      } else {
        add_row_condition(name, filter, path);
      }
    }
  }

  void add_model_filter(const ModelFilter& filter, const FieldName& name, const std::string& path) {
    const View* view = model_.view(name.view);
    if (view && !view->any_dimension(name.field) && view->any_measure(name.field)) {
      add_group_condition(name, filter_of(filter, measures_.type_of(name)), path);
      return;
    }
    const Dimension* dimension = view ? view->any_dimension(name.field) : nullptr;
    if (!dimension) fail(path, "the topic has a condition on a field that does not exist for this user");
    add_row_condition(name, filter_of(filter, type_of(*dimension, name.timeframe)), path);
  }

  void add_topic_conditions() {
    const std::string path = "topic " + topic_->name;
    for (const ModelFilter& filter : topic_->default_filters) {
      const FieldName name = field_of(filter, base_.name);
      const bool overridden = std::any_of(query_.filters.begin(), query_.filters.end(), [&](const auto& own) {
        return own.first.view == name.view && own.first.field == name.field;
      });
      if (!overridden) add_model_filter(filter, name, path);
    }
    for (const ModelFilter& filter : topic_->always_where_filters) {
      add_model_filter(filter, field_of(filter, base_.name), path);
    }
    for (const ModelFilter& filter : topic_->always_having_filters) {
      add_model_filter(filter, field_of(filter, base_.name), path);
    }
    if (!topic_->always_where_sql.empty()) {
      where_.push_back("(" + use(expressions_.expand(base_.name, topic_->always_where_sql)).sql + ")");
    }
  }

  void add_access_conditions() {
    const std::vector<AccessFilter> filters = topic_ ? access_filters_of(model_, *topic_) : base_.access_filters;
    for (const AccessFilter& filter : filters) {
      const auto name = FieldName::parse(filter.field);
      const View* view = name ? model_.view(name->view) : nullptr;
      const Dimension* dimension = view ? view->any_dimension(name->field) : nullptr;
      const bool applicable = dimension && scope_.contains(view->name);
      const auto limit = access_condition(filter, user_, dimension ? dimension->type : ValueType::text);
      if (!limit) continue;
      if (!applicable) {
        throw Error(Errc::not_allowed, "You are not allowed to ask about " + base_.name +
                                           " alone: what you may see depends on something that it is not joined to.");
      }
      add_row_condition(*name, *limit, "access filter");
    }
  }

  // Views joined, and what comes with joining them.
  struct Joined {
    std::set<std::string> views = {};
    std::vector<Join> joins = {};
    std::string from = {};
    std::vector<std::string> conditions = {};
  };

  // Conditions of joins may need views of their own, so this goes on until nothing is added.
  Joined join(std::set<std::string> views) {
    Joined joined{.views = std::move(views)};
    joined.views.insert(base_.name);
    for (std::size_t before = 0; before != joined.views.size();) {
      before = joined.views.size();
      joined.joins = scope_.joins_for(joined.views);
      joined.from = "FROM " + table_of(base_);
      joined.conditions.clear();
      for (const Join& each : joined.joins) {
        joined.views.insert(each.view);
        joined.from += "\n" + join_of(each, joined.views);
        if (each.relationship->where_sql.empty()) continue;
        const Expression where = expressions_.expand(each.relationship->from_view, each.relationship->where_sql);
        joined.views.insert(where.views.begin(), where.views.end());
        joined.conditions.push_back("(" + where.sql + ")");
      }
    }
    for (const std::string& view : joined.views) {
      if (scope_.contains(view)) continue;
      throw Error(Errc::bad_query,
                  "A field of this query is computed from the view " + view + ", which " +
                      (topic_ ? "the topic " + topic_->name + " does not join." : base_.name + " is not joined to."));
    }
    return joined;
  }

  // Usually there is one row set, with every join of the query. Aggregates over tables that do not know each other, the
  // orders and the tickets of a customer, say, get one each, since joined to one another they would multiply. Outer
  // joins keep every row of the base, so each set has the same groups.
  void make_row_sets() {
    const std::vector<AggregatePart>& parts = measures_.parts();
    const Joined common = join(needed_);
    std::set<std::string> all = common.views;
    for (const AggregatePart& part : parts) all.insert(part.views.begin(), part.views.end());
    const Joined whole = join(all);
    const bool separable = std::all_of(whole.joins.begin(), whole.joins.end(), [](const Join& each) {
      return each.relationship->join_type == JoinType::always_left && each.relationship->where_sql.empty();
    });

    struct Part {
      std::size_t index = 0;
      std::set<std::string> views = {};
      // The views that multiply the rows, beyond those that the query needs anyway.
      std::set<std::string> repeating = {};
    };
    std::vector<Part> open;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      Part part{.index = i, .views = common.views};
      part.views.insert(parts[i].views.begin(), parts[i].views.end());
      if (!separable) part.views = whole.views;
      part.views = join(part.views).views;
      for (const std::string& view : part.views) {
        if (separable && !common.views.contains(view) && scope_.repeats_base(view)) part.repeating.insert(view);
      }
      open.push_back(std::move(part));
    }
    // The widest first, so that the narrower ones find a set that contains them.
    std::stable_sort(open.begin(), open.end(),
                     [](const Part& a, const Part& b) { return a.repeating.size() > b.repeating.size(); });
    struct Set {
      std::set<std::string> views = {};
      std::set<std::string> repeating = {};
      std::vector<std::size_t> parts = {};
    };
    std::vector<Set> sets;
    for (const Part& part : open) {
      const auto fits = [&](const Set& set) {
        return set.repeating == part.repeating || (measures_.can_be_repeated(parts[part.index]) &&
                                                   std::includes(set.repeating.begin(), set.repeating.end(),
                                                                 part.repeating.begin(), part.repeating.end()));
      };
      auto set = std::find_if(sets.begin(), sets.end(), fits);
      if (set == sets.end()) set = sets.insert(sets.end(), Set{.repeating = part.repeating});
      set->views.insert(part.views.begin(), part.views.end());
      set->parts.push_back(part.index);
    }
    if (sets.empty()) sets.push_back({.views = common.views});
    for (Set& set : sets) {
      Joined joined = join(set.views);
      const JoinTree tree(base_.name, joined.joins);
      std::sort(set.parts.begin(), set.parts.end());
      for (const std::size_t part : set.parts) measures_.settle(part, tree);
      RowSet rows{.from = std::move(joined.from), .where = where_, .parts = std::move(set.parts)};
      rows.where.insert(rows.where.end(), joined.conditions.begin(), joined.conditions.end());
      row_sets_.push_back(std::move(rows));
    }
  }

  std::string join_of(const Join& join, std::set<std::string>& views) {
    const Relationship& relationship = *join.relationship;
    const std::string table = table_of(*model_.view(join.view));
    if (relationship.join_type == JoinType::cross) return "CROSS JOIN " + table;
    const char* keyword = relationship.join_type == JoinType::inner        ? "INNER JOIN "
                          : relationship.join_type == JoinType::full_outer ? "FULL OUTER JOIN "
                                                                           : "LEFT JOIN ";
    const Expression on = expressions_.expand(relationship.from_view, relationship.on_sql);
    views.insert(on.views.begin(), on.views.end());
    return keyword + table + " ON " + on.sql;
  }

  std::string table_of(const View& view) const {
    const View* source = &view;
    if (!view.alias_of.empty() && view.table.empty() && view.derived_sql.empty()) {
      if (const View* original = model_.view(view.alias_of)) source = original;
    }
    const std::string alias = dialect_.quoted(view.name);
    // The SQL may end in a comment.
    if (!source->derived_sql.empty()) return "(" + source->derived_sql + "\n) AS " + alias;
    const bool alias_alone = source == &view && !view.alias_of.empty() && view.table.empty();
    std::string table = dialect_.quoted(alias_alone             ? view.alias_of
                                        : source->table.empty() ? source->name
                                                                : source->table);
    if (!source->schema.empty()) table = dialect_.quoted(source->schema) + "." + table;
    return table == alias ? table : table + " AS " + alias;
  }

  CompiledQuery write() {
    std::vector<std::string> keys;
    for (const Expression& each : keys_) keys.push_back(each.sql);
    const SelectNames names = plan_select(keys, row_sets_, measures_.parts(), dialect_);
    const auto aggregate = [&](const AggregatePart& part) {
      return names.aggregates[static_cast<std::size_t>(&part - measures_.parts().data())];
    };

    CompiledQuery compiled;
    std::string columns;
    std::string group_by;
    std::size_t key = 0;
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      const Named& field = fields_[i];
      const std::string sql = field.measure ? measures_.result(field.name, aggregate) : names.keys[key];
      if (field.dimension) {
        key_sql_.emplace(i, names.keys[key++]);
        group_by += (group_by.empty() ? "" : ", ") + std::to_string(i + 1);
      }
      columns += (i == 0 ? "" : ",\n  ") + sql + " AS " + dialect_.quoted(field.name.to_string());
      compiled.columns.push_back(column_of(field));
    }
    std::string sql = names.with + "SELECT\n  " + columns + "\n" + names.from;
    if (names.grouping && !group_by.empty()) sql += "\nGROUP BY " + group_by;
    std::string having;
    for (const GroupCondition& each : having_) {
      const Operand operand{.path = each.path,
                            .sql = measures_.result(each.name, aggregate),
                            .type = measures_.type_of(each.name),
                            .stored_sql = measures_.result(each.name, aggregate),
                            .stored_type = measures_.type_of(each.name)};
      having += (having.empty() ? "" : "\n  AND ") + condition(each.filter, operand, when_, dialect_, bindings_);
    }
    if (!having.empty()) sql += (names.grouping ? "\nHAVING " : "\nWHERE ") + having;
    sql += "\nORDER BY " + order_by() + "\nLIMIT " + bindings_.bind(std::int64_t{query_.limit});
    compiled.statement = {.sql = std::move(sql), .values = bindings_.take()};
    name_apart(compiled.columns);
    return compiled;
  }

  ResultColumn column_of(const Named& field) const {
    const Field& shared = field.dimension ? static_cast<const Field&>(*field.dimension) : *field.measure;
    ResultColumn column{
        .name = field.name,
        .label = shared.label.empty() ? shared.name : shared.label,
        .type = field.dimension ? type_of(*field.dimension, field.name.timeframe) : measures_.type_of(field.name),
        .format = shared.format,
        .is_measure = field.measure != nullptr};
    if (field.name.timeframe && *field.name.timeframe != Timeframe::raw) {
      std::string words(to_string(*field.name.timeframe));
      std::replace(words.begin(), words.end(), '_', ' ');
      column.label += " " + words;
      // The format is that of the whole value, not of a month of it.
      column.format.clear();
    }
    return column;
  }

  // Two columns with the same label are told apart by their views.
  void name_apart(std::vector<ResultColumn>& columns) const {
    std::vector<std::string> labels;
    for (const ResultColumn& column : columns) labels.push_back(column.label);
    for (ResultColumn& column : columns) {
      if (std::count(labels.begin(), labels.end(), column.label) < 2) continue;
      const View& view = *model_.view(column.name.view);
      column.label = (view.label.empty() ? view.name : view.label) + " " + column.label;
    }
  }

  // Asked for, or time forward, or the largest first; then by the dimensions, so that the same question has the same
  // answer. What is NULL comes last in either direction.
  std::string order_by() const {
    std::vector<std::pair<std::size_t, bool>> order;
    const auto add = [&](std::size_t field, bool descending) {
      const bool known = std::any_of(order.begin(), order.end(), [&](const auto& each) { return each.first == field; });
      if (!known) order.emplace_back(field, descending);
    };
    for (const Sort& sort : query_.sorts) add(index_of(sort.column, "sorts"), sort.descending);
    if (order.empty()) {
      for (std::size_t i = 0; i < fields_.size(); ++i) {
        if (is_time(fields_[i])) add(i, false);
      }
    }
    if (order.empty()) {
      const auto first = std::find_if(fields_.begin(), fields_.end(), [](const Named& field) { return field.measure; });
      if (first != fields_.end()) add(static_cast<std::size_t>(first - fields_.begin()), true);
    }
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      if (fields_[i].dimension) add(i, false);
    }
    std::string text;
    for (const auto& [field, descending] : order) {
      text += (text.empty() ? "" : ", ") + sort_key(field) + (descending ? " DESC" : "") + " NULLS LAST";
    }
    return text;
  }

  static bool is_time(const Named& field) {
    if (!field.dimension) return false;
    return field.dimension->type == ValueType::date || field.dimension->type == ValueType::timestamp;
  }

  // Names of days and months sort by the calendar, everything else by its value.
  std::string sort_key(std::size_t field) const {
    const auto& timeframe = fields_[field].name.timeframe;
    const bool days = timeframe == Timeframe::day_of_week_name;
    if (!days && timeframe != Timeframe::month_name) return std::to_string(field + 1);
    static constexpr const char* day_names[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                "Friday", "Saturday", "Sunday"};
    static constexpr const char* month_names[] = {"January",   "February", "March",    "April",
                                                  "May",       "June",     "July",     "August",
                                                  "September", "October",  "November", "December"};
    std::string text = "CASE " + key_sql_.at(field);
    const std::size_t count = days ? std::size(day_names) : std::size(month_names);
    for (std::size_t i = 0; i < count; ++i) {
      text += std::string(" WHEN '") + (days ? day_names[i] : month_names[i]) + "' THEN " + std::to_string(i + 1);
    }
    return text + " END";
  }

  struct GroupCondition {
    FieldName name = {};
    Filter filter = {};
    std::string path = {};
  };

  const Model& model_;
  const SemanticQuery& query_;
  const User& user_;
  const Dialect& dialect_;
  const When when_;
  const Topic* topic_;
  const View& base_;
  const JoinScope scope_;
  Bindings bindings_;
  Expressions expressions_;
  Measures measures_;

  std::vector<Named> fields_;
  std::vector<Expression> keys_;
  std::set<std::string> needed_;
  std::vector<std::string> where_;
  std::vector<GroupCondition> having_;
  std::vector<RowSet> row_sets_;
  std::map<std::size_t, std::string> key_sql_;
};

}  // namespace

CompiledQuery compile(const Model& model, const SemanticQuery& query, const User& user, Moment moment,
                      const Dialect& dialect) {
  return Compilation(model, query, user, moment, dialect).run();
}

}  // namespace analyst
