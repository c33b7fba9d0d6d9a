// The values at which functions are known to go wrong, each with both signs: zeros, subnormals and the ends of the
// range, one and its neighbours, halves, the powers of two round the precision, multiples of π/2, and the arguments at
// which exp, its relatives, squares and the like overflow or vanish. Thresholds come with the floats beside them.
#include <mpfr.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>

#include "base/format.h"
#include "inputs/generator.h"

namespace roundoff::generators {
namespace {

/// Logarithms and exponentials, correctly rounded: the bytes do not depend on a C library.
class Constants {
 public:
  Constants() { mpfr_init2(x_, 53); }
  ~Constants() {
    mpfr_clear(x_);
    mpfr_free_cache2(MPFR_FREE_LOCAL_CACHE);
  }
  Constants(const Constants&) = delete;
  Constants& operator=(const Constants&) = delete;
  double log_of(double x) { return apply(mpfr_log, x); }
  double exp_of(double x) { return apply(mpfr_exp, x); }

 private:
  double apply(int (*function)(mpfr_t, const mpfr_t, mpfr_rnd_t), double x) {
    mpfr_set_d(x_, x, MPFR_RNDN);
    function(x_, x_, MPFR_RNDN);
    return mpfr_get_d(x_, MPFR_RNDN);
  }
  mpfr_t x_;
};

class List {
 public:
  explicit List(DType dtype) : format_(format_of(dtype)) {}

  /// x and −x.
  void both(double x) {
    x = std::abs(round_to(format_, x));
    add(x);
    add(-x);
  }
  /// The float nearest to x and the two beside it, with both signs.
  void around(double x) {
    x = std::abs(round_to(format_, x));
    if (x > 0) both(x - ulp(format_, std::nextafter(x, 0.0)));
    both(x);
    both(x + ulp(format_, x));
  }
  void nan() { values_.push_back(std::numeric_limits<double>::quiet_NaN()); }
  [[nodiscard]] const Format& format() const { return format_; }
  [[nodiscard]] const std::vector<double>& values() const { return values_; }

 private:
  void add(double x) {
    if (seen_.insert({x, std::signbit(x)}).second) values_.push_back(x);
  }
  const Format& format_;
  std::vector<double> values_;
  std::set<std::pair<double, bool>> seen_;
};

void add_ends(List& list) {
  const Format& f = list.format();
  list.both(0.0);
  list.around(f.min_subnormal());
  list.around(f.min_normal());
  list.around(1.0);
  list.both(f.max_finite());
  list.both(f.max_finite() - ulp(f, f.max_finite()));
  list.both(std::ldexp(1.0, f.emax));
  list.both(std::numeric_limits<double>::infinity());
  list.nan();
}

/// Where rounding to integers, parity and the terms 1 + x, x² are decided.
void add_small_numbers_and_powers(List& list) {
  const Format& f = list.format();
  for (const double x : {0.5, 1.5, 2.5, 3.5}) list.around(x);
  for (const double x : {2.0, 3.0, 4.0, 5.0, 7.0, 8.0, 10.0, 100.0, 0.1, 0.25, 1.0 / 3, 0.75}) list.both(x);
  for (int e = f.precision - 2; e <= f.precision + 1; ++e) list.around(std::ldexp(1.0, e));
  list.both(std::ldexp(1.0, f.precision - 1) + 0.5);
  for (const int e : {31, 32, 63, 64}) list.around(std::ldexp(1.0, e));
  for (const int e : {-f.precision - 1, -f.precision, 1 - f.precision, -f.precision / 2}) list.both(std::ldexp(1.0, e));
  for (const int e : {(f.emax + 1) / 2, f.emin / 2, (f.emin - f.precision) / 2}) list.around(std::ldexp(1.0, e));
}

/// Where exp, exp2, expm1, sinh, tanh, erf, softplus … overflow, vanish or reach their limits.
void add_thresholds(List& list, Constants& constants) {
  const Format& f = list.format();
  const double log2 = constants.log_of(2.0), least = f.emin - f.precision + 1;
  list.around((f.emax + 1) * log2);
  list.around((f.emax + 2) * log2);
  list.around(f.emin * log2);
  list.around(least * log2);
  list.around((least - 1) * log2);
  list.around((f.precision + 1) * log2);
  list.around((f.precision + 1) * log2 / 2);
  list.around(std::sqrt((f.precision + 1) * log2));
  list.around(std::sqrt(-least * log2));
  for (const int e : {f.emax + 1, f.emin, f.emin - f.precision + 1, f.emin - f.precision}) list.around(e);
  list.around(log2);
  list.around(constants.exp_of(1.0));
  list.around(constants.exp_of(-1.0));
}

/// Multiples of π/2, and the numbers nearest to such a multiple in their format.
/// Source of the last: J.-M. Muller, Elementary Functions, 3rd ed., the chapter on range reduction.
void add_angles(List& list) {
  constexpr double kHalfPi = 0x1.921fb54442d18p+0;
  for (int k = 1; k <= 8; ++k) list.around(k * kHalfPi);
  list.both(kHalfPi / 2);
  list.both(kHalfPi / 3);
  for (const double k : {100.0, 1e4, 1e8}) list.both(k * kHalfPi);
  list.both(std::ldexp(16367173.0, 72));
  list.both(std::ldexp(6381956970095103.0, 797));
}

std::vector<double> special_values(DType dtype) {
  List list(dtype);
  Constants constants;
  add_ends(list);
  add_small_numbers_and_powers(list);
  add_thresholds(list, constants);
  add_angles(list);
  return list.values();
}

Result<Array> make(const Arguments& arguments) {
  const std::vector<double> values = special_values(arguments.get<DType>("dtype"));
  const std::string& pairs = arguments.get<std::string>("pairs");
  const auto n = static_cast<std::int64_t>(values.size());
  if (pairs != "none" && pairs != "first" && pairs != "second") {
    return bad_argument("pairs", "'" + pairs.substr(0, 40) + "'", "use none, first or second");
  }
  const std::int64_t count = pairs == "none" ? n : n * n;
  return filled(arguments.get<DType>("dtype"), {count},
                [&](std::int64_t i) { return values[static_cast<std::size_t>(pairs == "first" ? i / n : i % n)]; });
}

}  // namespace

Generator make_special() {
  return {.name = "special",
          .summary = "all special values; pairs=first and pairs=second together give every pair of them",
          .parameters = {{"dtype", ArgumentKind::dtype, "float32"}, {"pairs", ArgumentKind::word, "none"}},
          .dtypes = float_dtypes(),
          .make = make,
          .arrange = {}};
}

}  // namespace roundoff::generators
