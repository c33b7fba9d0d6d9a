// All that the figures of a pair are made of: integers, extremes under a total order and exact sums, so that any split
// over blocks, threads or shards merges to the same figures, byte for byte.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/exact_sum.h"
#include "kernels/wide_block.h"
#include "metrics/diff/close.h"
#include "metrics/diff/element.h"
#include "roundoff/diff.h"

namespace roundoff {

/// What a pair is measured by.
struct PairRules {
  DType a = DType::float32, b = DType::float32;
  double rtol = 1e-7, atol = 0;         ///< as assert_allclose has them
  std::optional<std::int64_t> max_ulp;  ///< as assert_array_max_ulp has it
  std::size_t worst = 5;                ///< how many elements are kept
  bool complex = false;                 ///< elements are parts, the real one of each pair first
};

/// An element that is kept.
struct KeptElement {
  double rank = 0;  ///< |a − b|; +∞ where kinds differ
  std::int64_t index = 0;
  Exact a, b;
};

class PairState {
 public:
  explicit PairState(const PairRules& rules);

  /// Any element: the way of one at a time, which all others must equal.
  void add(std::int64_t index, const Exact& a, const Exact& b);
  /// The extremes of an element only: for what a kernel has found in a block whose sums are added.
  void look(std::int64_t index, const Exact& a, const Exact& b);
  /// The sums of a block of the kernels; `shift`: log2 of the unit's ulp in ulps of float32. `replaced` of its elements
  /// are pairs of zeros that stand for others.
  void add_block(const PairFigures& block, bool near, int shift, std::int64_t replaced);
  void add_same_block(const PairFigures& block, std::int64_t replaced);
  /// `bins`: those of the block's elements.
  void add_wide_block(const WideFigures& block, std::span<const std::uint16_t> bins, std::int64_t replaced);
  /// Elements of blocks that a tolerance refuses. Of parts of complex elements only `ulp` counts.
  void add_beyond(std::int64_t numpy, std::int64_t torch, std::int64_t ulp);
  /// Complex elements that a tolerance refuses.
  void add_moduli_beyond(std::int64_t numpy, std::int64_t torch);
  /// Bins of the kernels, [kPairTables][kPairTableStep], with the zeros of replaced elements among them; leaves them
  /// empty.
  void add_bins(std::uint32_t* counts);
  void differs_at(std::int64_t index);

  void merge(const PairState& other);

  [[nodiscard]] DiffFigures figures() const;
  [[nodiscard]] const std::vector<KeptElement>& worst() const { return worst_; }
  [[nodiscard]] Beyond beyond() const;

  // What a block must pass for look() to have anything to do.
  [[nodiscard]] double least_kept() const;  ///< rank of the last of `worst`, where it is full; else −1
  [[nodiscard]] double max_relative() const { return max_relative_; }
  [[nodiscard]] double max_ulp() const { return max_ulp_; }
  [[nodiscard]] double max_abs() const { return max_abs_; }
  [[nodiscard]] std::int64_t first_different() const { return first_different_; }  ///< −1: none
  [[nodiscard]] const PairRules& rules() const { return rules_; }
  [[nodiscard]] const DiffUnit& unit() const { return unit_; }
  [[nodiscard]] const Closeness& closeness() const { return closeness_; }

 private:
  void keep(const KeptElement& element);
  void add_number(const Exact& a, const Exact& b, double apart);
  void look(std::int64_t index, const Exact& a, const Exact& b, double apart);
  void refuse(const Exact& a, const Exact& b);
  [[nodiscard]] std::int64_t& bin(std::uint32_t number);

  PairRules rules_;
  DiffUnit unit_;
  Closeness closeness_;
  std::int64_t of_ = 0, identical_ = 0, zero_signs_ = 0;
  std::array<std::array<std::int64_t, 4>, 4> kinds_{};
  // Of `same` and near blocks: Σ a², Σ a·(a − b), Σ (a − b)²; of the rest: Σ a², Σ a·b, Σ b².
  ExactSum near_aa_, near_ad_, near_dd_, aa_, ab_, bb_;
  ExactSum abs_, ulps_, distance_;
  double max_abs_ = 0, max_relative_ = 0, max_ulp_ = 0;
  std::int64_t max_distance_ = 0;
  std::int64_t first_different_ = -1, worst_ulp_ = -1;
  std::int64_t beyond_numpy_ = 0, beyond_torch_ = 0, beyond_ulp_ = 0;
  /// Counts of |a − b| in the arithmetic of the unit, by exponent and three bits of the mantissa of float64; zeros
  /// apart. Empty until the first.
  std::vector<std::int64_t> bins_;
  std::int64_t zero_bin_ = 0;
  std::vector<KeptElement> worst_;
};

[[nodiscard]] ValueKind kind_of(double x);

}  // namespace roundoff
