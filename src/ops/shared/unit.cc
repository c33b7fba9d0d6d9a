// How roundings add up: worst case, or with probability at least 1 − 2·exp(−λ²/2) for λ = 3 (Higham & Mary 2019,
// theorem 2.4).
#include <algorithm>
#include <cmath>

#include "ops/op.h"

namespace roundoff {
namespace {
constexpr double kLambda = 3;
constexpr double kUp = 1 + 0x1p-50;  // above the roundings of these formulas
}  // namespace

double Unit::growth(double k) const { return probable ? std::min(k, kLambda * std::sqrt(k) * kUp) : k; }

double Unit::add_up(double sum, double sum_of_squares) const {
  return probable ? std::min(sum, kLambda * std::sqrt(sum_of_squares) * kUp) : sum;
}

}  // namespace roundoff
