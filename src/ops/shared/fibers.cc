#include "ops/shared/fibers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/shared/strides.h"

namespace roundoff {
namespace {

/// Offsets of all combinations of indices along the axes that are (not) reduced, in C order.
std::vector<std::int64_t> offsets(const Shape& shape, const std::vector<bool>& reduced, bool wanted) {
  const auto strides = c_strides(shape);
  Shape sizes;
  std::vector<std::int64_t> steps;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (reduced[i] != wanted) continue;
    sizes.push_back(shape[i]);
    steps.push_back(strides[i]);
  }
  return ops::strided(sizes, 0, steps);
}

}  // namespace

FiberPlan plan_fibers(const Shape& shape, std::span<const std::int64_t> axes) {
  std::vector<bool> reduced(shape.size());
  for (const std::int64_t axis : axes) reduced[static_cast<std::size_t>(axis)] = true;
  return {offsets(shape, reduced, false), offsets(shape, reduced, true)};
}

namespace ops {

AttrSpec axis_attr(AttrValue standard) {
  return {"axis", AttrType::axis, std::move(standard), "axis or axes to run along; None: all", {}};
}
AttrSpec keepdims_attr() {
  return {"keepdims", AttrType::flag, AttrValue{false}, "keep the reduced axes with size 1", {}};
}
AttrSpec correction_attr() {
  return {"correction",
          AttrType::number,
          AttrValue{0.0},
          "the divisor is n - correction: 0 for a population, 1 for a sample",
          {}};
}

Result<Shape> shape_of_nonempty(std::span<const Shape> in, const Attrs& attrs) {
  ROUNDOFF_TRY(const auto axes, axes_of(attrs, in[0].size()));
  for (const std::int64_t axis : axes) {
    if (in[0][static_cast<std::size_t>(axis)] == 0) {
      return Error{Code::input, fmt::format("no element along axis {}, so there is no such element to answer", axis),
                   "", ""};
    }
  }
  static const Op kReduction{.name = "", .summary = "", .body = Fiber{}};
  return infer_shape(kReduction, in, attrs);
}

Result<Shape> shape_along_one_axis(std::span<const Shape> in, const Attrs& attrs) {
  ROUNDOFF_TRY(const auto axes, axes_of(attrs, in[0].size()));
  if (axes.size() != 1) {
    return Error{Code::input, fmt::format("runs along one axis, not {}", axes.size()), "", "name it with axis="};
  }
  return in[0];
}

Result<DType> dtype_of_sum(std::span<const DType> in, const Attrs&) {
  switch (in[0]) {
    case DType::bool_:
    case DType::int8:
    case DType::int16:
    case DType::int32:
    case DType::int64:
      return DType::int64;
    case DType::uint8:
    case DType::uint16:
    case DType::uint32:
    case DType::uint64:
      return DType::uint64;
    default:
      return in[0];
  }
}

void Census::count(const Ball& ball) {
  switch (ball.kind()) {
    case Kind::real:
      real = true;
      break;
    case Kind::nan:
      nan = true;
      break;
    case Kind::pos_inf:
      pos_inf = true;
      break;
    case Kind::neg_inf:
      neg_inf = true;
      break;
    case Kind::neg_zero:
      neg_zero = true;
      break;
    case Kind::huge_pos:
      huge_pos = true;
      break;
    case Kind::huge_neg:
      huge_neg = true;
      break;
    case Kind::undecided:
      undecided = true;
      break;
  }
}

Kind Census::of_sum() const {
  if (nan || (pos_inf && neg_inf)) return Kind::nan;
  if (undecided) return Kind::undecided;
  if (pos_inf) return Kind::pos_inf;
  if (neg_inf) return Kind::neg_inf;
  if (huge_pos || huge_neg) return huge_pos && huge_neg ? Kind::undecided : huge_pos ? Kind::huge_pos : Kind::huge_neg;
  return neg_zero && !real ? Kind::neg_zero : Kind::real;
}

Census census_of(std::span<const Ball> in) {
  Census census;
  for (const Ball& ball : in) census.count(ball);
  return census;
}

void sum_balls(Ball& out, std::span<const Ball> in, long prec) {
  const Kind kind = census_of(in).of_sum();
  arb_zero(out.arb());
  out.set_kind(kind);
  if (kind != Kind::real) return;
  for (const Ball& ball : in) {
    if (ball.real()) arb_add(out.arb(), out.arb(), ball.arb(), prec);
  }
  out.settle();
}

bool EnclosureSum::take(const Enclosure& term) {
  any_ = true;
  if (term.kind == Kind::neg_zero) return true;
  only_negative_zeros_ = false;
  if (!plain(term)) return false;
  sum_ = add(sum_, {term.hi, term.lo, term.rad});
  return true;
}

bool EnclosureSum::write(Enclosure& out) const {
  out = {.hi = sum_.hi, .lo = sum_.lo, .rad = sum_.rad};
  if (any_ && only_negative_zeros_) out.kind = Kind::neg_zero;
  return std::isfinite(sum_.hi) && std::isfinite(sum_.rad);
}

bool EnclosureSum::write_divided(Enclosure& out, double n) const {
  if (!(sum_.hi == 0 || std::fabs(sum_.hi) > 0x1p-900)) return false;
  EnclosureSum quotient = *this;
  quotient.sum_ = divide(sum_, n);
  return quotient.write(out);
}

double slack(std::size_t n) { return 1 + (static_cast<double>(n) + 16) * 0x1p-51; }

double overflow_of(const Unit& unit) {
  if (unit.u == 0) return std::numeric_limits<double>::infinity();
  // eta = 2^(emin − p + 1) and u = 2^-p give emin; emax = 1 − emin in every format of IEEE 754.
  const int emin = std::ilogb(unit.eta) - std::ilogb(unit.u) - 1;
  return std::ldexp(2 - 2 * unit.u, 1 - emin);
}

void SumBudget::take(double mid, double rad) {
  count += 1;
  size += std::fabs(mid) + rad;
  radii += rad;
  squares += rad * rad;
}

double SumBudget::radius(const Unit& unit) const {
  if (!(size <= overflow_of(unit)) || std::isinf(size)) return std::numeric_limits<double>::infinity();
  const double rounding = count > 1 ? unit.growth(count - 1) * unit.u * size : 0;
  const double inherited =
      squares > 1e-280 && std::isfinite(squares) ? unit.add_up(radii, squares) : radii;  // else rad² left the range
  return (inherited + rounding) * slack(static_cast<std::size_t>(count));
}

}  // namespace ops
}  // namespace roundoff
