// Budgets of inner products. With |x̂ − x| ≤ r_x and |ŷ − y| ≤ r_y: what the arguments bring along is at most
// P = Σ |x|·r_y + r_x·(|y| + r_y), and k roundings add at most growth(k)·u·Σ|x̂||ŷ| ≤ growth(k)·u·(Σ|x||y| + P).
#include <cmath>
#include <limits>

#include "ops/shared/fibers.h"
#include "truth/bulk.h"
#include "truth/product_sides.h"

namespace roundoff::truth {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

/// Why the sums over a line say nothing.
enum Apart : std::uint8_t { kUnbounded = 1, kSpecial = 2 };

/// Sizes and radii of one argument's lines, and their squares where those stay in range.
struct Packed {
  std::vector<double> size, rad, size_squared, rad_squared;
  std::vector<std::uint8_t> apart;
  bool squares = true;
};

bool squares_stay_in_range(double x) { return x == 0 || (x > 0x1p-250 && x < 0x1p250); }

/// `widened`: sizes are |y| + r_y.
Packed pack(const Values& values, const Radii& radii, const Side& side, bool widened) {
  Packed out;
  for (auto* each : {&out.size, &out.rad, &out.size_squared, &out.rad_squared}) each->resize(side.room());
  out.apart.resize(static_cast<std::size_t>(side.lines));
  for (std::int64_t line = 0; line < side.lines; ++line) {
    for (std::int64_t i = 0; i < side.k; ++i) {
      const std::int64_t index = side.index(line, i);
      const double rad = radius_at(radii, index), mid = std::fabs(values.mid(index)) * (1 + 0x1p-51);
      std::uint8_t& apart = out.apart[static_cast<std::size_t>(line)];
      if (!(rad < kInf)) apart |= kUnbounded;
      if (!(mid < kInf)) apart |= kSpecial;
      if (!(rad < kInf) || !(mid < kInf)) continue;
      const std::size_t place = side.place(line, i);
      out.size[place] = widened ? add_up(mid, rad) : mid;
      out.rad[place] = rad;
      out.size_squared[place] = out.size[place] * out.size[place];
      out.rad_squared[place] = rad * rad;
      out.squares = out.squares && squares_stay_in_range(out.size[place]) && squares_stay_in_range(rad);
    }
  }
  return out;
}

class ProductRadii {
 public:
  ProductRadii(const Step& step, const Contraction::Plan& plan, const NodeTruth& truth, const ArgumentRadii& in,
               const Unit& unit)
      : step_(step), plan_(plan), truth_(truth), in_(in), unit_(unit), largest_(ops::overflow_of(unit)) {}

  /// Roundings of k products and their sum, where Σ|x̂||ŷ| ≤ size.
  [[nodiscard]] double rounding(double size) const {
    if (!(size <= largest_)) return kInf;
    const double k = static_cast<double>(plan_.k);
    return (unit_.growth(k) * unit_.u * size + k * unit_.eta) * above();
  }

  [[nodiscard]] Packed prepare(std::int64_t batch) const {
    return pack(step_.in[1]->values, in_[1], right_side(plan_, batch), true);
  }

  void rows(std::vector<double>& out, const Packed& right, std::int64_t batch, std::int64_t begin,
            std::int64_t end) const {
    const Side rows = left_side(plan_, batch).part(begin, end - begin), columns = right_side(plan_, batch);
    const Packed left = pack(step_.in[0]->values, in_[0], rows, false);
    for (std::int64_t j = 0; j < plan_.n; j += kPanel) {
      for (std::int64_t row = begin; row < end; ++row) {
        double sum[kPanel], squares[kPanel];
        inherited(left, right, rows.group(row - begin), columns.group(j), sum, squares);
        const int row_apart = left.apart[static_cast<std::size_t>(row - begin)];
        for (std::int64_t column = j; column < std::min(plan_.n, j + kPanel); ++column) {
          const std::int64_t at = (batch * plan_.m + row) * plan_.n + column;
          const int apart = row_apart | right.apart[static_cast<std::size_t>(column)];
          out[static_cast<std::size_t>(at)] = radius(at, apart, sum[column - j], squares[column - j]);
        }
      }
    }
  }

 private:
  [[nodiscard]] double above() const { return 1 + static_cast<double>(plan_.k + 16) * 0x1p-51; }

  /// Σ r and Σ r² over the products' own radii r = |x|·r_y + r_x·(|y| + r_y); r² ≤ 2(a² + b²). Out of range, Σ r² is
  /// +∞.
  void inherited(const Packed& left, const Packed& right, std::size_t line, std::size_t panel, double* sum,
                 double* squares) const {
    double other[kPanel];
    size_panel(left.size.data() + line, right.rad.data() + panel, plan_.k, sum);
    size_panel(left.rad.data() + line, right.size.data() + panel, plan_.k, other);
    for (std::int64_t j = 0; j < kPanel; ++j) {
      sum[j] = (sum[j] + other[j]) * above();
      squares[j] = kInf;
    }
    if (!unit_.probable || !left.squares || !right.squares) return;
    size_panel(left.size_squared.data() + line, right.rad_squared.data() + panel, plan_.k, squares);
    size_panel(left.rad_squared.data() + line, right.size_squared.data() + panel, plan_.k, other);
    for (std::int64_t j = 0; j < kPanel; ++j) squares[j] = 2 * (squares[j] + other[j]) * above();
  }

  [[nodiscard]] double radius(std::int64_t at, int apart, double sum, double squares) const {
    const Kind kind = truth_.values.at(at).kind;
    const bool number = kind == Kind::real || kind == Kind::neg_zero;
    if ((apart & kUnbounded) != 0 || (number && (apart & kSpecial) != 0)) return kInf;
    if (!number) return 0;
    return add_up(unit_.add_up(sum, squares), rounding(add_up((*truth_.size)[static_cast<std::size_t>(at)], sum)));
  }

  const Step& step_;
  const Contraction::Plan& plan_;
  const NodeTruth& truth_;
  const ArgumentRadii& in_;
  const Unit& unit_;
  double largest_;
};

}  // namespace

std::vector<double> contraction_radii(const Contraction& op, const Step& step, const NodeTruth& out,
                                      const ArgumentRadii& in, const Unit& unit) {
  const Contraction::Plan plan = op.plan(step.shapes[0], step.shapes[1], step.node.attrs);
  const ProductRadii product(step, plan, out, in, unit);
  std::vector<double> radii(static_cast<std::size_t>(count_of(step.node.shape).value()));
  if (!in[0] && !in[1]) {
    for (std::size_t i = 0; i < radii.size(); ++i) radii[i] = product.rounding((*out.size)[i]);
    return radii;
  }
  over_rows(
      plan, [&](std::int64_t batch) { return product.prepare(batch); },
      [&](const Packed& right, std::int64_t batch, std::int64_t begin, std::int64_t end) {
        product.rows(radii, right, batch, begin, end);
      });
  return radii;
}

}  // namespace roundoff::truth
