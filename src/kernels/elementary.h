// Elementary functions in doubled precision for whole arrays, each value with a proven radius. One source for every
// instruction set (elementary.cc, Highway, with the algorithms in elementary-inl.h); all give the bytes of the oracle.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "kernels/double_double.h"

namespace roundoff {

/// Named as the ops that they are the first tier of.
enum class Elementary : std::uint8_t { exp };
[[nodiscard]] std::optional<Elementary> find_elementary(std::string_view op);

/// Arguments x + low ± rad; low and rad may be null: 0.
struct WideIn {
  const double* x;
  const double* low;
  const double* rad;
};
/// f(argument) lies within rad of hi + low, hi = fl(hi + low); rad is not finite where this tier has no answer: outside
/// of the ranges that docs/tiers.md lists, for arguments that are not finite, and for radii above 2^-10.
struct WideOut {
  double* hi;
  double* low;
  double* rad;
};

/// A row of a table, relatively within 2^-106.
struct Pair64 {
  double hi, low;
};
inline constexpr int kExpRows = 2048;
struct alignas(64) ElementaryTables {
  Pair64 exp[kExpRows];  ///< 2^(i/2048)
};
/// Correctly rounded by MPFR, once per process.
[[nodiscard]] const ElementaryTables& elementary_tables();

void elementary(Elementary f, const WideIn& in, std::int64_t count, const WideOut& out);

/// One value in plain C++, operation by operation, from the tables given: what every instruction set must equal.
void elementary_oracle(Elementary f, const ElementaryTables& tables, double x, double low, double rad, double out[3]);

/// e^x: x from -600 to 700, radius up to 2^-10; else no answer. Its own error: kExpError, relatively.
[[nodiscard]] DoubleDouble exp(const DoubleDouble& x);
/// ln x: x between 2^-450 and 2^450, clear of 0 by half and not within 2^-8 of 1; else no answer. Its own error: 2^-87.
[[nodiscard]] DoubleDouble log(const DoubleDouble& x);

/// ln 2 and ln 10.
inline constexpr DoubleDouble kLn2{0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56, 0x1p-110};
inline constexpr DoubleDouble kLn10{0x1.26bb1bbb55516p+1, -0x1.f48ad494ea3e9p-53, 0x1p-106};

/// Relative bound of exp's own error. Derivation: docs/tiers.md.
inline constexpr double kExpError = 0x1p-88;

}  // namespace roundoff
