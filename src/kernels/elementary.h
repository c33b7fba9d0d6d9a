// Elementary functions in doubled precision for whole arrays, each value with a proven radius. One source for every
// instruction set (elementary.cc, Highway, with the algorithms in elementary-inl.h); all give the bytes of the oracle.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

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

/// Relative bound of exp's own error. Derivation: docs/tiers.md.
inline constexpr double kExpError = 0x1p-88;

}  // namespace roundoff
