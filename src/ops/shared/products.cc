#include "ops/shared/products.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace roundoff::ops {
namespace {
constexpr double kInf = std::numeric_limits<double>::infinity();
}  // namespace

BallProduct::BallProduct() : multiply_(std::get<Elementwise>(find_op("multiply")->body)) { product_.set_double(1); }

void BallProduct::take(const Ball& factor, long prec) {
  const std::array<const Ball*, 2> factors{&product_, &factor};
  evaluate(multiply_, product_, factors, {}, prec);
}

ProductBudget::ProductBudget(const Unit& unit) : unit_(unit), largest_(std::log(overflow_of(unit))), smallest_(-kInf) {
  if (unit.u > 0) smallest_ = std::log(unit.eta / unit.u) - std::log(2.0);
}

void ProductBudget::take(double mid, double rad) {
  count_ += 1;
  const double size = std::fabs(mid), high = size + rad, low = size - rad;
  zero_ = zero_ || (size == 0 && rad == 0);
  unsure_ = unsure_ || (rad > 0 && !(low > 0));
  const double relative = rad == 0 ? 0 : std::log1p(rad / size);
  relative_ += relative;
  squares_ += relative * relative;
  above_ += std::max(0.0, std::log(high));
  below_ += std::min(0.0, low > 0 ? std::log(low) : -kInf);
}

double ProductBudget::radius(double product) const {
  const double lost = count_ * 0x1p-42;  // what the sums of logarithms may lack: each is below 2^10
  if (!(above_ + lost < largest_)) return kInf;
  if (zero_) return 0;
  const double rounding = count_ > 1 ? unit_.growth(count_ - 1) * unit_.u : 0;
  const double underflow = below_ - lost < smallest_ ? count_ * unit_.eta * std::exp(above_ + lost) : 0;
  const double size = std::fabs(product);
  if (unsure_) return (std::exp(above_ + lost + rounding) + size + underflow) * slack(1);
  const double inherited = squares_ > 1e-280 ? unit_.add_up(relative_, squares_) : relative_;
  const double factor = std::expm1((inherited + rounding) * slack(static_cast<std::size_t>(count_)));
  return (size * factor + underflow + (factor > 0 ? std::numeric_limits<double>::denorm_min() : 0)) * slack(1);
}

}  // namespace roundoff::ops
