#include "ops/shared/log_sum.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace roundoff::ops {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
/// What an implementation's exp and log may be off, in ulps; an ulp is at most 2u of the value.
constexpr double kUlps = 4;

}  // namespace

ExponentialSum::ExponentialSum(std::span<const Ball> in, long prec) : prec_(prec), terms_(in.size()) {
  const Ball* greatest = nullptr;
  for (const Ball& x : in) {
    if (x.kind() == Kind::neg_inf) continue;
    if (!greatest || arf_cmp(arb_midref(x.arb()), arb_midref(greatest->arb())) > 0) greatest = &x;
  }
  if (greatest != nullptr) arf_set(arb_midref(greatest_.arb()), arb_midref(greatest->arb()));
  const Elementwise& exp = std::get<Elementwise>(find_op("exp")->body);
  Ball shifted;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (in[i].kind() == Kind::neg_inf) continue;  // e^−∞ = 0, as the term is already
    arb_sub(shifted.arb(), in[i].arb(), greatest_.arb(), prec);
    shifted.settle();
    const std::array<const Ball*, 1> argument{&shifted};
    evaluate(exp, terms_[i], argument, {}, prec);
    arb_add(sum_.arb(), sum_.arb(), terms_[i].arb(), prec);
    if (!terms_[i].real()) sum_.set_kind(Kind::undecided);
  }
  if (sum_.real()) sum_.settle();
}

void ExponentialSum::logarithm(Ball& out) const {
  if (!sum_.real()) return out.set_kind(Kind::undecided);
  arb_log(out.arb(), sum_.arb(), prec_);
  arb_add(out.arb(), out.arb(), greatest_.arb(), prec_);
  out.settle();
}

void ExponentialSum::logarithm_of_share(Ball& out, const Ball& x) const {
  if (!sum_.real()) return out.set_kind(Kind::undecided);
  Ball logarithm;
  arb_log(logarithm.arb(), sum_.arb(), prec_);
  arb_sub(out.arb(), x.arb(), greatest_.arb(), prec_);
  arb_sub(out.arb(), out.arb(), logarithm.arb(), prec_);
  out.settle();
}

Kind edge_of_log_sum(const Census& census) {
  if (census.nan) return Kind::nan;
  if (census.undecided) return Kind::undecided;
  if (census.pos_inf) return Kind::pos_inf;
  if (census.huge_pos) return Kind::huge_pos;
  if (census.real || census.neg_zero) return census.huge_neg ? Kind::undecided : Kind::real;
  return census.huge_neg ? Kind::huge_neg : Kind::neg_inf;
}

LogSumBudget::LogSumBudget(std::span<const double> mid, std::span<const double> rad, const Unit& unit)
    : unit_(unit), count_(static_cast<double>(mid.size())), greatest_(-kInf) {
  for (std::size_t i = 0; i < mid.size(); ++i) {
    if (std::isnan(mid[i])) reach_ = kInf;
    greatest_ = std::max(greatest_, mid[i]);
    reach_ = std::max(reach_, 2 * rad[i]);
  }
  if (!(reach_ < 1e300)) {
    inherited_ = rounding_ = kInf;
    return;
  }
  double moved = 0, wrong = 0;
  for (std::size_t i = 0; i < mid.size(); ++i) {
    if (mid[i] == -kInf) continue;
    const double term = std::exp(mid[i] - greatest_) * slack(4);
    sum_ += term;
    moved += term * std::expm1(rad[i]);
    wrong += term * error_of_term(mid[i]);
  }
  const double above = slack(mid.size() + 8);
  inherited_ = std::log1p(moved / sum_ * above) * above;
  const double sum_error = count_ > 1 ? unit.growth(count_ - 1) * unit.u : 0;
  const double terms_error = wrong / sum_ * above + count_ * unit.eta;
  const double relative = (terms_error + sum_error + terms_error * sum_error) * above;
  const double logarithm = std::log(sum_ * above), size = std::fabs(greatest_) + logarithm + inherited_;
  rounding_ =
      relative < 1 ? (-std::log1p(-relative) + 2 * kUlps * unit.u * logarithm + 2 * unit.u * size) * above : kInf;
}

double LogSumBudget::chain() const {
  // A partial result a ≤ log Σ e^x passes on u·|a| + what log1p adds, weighed by e^(a − log Σ e^x): at most |log Σ e^x|
  // + 1 of u for each.
  const double size = std::fabs(greatest_) + std::log(sum_ * slack(1)) + inherited_;
  return count_ > 1 ? unit_.growth(count_ - 1) * unit_.u * (size + 1 + 2 * kUlps) * slack(8) : 0;
}

double LogSumBudget::error_of_term(double mid) const {
  const double exponent = std::expm1(std::min(depth(mid) * unit_.u, 700.0));
  return (exponent + 2 * kUlps * unit_.u * (1 + exponent)) * slack(4);
}

}  // namespace roundoff::ops
