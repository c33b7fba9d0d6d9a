#include "causes/replay/sum_tree.h"

#include <algorithm>
#include <map>

#include "causes/replay/orders.h"

namespace roundoff::replay {
namespace {

using kernels::SumStep;

/// Leaves that hang together, with what joins the first of them on its way up: other parts, by the size of the subtree
/// after the join.
struct Part {
  std::vector<std::int64_t> leaves;
  std::vector<std::size_t> joined;  ///< indices of parts, innermost first
};

/// Groups the leaves of one part by the sizes that they met its first leaf at, and checks that each join is of two.
Status split(std::vector<Part>& parts, std::size_t index, std::span<const std::int64_t> sizes) {
  std::map<std::int64_t, std::vector<std::int64_t>> by_size;
  for (std::size_t i = 0; i < sizes.size(); ++i) by_size[sizes[i]].push_back(parts[index].leaves[i + 1]);
  std::int64_t size = 1;
  for (auto& [met, leaves] : by_size) {
    size += static_cast<std::int64_t>(leaves.size());
    if (met != size)
      return Error{Code::worker, "the sizes of the common ancestors fit no binary tree", "probing the order of a sum",
                   ""};
    parts[index].joined.push_back(parts.size());
    parts.push_back({std::move(leaves), {}});
  }
  return {};
}

/// Parts are made before what they join, so going backwards every part finds its joined ones done.
SumTree assembled(const std::vector<Part>& parts, std::int64_t n) {
  SumTree tree{n, {}, 0};
  std::vector<std::int64_t> top(parts.size());
  for (std::size_t i = parts.size(); i-- > 0;) {
    std::int64_t node = parts[i].leaves[0];
    for (const std::size_t joined : parts[i].joined) {
      tree.nodes.emplace_back(node, top[joined]);
      node = n + static_cast<std::int64_t>(tree.nodes.size()) - 1;
    }
    top[i] = node;
  }
  tree.root = top[0];
  return tree;
}

/// What a left spine of the tree is made of: the innermost term, then what is added to it in turn.
std::vector<std::int64_t> spine_of(const SumTree& tree, std::int64_t node) {
  std::vector<std::int64_t> terms;
  while (node >= tree.leaves) {
    const auto& [left, right] = tree.nodes[static_cast<std::size_t>(node - tree.leaves)];
    terms.push_back(right);
    node = left;
  }
  terms.push_back(node);
  std::ranges::reverse(terms);
  return terms;
}

class StepWriter {
 public:
  StepWriter(const SumTree& tree, bool later_first) : tree_(tree), later_first_(later_first) {}

  std::vector<SumStep> write() {
    push(tree_.root);
    return std::move(steps_);
  }

 private:
  [[nodiscard]] bool is_leaf(std::int64_t node) const { return node < tree_.leaves; }

  void push(std::int64_t node) {
    std::vector<std::int64_t> terms = spine_of(tree_, node);
    if (terms.size() > 1 && (!is_leaf(terms[1]) || later_first_)) std::swap(terms[0], terms[1]);
    if (is_leaf(terms[0]))
      add(SumStep::Do::start, terms[0]);
    else
      push(terms[0]);
    for (std::size_t i = 1; i < terms.size(); ++i) {
      if (is_leaf(terms[i])) {
        add(SumStep::Do::extend, terms[i]);
      } else {
        push(terms[i]);
        steps_.push_back({SumStep::Do::join});
      }
    }
  }

  /// One more leaf, in the run before it where that is evenly spaced.
  void add(SumStep::Do what, std::int64_t leaf) {
    if (what == SumStep::Do::extend && steps_.back().what != SumStep::Do::join) {
      SumStep& last = steps_.back();
      const std::int64_t stride = last.count == 1 ? leaf - last.first : last.stride;
      if (leaf == last.first + stride * last.count) {
        last.stride = stride;
        ++last.count;
        return;
      }
    }
    steps_.push_back({what, leaf, 1, 1});
  }

  const SumTree& tree_;
  bool later_first_;
  std::vector<SumStep> steps_;
};

}  // namespace

Result<SumTree> find_tree(std::int64_t n, const Measure& measure) {
  std::vector<Part> parts(1);
  for (std::int64_t i = 0; i < n; ++i) parts[0].leaves.push_back(i);
  for (std::size_t done = 0; done < parts.size();) {
    const std::size_t level = parts.size();
    std::vector<LeafPair> pairs;
    for (std::size_t p = done; p < level; ++p) {
      for (std::size_t i = 1; i < parts[p].leaves.size(); ++i)
        pairs.emplace_back(parts[p].leaves[0], parts[p].leaves[i]);
    }
    std::vector<std::int64_t> sizes;
    if (!pairs.empty()) {
      ROUNDOFF_TRY(sizes, measure(pairs));
    }
    std::size_t at = 0;
    for (; done < level; ++done) {
      const std::size_t count = parts[done].leaves.size() - 1;
      ROUNDOFF_CHECK(split(parts, done, std::span(sizes).subspan(at, count)));
      at += count;
    }
  }
  return assembled(parts, n);
}

std::vector<Extent> extents_of(const SumTree& tree) {
  std::vector<Extent> all;
  for (std::int64_t leaf = 0; leaf < tree.leaves; ++leaf) all.push_back({leaf, leaf, 1});
  for (const auto& [left, right] : tree.nodes) {
    const Extent &a = all[static_cast<std::size_t>(left)], &b = all[static_cast<std::size_t>(right)];
    all.push_back({std::min(a.first, b.first), std::max(a.last, b.last), a.count + b.count});
  }
  return all;
}

std::uint64_t hash_of(const SumTree& tree) {
  std::vector<TreeHash> all = hashed_leaves(tree.leaves);
  for (const auto& [left, right] : tree.nodes)
    all.push_back(all[static_cast<std::size_t>(left)] + all[static_cast<std::size_t>(right)]);
  return all[static_cast<std::size_t>(tree.root)].value;
}

std::vector<std::int64_t> blocks_of(const SumTree& tree) {
  const std::vector<Extent> extents = extents_of(tree);
  std::vector<std::int64_t> sizes;  // from the last block to the first
  std::int64_t node = tree.root;
  while (node >= tree.leaves) {
    auto [left, right] = tree.nodes[static_cast<std::size_t>(node - tree.leaves)];
    if (extents[static_cast<std::size_t>(left)].first > extents[static_cast<std::size_t>(right)].first)
      std::swap(left, right);
    const Extent &before = extents[static_cast<std::size_t>(left)], &after = extents[static_cast<std::size_t>(right)];
    if (!before.contiguous() || !after.contiguous()) break;
    sizes.push_back(after.count);
    node = left;
  }
  // The leaves of a first block that runs left to right were taken for blocks of one.
  std::int64_t first = extents[static_cast<std::size_t>(node)].count;
  while (!sizes.empty() && sizes.back() == 1) {
    ++first;
    sizes.pop_back();
  }
  sizes.push_back(first);
  std::ranges::reverse(sizes);
  return sizes;
}

std::vector<SumStep> steps_of(const SumTree& tree, bool later_first) { return StepWriter(tree, later_first).write(); }

}  // namespace roundoff::replay
