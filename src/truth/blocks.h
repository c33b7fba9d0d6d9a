// The truth of contiguous float32 inputs, a block at a time: one polynomial with a rigorous bound, or a line that every
// correct rounding lies on. Boundaries are absolute (aligned powers of two), so that what is certified of an input
// depends on nothing but the input. Method and proof: docs/sweep_truth.md.
#pragma once

#include <array>
#include <cstdint>

#include "kernels/ulp_errors.h"
#include "ops/op.h"

namespace roundoff::truth {

/// R: the truth, correctly rounded. All bits are those of float32.
struct Block {
  enum class Kind : std::uint8_t {
    open,        ///< nothing certified: one element at a time
    nan,         ///< the function has no value at any of the inputs
    line,        ///< R has the bits expected + slope·i at input first + i
    polynomial,  ///< below
  };
  Kind kind = Kind::open;
  std::uint32_t first = 0;
  int level = 0;          ///< 2^level inputs
  bool negative = false;  ///< the truth is; errors below are of absolute values

  // line
  std::uint32_t expected = 0, slope = 0;
  bool finite = false;  ///< R and the truth are real, and the error of R, in units of 2^-kUnitBits ulp, lies between
  double cell = 0;  ///< ⌊|cell|⌋ and the next integer for all inputs, with its sign; 0: anywhere below 1 in size

  // polynomial: bits of |truth| (real, linear in the value) = base + Σ a[k]·u^k ± radius for the input at offset u from
  // the centre first + 2^(level − 1); radius holds for the sum in double, Horner's way without contraction.
  std::uint32_t base = 0;
  std::array<double, kDegree + 1> a{};
  double radius = 0;
  double steepness = 0;                   ///< bound of the change from one input to the next, in ulp
  std::uint32_t lowest = 0, highest = 0;  ///< bits of |y| between which bits are linear in the value
  int ulp_exponent = 0;                   ///< ulp = 2^ulp_exponent
  bool kernel = false;                    ///< `units` holds to within less than kMargin units
  UnitPolynomial units;

  [[nodiscard]] std::uint32_t size() const { return std::uint32_t{1} << level; }
  [[nodiscard]] std::uint32_t centre() const { return first + size() / 2; }
};

class Blocks {
 public:
  /// `op` is elementwise with one argument, and outlives this.
  Blocks(const Op& op, Attrs attrs);
  /// The block that holds the input of this pattern, not a NaN or an infinity. Valid until the next call.
  [[nodiscard]] const Block& at(std::uint32_t pattern);

 private:
  struct Taylor;
  static constexpr int kTop = 23, kLeast = 4;
  bool certify(std::uint32_t first, int level, int& next);
  bool certify_range(Block& block);
  bool certify_tail(Block& block);
  bool certify_taylor(Block& block, int& next);
  bool expand(const Block& block, Taylor& out);
  bool fits_zero(const Block& block);
  const Ball& rest(std::uint32_t first, int level);

  const Elementwise& op_;
  decltype(Course::series) series_;
  Tails tails_;
  Attrs attrs_;
  Block block_;
  /// Bounds of the first coefficient that is left out.
  struct Rest {
    std::uint32_t first = 0;
    int level = 0;  // none yet
    Ball bound;
  };
  Rest wide_rest_, own_rest_;
  /// The last aligned block of each level that could not be certified, and the level to try next.
  struct Failure {
    std::uint32_t first = 1;  // never aligned: none yet
    int next = 0;
  };
  std::array<Failure, kTop + 1> failed_{};
};

}  // namespace roundoff::truth
