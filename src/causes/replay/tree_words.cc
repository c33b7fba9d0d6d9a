#include "causes/replay/tree_words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <map>

#include "causes/replay/guesses.h"

namespace roundoff::replay {
namespace {

using kernels::SumStep;

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
std::string run_words(const SumStep& run) {
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

/// Blocks of these sizes with several accumulators in turn, in words; empty where the tree is something else.
std::string in_turn(const SumTree& tree, std::span<const std::int64_t> sizes) {
  const std::uint64_t hash = hash_of(tree);
  for (const InTurn& how : ways_in_turn()) {
    if (hash_of(blocks_in_turn(sizes, how)) == hash) return words(how, sizes);
  }
  return {};
}

}  // namespace

std::string describe(const SumTree& tree) {
  constexpr std::size_t kLongest = 160;
  const std::vector<SumStep> steps = steps_of(tree);
  const std::vector<std::int64_t> blocks = plain_blocks(steps);
  if (blocks.size() == 1) return "left to right";
  if (!blocks.empty())
    return fmt::format("in blocks of {}, left to right inside, blocks added left to right", counted(blocks));
  const std::vector<std::int64_t> sizes = blocks_of(tree);
  if (std::string inside = in_turn(tree, sizes); !inside.empty()) {
    if (sizes.size() == 1) return inside;
    return fmt::format("in blocks of {}, each in {}, blocks added left to right", counted(sizes), inside);
  }
  std::string text = formula(steps, run_words);
  if (text.size() <= kLongest) return text;
  const auto runs = std::ranges::count_if(steps, [](const SumStep& step) { return step.what != SumStep::Do::join; });
  return fmt::format("a tree of {} runs, {} …", runs, text.substr(0, text.find(' ', kLongest)));
}

}  // namespace roundoff::replay
