#include "compile/joins.h"

#include <algorithm>
#include <deque>

#include "analyst/error.h"

namespace analyst {

namespace {

constexpr int join_depth_max = 32;

bool to_one(Cardinality cardinality, bool reversed) {
  switch (cardinality) {
    case Cardinality::one_to_one:
      return true;
    case Cardinality::many_to_one:
      return !reversed;
    case Cardinality::one_to_many:
      return reversed;
    case Cardinality::many_to_many:
      return false;
  }
  return false;
}

Join join_between(const Model& model, const std::string& parent, const std::string& view) {
  Join found;
  for (const Relationship& relationship : model.relationships) {
    if (relationship.from_view == parent && relationship.to_view == view) return {parent, view, &relationship, false};
    if (relationship.reversible && relationship.from_view == view && relationship.to_view == parent) {
      found = {parent, view, &relationship, true};
    }
  }
  if (!found.relationship) {
    throw Error(Errc::bad_query, "The model joins " + view + " to " + parent + ", but no relationship leads from " +
                                     parent + " to " + view + ".");
  }
  return found;
}

}  // namespace

JoinScope::JoinScope(const Model& model, const Topic& topic) : base_(topic.base_view) {
  add(model, base_, topic.joins, 0);
}

void JoinScope::add(const Model& model, const std::string& parent, const std::vector<JoinNode>& nodes, int depth) {
  if (depth == join_depth_max) throw Error(Errc::bad_query, "The joins of this topic are nested too deeply.");
  for (const JoinNode& node : nodes) {
    // A view that this user may not see is not there, nor is what hangs below it.
    if (!model.view(node.view)) continue;
    if (contains(node.view)) {
      throw Error(Errc::bad_query, "The topic joins " + node.view + " twice; give the second one an alias.");
    }
    joins_.push_back(join_between(model, parent, node.view));
    add(model, node.view, node.joins, depth + 1);
  }
}

JoinScope::JoinScope(const Model& model, const View& view) : base_(view.name) {
  std::deque<std::string> open = {base_};
  while (!open.empty()) {
    const std::string parent = open.front();
    open.pop_front();
    for (const Relationship& relationship : model.relationships) {
      for (const bool reversed : {false, true}) {
        const std::string& from = reversed ? relationship.to_view : relationship.from_view;
        const std::string& to = reversed ? relationship.from_view : relationship.to_view;
        if (from != parent || (reversed && !relationship.reversible) || contains(to) || !model.view(to)) continue;
        // An inner join would drop rows of a view that was asked about alone.
        if (!to_one(relationship.cardinality, reversed) || relationship.join_type != JoinType::always_left) continue;
        joins_.push_back({parent, to, &relationship, reversed});
        open.push_back(to);
      }
    }
  }
}

bool JoinScope::contains(std::string_view view) const {
  return view == base_ ||
         std::any_of(joins_.begin(), joins_.end(), [&](const Join& join) { return join.view == view; });
}

bool JoinScope::repeats_base(std::string_view view) const {
  for (auto join = joins_.rbegin(); join != joins_.rend(); ++join) {
    if (join->view != view) continue;
    const bool crossed = join->relationship->join_type == JoinType::cross;
    if (crossed || !to_one(join->relationship->cardinality, join->reversed)) return true;
    view = join->parent;
  }
  return false;
}

std::vector<Join> JoinScope::joins_for(const std::set<std::string>& views) const {
  std::set<std::string> needed = views;
  // Children stand after their parents: one pass backwards reaches every ancestor.
  for (auto join = joins_.rbegin(); join != joins_.rend(); ++join) {
    if (needed.contains(join->view)) needed.insert(join->parent);
  }
  std::vector<Join> result;
  for (const Join& join : joins_) {
    if (needed.contains(join.view)) result.push_back(join);
  }
  return result;
}

JoinTree::JoinTree(std::string base, std::vector<Join> joins) : base_(std::move(base)), joins_(std::move(joins)) {
  std::map<std::string, std::vector<std::string>> to_one_neighbours;
  std::set<std::string> views = {base_};
  for (const Join& join : joins_) {
    views.insert(join.view);
    const Relationship& relationship = *join.relationship;
    if (relationship.join_type == JoinType::cross) continue;
    if (to_one(relationship.cardinality, join.reversed)) to_one_neighbours[join.parent].push_back(join.view);
    if (to_one(relationship.cardinality, !join.reversed)) to_one_neighbours[join.view].push_back(join.parent);
  }
  for (const std::string& view : views) {
    std::set<std::string>& reached = determined_[view];
    std::deque<std::string> open = {view};
    while (!open.empty()) {
      const std::string at = open.front();
      open.pop_front();
      if (!reached.insert(at).second) continue;
      for (const std::string& next : to_one_neighbours[at]) open.push_back(next);
    }
  }
}

bool JoinTree::determines(const std::string& from, const std::string& to) const {
  const auto found = determined_.find(from);
  return from == to || (found != determined_.end() && found->second.contains(to));
}

bool JoinTree::undisturbed(const std::string& view) const {
  const auto found = determined_.find(view);
  return found != determined_.end() && found->second.size() == determined_.size();
}

bool JoinTree::always_present(const std::string& view) const {
  if (view != base_) return false;
  return std::none_of(joins_.begin(), joins_.end(),
                      [](const Join& join) { return join.relationship->join_type == JoinType::full_outer; });
}

}  // namespace analyst
