// Inner products in doubled precision with what it takes to bound their error: one row against kPanel columns at a
// time. One source for every instruction set (dot.cc, Highway); all give the bytes of the scalar oracle below.
#pragma once

#include <cstdint>

namespace roundoff {

/// Columns of a panel: element (k, j) of the right factor lies at [k * kPanel + j].
inline constexpr std::int64_t kPanel = 16;

/// For each column j: Σ_k x[k]·y[k,j] lies within kernel_radius() of high + low.
struct PanelSums {
  double high[kPanel];
  double low[kPanel];
  double slip[kPanel];  ///< Σ |what a rounding dropped|, as accumulated in double; 0 where every step was exact
  double
      size[kPanel];  ///< Σ |x·y|, as accumulated in double: below the real sum by a factor of at most 1 + (k + 1)·2^-52
};

enum class Factors {
  short_doubles,  ///< products are exact in double: float32 and narrower, integers below 2^26
  doubles,  ///< any doubles whose products and their rounding errors stay in the normal range, or 0: 2^-450 ≤ |x| ≤
            ///< 2^450
  double_doubles,  ///< pairs hi + lo with |lo| ≤ ulp(hi) / 2, and hi as above
};

/// `x_low` and `y_low` are read for double_doubles only.
void dot_panel(Factors factors, const double* x, const double* x_low, const double* y, const double* y_low,
               std::int64_t k, PanelSums& out);

/// size[j] = Σ_k x[k]·y[k,j] for non-negative factors, in plain double: below the real sum by a factor of at most 1 +
/// (k + 1)·2^-52.
void size_panel(const double* x, const double* y, std::int64_t k, double* size);

/// The same in plain C++, operation by operation: what every instruction set must equal.
void dot_panel_oracle(Factors factors, const double* x, const double* x_low, const double* y, const double* y_low,
                      std::int64_t k, PanelSums& out);
void size_panel_oracle(const double* x, const double* y, std::int64_t k, double* size);

/// Bound of |Σ x·y − (high + low)| from what dot_panel() accumulated over k ≤ 2^30 terms; +∞ beyond. Derivation:
/// docs/budgets.md.
[[nodiscard]] double kernel_radius(Factors factors, std::int64_t k, double slip, double size);

}  // namespace roundoff
