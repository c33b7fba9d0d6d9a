// Normal with a mean and a standard deviation: mean + std · z in float64 operations, rounded to the dtype. z is the
// inverse of the cumulative distribution at u, an odd multiple (2 ⌊long_word / 2^12⌋ + 1) of 2^-53: never 0 or 1, and
// symmetrical. Source of the inverse: Wichura, "Algorithm AS 241: the percentage points of the normal distribution",
// Applied Statistics 37 (1988), PPND16, relative error about 1e-16. Its logarithm is MPFR's, correctly rounded, its
// square root IEEE 754's: the bytes do not depend on a C library.
#include <mpfr.h>

#include <array>
#include <cmath>

#include "base/parallel.h"
#include "inputs/generator.h"
#include "inputs/philox.h"

namespace roundoff::generators {
namespace {

using Coefficients = std::array<double, 8>;

/// Numerator and denominator of a rational function, constant terms first.
struct Rational {
  Coefficients over, under;
  [[nodiscard]] double at(double x) const { return horner(over, x) / horner(under, x); }
  [[nodiscard]] static double horner(const Coefficients& c, double x) {
    double value = c[7];
    for (std::size_t i = 7; i-- > 0;) value = value * x + c[i];
    return value;
  }
};

constexpr Rational kCentre = {
    {3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3, 1.3731693765509461125e+4,
     4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4, 2.5090809287301226727e+3},
    {1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3, 2.1213794301586595867e+4,
     3.9307895800092710610e+4, 2.8729085735721942674e+4, 5.2264952788528545610e+3}};
constexpr Rational kTail = {
    {1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
     1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4},
    {1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1, 1.48103976427480074590e-1,
     1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9}};
constexpr Rational kFarTail = {
    {6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
     2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7},
    {1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2, 7.86869131145613259100e-4,
     1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15}};

/// A correctly rounded logarithm, for one thread.
class Logarithm {
 public:
  Logarithm() { mpfr_init2(x_, 53); }
  ~Logarithm() {
    mpfr_clear(x_);
    mpfr_free_cache2(MPFR_FREE_LOCAL_CACHE);
  }
  Logarithm(const Logarithm&) = delete;
  Logarithm& operator=(const Logarithm&) = delete;
  double operator()(double x) {
    mpfr_set_d(x_, x, MPFR_RNDN);
    mpfr_log(x_, x_, MPFR_RNDN);
    return mpfr_get_d(x_, MPFR_RNDN);
  }

 private:
  mpfr_t x_;
};

double inverse_cumulative(double u, Logarithm& log) {
  const double q = u - 0.5;
  if (std::abs(q) <= 0.425) return q * kCentre.at(0.180625 - q * q);
  const double r = std::sqrt(-log(q < 0 ? u : 1 - u));
  const double z = r <= 5 ? kTail.at(r - 1.6) : kFarTail.at(r - 5);
  return q < 0 ? -z : z;
}

Result<Array> make(const Arguments& arguments) {
  const double mean = arguments.number("mean"), deviation = arguments.number("std");
  const std::uint64_t seed = arguments.get<std::uint64_t>("seed");
  if (!std::isfinite(mean)) return bad_argument("mean", "the mean is not finite", "use a finite number");
  if (!std::isfinite(deviation) || deviation < 0)
    return bad_argument("std", "not a finite number of 0 or more", "use one");
  ROUNDOFF_TRY(Array array, new_input(arguments.get<DType>("dtype"), arguments.get<Shape>("shape")));
  constexpr std::int64_t kGrain = 1024;
  parallel_for(array.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    Logarithm log;
    for (std::int64_t i = begin; i < end; ++i) {
      const std::uint64_t odd = long_word(words_of(seed, i)) >> 12 << 1 | 1;
      array.set(i, mean + deviation * inverse_cumulative(static_cast<double>(odd) * 0x1p-53, log));
    }
  });
  return array;
}

}  // namespace

Generator make_normal() {
  return {.name = "normal",
          .summary = "normally distributed with a mean and a standard deviation",
          .parameters = {{"mean", ArgumentKind::number, "0"},
                         {"std", ArgumentKind::number, "1"},
                         {"shape", ArgumentKind::shape},
                         {"dtype", ArgumentKind::dtype, "float32"},
                         {"seed", ArgumentKind::seed, "0"}},
          .dtypes = float_dtypes(),
          .make = make,
          .arrange = {}};
}

}  // namespace roundoff::generators
