// compile/joins.h - which views a query reaches, and over which joins.
//
// A scope is a tree of views: the join tree of a topic, or one view and what its to-one relationships lead to. A query
// joins the part of the tree that it needs and no more, since a join that is not needed may still repeat or drop rows.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "analyst/model.h"

namespace analyst {

struct Join {
  std::string parent = {};
  std::string view = {};
  const Relationship* relationship = nullptr;
  // The relationship is walked from its join_to_view to its join_from_view.
  bool reversed = false;
};

class JoinScope {
 public:
  // The views of a topic. Throws Error(bad_query) when no relationship leads from a view to one that it joins.
  JoinScope(const Model& model, const Topic& topic);
  // One view. The views that its to-one relationships lead to are in reach for conditions, not for the query's fields.
  JoinScope(const Model& model, const View& view);

  const std::string& base() const { return base_; }
  bool contains(std::string_view view) const;

  // A row of the base may have several rows of `view`.
  bool repeats_base(std::string_view view) const;

  // The joins that connect the base to `views`, a parent before its children.
  std::vector<Join> joins_for(const std::set<std::string>& views) const;

 private:
  void add(const Model& model, const std::string& parent, const std::vector<JoinNode>& nodes, int depth);

  std::string base_;
  std::vector<Join> joins_;
};

// The joins of one query, and what they do to the grain of each view.
class JoinTree {
 public:
  JoinTree(std::string base, std::vector<Join> joins);

  const std::vector<Join>& joins() const { return joins_; }

  // To each row of `from` belongs at most one row of `to`.
  bool determines(const std::string& from, const std::string& to) const;
  // A row of `view` is in the joined rows at most once.
  bool undisturbed(const std::string& view) const;
  // Every joined row has a row of `view`: no outer join leaves it empty.
  bool always_present(const std::string& view) const;

 private:
  std::string base_;
  std::vector<Join> joins_;
  // The views that a row of the key determines, itself included.
  std::map<std::string, std::set<std::string>> determined_;
};

}  // namespace analyst
