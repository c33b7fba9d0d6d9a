// What the ops along axes share: where the elements of a fiber lie, their attributes, special values, and the
// arithmetic of their budgets.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/double_double.h"
#include "ops/op.h"

namespace roundoff {

/// Fiber f has the elements base[f] + within[i] of an array: fibers in C order of the axes that stay, elements in C
/// order of the others.
struct FiberPlan {
  std::vector<std::int64_t> base;
  std::vector<std::int64_t> within;
  [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(base.size()); }
  [[nodiscard]] std::int64_t length() const { return static_cast<std::int64_t>(within.size()); }
};
[[nodiscard]] FiberPlan plan_fibers(const Shape& shape, std::span<const std::int64_t> axes);

namespace ops {

// ---- attributes, shapes, dtypes ---------------------------------------------------------------------------------

[[nodiscard]] AttrSpec axis_attr(AttrValue standard);  ///< none: over all elements
[[nodiscard]] AttrSpec keepdims_attr();
[[nodiscard]] AttrSpec correction_attr();
/// Shape of a reduction that has no value on no elements (max).
[[nodiscard]] Result<Shape> shape_of_nonempty(std::span<const Shape> in, const Attrs& attrs);
/// Shape of an op along exactly one axis; none is that axis for 1-D arguments.
[[nodiscard]] Result<Shape> shape_along_one_axis(std::span<const Shape> in, const Attrs& attrs);
/// Floating dtypes stay; integers and booleans sum as 64-bit integers (array API 2023.12, sum).
[[nodiscard]] Result<DType> dtype_of_sum(std::span<const DType> in, const Attrs& attrs);

// ---- special values ---------------------------------------------------------------------------------------------

/// Which Kinds occur.
struct Census {
  bool nan = false, undecided = false, pos_inf = false, neg_inf = false, huge_pos = false, huge_neg = false,
       neg_zero = false, real = false;
  void count(const Ball& ball);
  [[nodiscard]] bool only_real() const {
    return !(nan || undecided || pos_inf || neg_inf || huge_pos || huge_neg || neg_zero);
  }
  /// What a sum of these is by IEEE 754 where that does not depend on the reals; Kind::real where it does.
  [[nodiscard]] Kind of_sum() const;
};
[[nodiscard]] Census census_of(std::span<const Ball> in);

// ---- sums -------------------------------------------------------------------------------------------------------

/// Σ in, special values as IEEE 754 adds them; exact wherever the partial sums fit in prec bits. A sum of −0 alone is
/// −0, of nothing +0.
void sum_balls(Ball& out, std::span<const Ball> in, long prec);
/// Whether an enclosure is a real that double-double arithmetic takes as it is.
[[nodiscard]] inline bool plain(const Enclosure& e) { return e.real() && e.exp == 0; }
/// A running sum in double-double; false where the terms or the sum need balls.
class EnclosureSum {
 public:
  [[nodiscard]] bool take(const Enclosure& term);
  [[nodiscard]] bool write(Enclosure& out) const;
  /// Writes the sum divided by n > 0.
  [[nodiscard]] bool write_divided(Enclosure& out, double n) const;

 private:
  DoubleDouble sum_;
  bool any_ = false, only_negative_zeros_ = true;
};

// ---- budgets ----------------------------------------------------------------------------------------------------

/// Above the roundings of a budget's own arithmetic over n terms of one sign.
[[nodiscard]] double slack(std::size_t n);
/// Largest finite number of the arithmetic; +∞ for u = 0. Where Σ|x| passes it, some order of summation overflows.
[[nodiscard]] double overflow_of(const Unit& unit);

/// Running totals of a sum's budget: n roundings in any order, and what the arguments bring along.
struct SumBudget {
  double count = 0, size = 0, radii = 0, squares = 0;
  void take(double mid, double rad);
  /// Radius of the sum, its final rounding apart; +∞ where some order overflows.
  [[nodiscard]] double radius(const Unit& unit) const;
};

}  // namespace ops
}  // namespace roundoff
