// Scans as parallel programs make them: in groups, by doubling distances, or recursively over pairs.
#include <fmt/format.h>

#include "causes/replay/reduce.h"

namespace roundoff::causes {
namespace {

Hypothesis as(const replay::Scan& scan, const std::string& name, DType dtype) {
  return {name, "", Class::rounding, [scan, dtype](const Subject& s) { return replay::replay_scan(s, scan, dtype); }};
}

std::vector<Hypothesis> hypotheses(const Subject& subject) {
  if (!replay::is_scan(subject)) return {};
  const Node& node = replay::node_of(subject);
  const Result<replay::Fibers> fibers = replay::fibers_of(node.attrs, node.shape);
  const DType dtype = node.dtype;
  std::vector<Hypothesis> all;
  for (const int width : {16, 8, 32, 64, 128, 256, 512, 1024}) {
    if (!fibers || width >= fibers->length()) continue;  // one group is left to right
    all.push_back(as(replay::Groups{width}, fmt::format("scan in groups of {}", width), dtype));
  }
  all.push_back(as(replay::Doubling{}, "scan by doubling distances", dtype));
  all.push_back(as(replay::OddEven{}, "scan over odd and even elements", dtype));
  return all;
}

}  // namespace

Cause make_tree_scan() {
  return {.name = "tree_scan",
          .summary = "Running sums made in groups or trees instead of from left to right.",
          .source = "XLA's reduce-window rewriter; Hillis & Steele 1986; Blelloch 1990",
          .rank = 30,
          .hypotheses = hypotheses};
}

}  // namespace roundoff::causes
