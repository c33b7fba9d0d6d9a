// A stratified sample of an op's arguments, element by element from seed and index: every exponent, the op's own
// intervals, the neighbourhoods of zeros, poles and thresholds, and short significands, whose results are often exact
// or halfway.
#pragma once

#include <span>
#include <vector>

#include "inputs/float_range.h"
#include "ops/op.h"

namespace roundoff {

/// Of functions of one argument, elements 2i and 2i + 1 are neighbours (as magnitudes grow), and where `mirrored`
/// elements 4i + 2 and 4i + 3 are 4i and 4i + 1 with the other sign; as far as the range allows.
class Strata {
 public:
  /// `ranges`: one for each argument.
  Strata(const Op& op, std::vector<FloatRange> ranges, bool mirrored, std::uint64_t seed);
  /// The arguments of element `index`.
  void draw(std::int64_t index, std::span<Bits> x) const;

 private:
  struct Argument {
    FloatRange range;
    std::vector<Interval> intervals;      ///< the op's, within the range
    std::vector<std::int64_t> landmarks;  ///< ordinals within the range
  };
  [[nodiscard]] Bits one(const Argument& argument, std::uint64_t index, std::uint32_t stream) const;
  void pair(std::int64_t index, Bits& x) const;

  std::vector<Argument> arguments_;
  bool mirrored_;
  std::uint64_t seed_;
  bool power_;
};

}  // namespace roundoff
