// Blocks of what float64 holds exactly, for pairs of dtypes that have no kernel of their own: float64, integers of up
// to 32 bits, and mixed ones.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "kernels/wide_block.h"
#include "metrics/diff/state.h"

namespace roundoff {

class WideScan {
 public:
  explicit WideScan(const PairRules& rules);

  /// Adds kPairBlock elements to the state. False, and nothing done, where they are not for the kernel.
  bool add(PairState& state, std::int64_t index, std::span<const Exact> x, std::span<const Exact> y);

 private:
  using Doubles = std::array<double, kPairBlock>;

  [[nodiscard]] double least() const;  ///< the least magnitude that a block of `exponent_` may have
  bool measure(const PairState& state);
  bool clean(std::span<const Exact> x, std::span<const Exact> y);
  void look(PairState& state, std::int64_t index) const;
  void refuse(PairState& state) const;

  PairRules rules_;
  DiffUnit unit_;
  bool takes_ = false;  ///< the dtypes
  int most_exponent_ = 0, exponent_ = 0;
  double least_ = 0;
  WideFigures figures_;
  alignas(64) Doubles a_{}, b_{};
  std::array<bool, kPairBlock> apart_{};  ///< elements that clean() took out
  std::int64_t replaced_ = 0;
  std::array<std::uint16_t, kPairBlock> bins_{};
};

}  // namespace roundoff
