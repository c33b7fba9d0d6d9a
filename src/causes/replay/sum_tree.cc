#include "causes/replay/sum_tree.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

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

/// "448, 288, 264", "192 × 5, 40".
std::string counted(std::span<const std::int64_t> sizes) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < sizes.size();) {
    std::size_t same = i;
    while (same < sizes.size() && sizes[same] == sizes[i]) ++same;
    words.push_back(same - i < 3 ? fmt::format("{}", fmt::join(sizes.subspan(i, same - i), ", "))
                                 : fmt::format("{} × {}", sizes[i], same - i));
    i = same;
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

/// A run of the tree's steps as text: "3", "0 … 447", "0 … 996 by 4".
std::string words(const SumStep& run) {
  const std::int64_t last = run.first + run.stride * (run.count - 1);
  if (run.count == 1) return fmt::format("{}", run.first);
  if (run.stride == 1) return fmt::format("{} … {}", run.first, last);
  return fmt::format("{} … {} by {}", run.first, last, run.stride);
}

/// Blocks of neighbours, each left to right, added from the first to the last: their sizes; empty where the steps are
/// something else.
std::vector<std::int64_t> plain_blocks(std::span<const SumStep> steps) {
  std::vector<std::int64_t> sizes;
  std::int64_t next = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const SumStep& step = steps[i];
    const bool join_wanted = i > 1 && steps[i - 1].what == SumStep::Do::start;
    if (join_wanted != (step.what == SumStep::Do::join)) return {};
    if (step.what == SumStep::Do::join) continue;
    const bool lone_last = step.what == SumStep::Do::extend && step.count == 1 && i + 1 == steps.size();
    if ((step.what == SumStep::Do::extend && !lone_last) || step.first != next || (step.count > 1 && step.stride != 1))
      return {};
    sizes.push_back(step.count);
    next += step.count;
  }
  return sizes;
}

/// How many interleaved accumulators the steps use: every run goes by that stride, from 0, 1, … up to it; 0 where they
/// are something else.
std::int64_t interleaved(std::span<const SumStep> steps, std::int64_t leaves) {
  std::int64_t stride = 0;
  std::vector<std::int64_t> firsts;
  for (const SumStep& step : steps) {
    if (step.what == SumStep::Do::join) continue;
    if (step.what == SumStep::Do::extend || (stride != 0 && step.count > 1 && step.stride != stride)) return 0;
    if (step.count > 1) stride = step.stride;
    firsts.push_back(step.first);
  }
  std::ranges::sort(firsts);
  for (std::size_t i = 0; i < firsts.size(); ++i) {
    if (firsts[i] != static_cast<std::int64_t>(i)) return 0;
  }
  const auto count = static_cast<std::int64_t>(firsts.size());
  return stride == count && count < leaves && stride > 1 ? stride : 0;
}

/// The steps as a formula, from left to right but for parentheses. A run stands for its terms, each added by itself; a
/// sum in parentheses is made on its own first. Runs are written by `term`.
std::string formula(std::span<const SumStep> steps, const std::function<std::string(const SumStep&)>& term) {
  std::vector<std::pair<std::string, bool>> stack;  // text, and whether it has more than one term to write
  for (const SumStep& step : steps) {
    if (step.what == SumStep::Do::start) {
      stack.emplace_back(term(step), step.count > 1);
      continue;
    }
    const bool join = step.what == SumStep::Do::join;
    auto [right, compound] = join ? std::move(stack.back()) : std::pair{term(step), false};
    if (join) stack.pop_back();
    stack.back().first += compound ? " + (" + right + ")" : " + " + right;
    stack.back().second = true;
  }
  return stack.back().first;
}

/// First and last leaf and number of leaves of every node; children come before their parents.
struct Extent {
  std::int64_t first, last, count;
  [[nodiscard]] bool contiguous() const { return last - first + 1 == count; }
};

std::vector<Extent> extents_of(const SumTree& tree) {
  std::vector<Extent> all;
  for (std::int64_t leaf = 0; leaf < tree.leaves; ++leaf) all.push_back({leaf, leaf, 1});
  for (const auto& [left, right] : tree.nodes) {
    const Extent &a = all[static_cast<std::size_t>(left)], &b = all[static_cast<std::size_t>(right)];
    all.push_back({std::min(a.first, b.first), std::max(a.last, b.last), a.count + b.count});
  }
  return all;
}

/// The leaves first … first + size − 1 of a tree as a tree of their own; they are what one of its nodes sums.
SumTree part_of(const SumTree& tree, const std::vector<Extent>& extents, std::int64_t first, std::int64_t size) {
  SumTree part{size, {}, 0};
  std::map<std::int64_t, std::int64_t> renamed;
  const auto renaming = [&](std::int64_t node) { return node < tree.leaves ? node - first : renamed.at(node); };
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
    const std::int64_t node = tree.leaves + static_cast<std::int64_t>(i);
    const Extent& extent = extents[static_cast<std::size_t>(node)];
    if (extent.first < first || extent.last >= first + size) continue;
    part.root = size + static_cast<std::int64_t>(part.nodes.size());
    part.nodes.emplace_back(renaming(tree.nodes[i].first), renaming(tree.nodes[i].second));
    renamed[node] = part.root;
  }
  return part;
}

/// What all blocks of the tree look like inside; empty where they are one, or differ.
std::string alike_inside(const SumTree& tree) {
  const std::vector<std::int64_t> sizes = blocks_of(tree);
  if (sizes.size() < 2) return {};
  const std::vector<Extent> extents = extents_of(tree);
  std::string inside;
  std::int64_t first = 0;
  for (const std::int64_t size : sizes) {
    const std::string text = describe(part_of(tree, extents, first, size));
    if (first > 0 && text != inside) return {};
    inside = text;
    first += size;
  }
  return inside;
}

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

std::string describe(const SumTree& tree) {
  constexpr std::size_t kLongest = 160;
  const std::vector<SumStep> steps = steps_of(tree);
  const std::vector<std::int64_t> blocks = plain_blocks(steps);
  if (blocks.size() == 1) return "left to right";
  if (!blocks.empty())
    return fmt::format("in blocks of {}, left to right inside, blocks added left to right", counted(blocks));
  if (const std::int64_t ways = interleaved(steps, tree.leaves); ways > 0) {
    std::vector<SumStep> joins = steps;
    for (SumStep& step : joins) step.count = 1;
    return fmt::format("{} accumulators, k mod {}, joined {}", ways, ways, formula(joins, words));
  }
  if (const std::string inside = alike_inside(tree); !inside.empty())
    return fmt::format("in blocks of {}, each {}, blocks added left to right", counted(blocks_of(tree)), inside);
  std::string text = formula(steps, words);
  if (text.size() <= kLongest) return text;
  const auto runs = std::ranges::count_if(steps, [](const SumStep& step) { return step.what != SumStep::Do::join; });
  return fmt::format("a tree of {} runs, {} …", runs, text.substr(0, text.find(' ', kLongest)));
}

}  // namespace roundoff::replay
