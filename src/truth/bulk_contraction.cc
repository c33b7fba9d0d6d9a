#include <algorithm>
#include <cmath>
#include <limits>

#include "base/large.h"
#include "kernels/dot.h"
#include "truth/bulk.h"
#include "truth/bulk_products.h"
#include "truth/dot_balls.h"
#include "truth/product_sides.h"

namespace roundoff::truth {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
Factors factors_of(const Values& values) {
  const Array* array = values.array();
  if (!array) return Factors::double_doubles;
  switch (array->dtype()) {
    case DType::int64:
    case DType::uint64:
      return Factors::double_doubles;
    case DType::float64:
    case DType::int32:
    case DType::uint32:
      return Factors::doubles;
    default:
      return Factors::short_doubles;
  }
}

/// Why a line holds something that the kernels cannot take.
enum Apart : char { kNan = 1, kInfinite = 2, kOther = 4 };

/// Values as the kernels read them, 0 in place of what they cannot take.
struct Packed {
  std::vector<double> high, low, rad;
  std::vector<char> apart;                            ///< of each line: Apart flags
  std::vector<std::vector<std::int64_t>> infinities;  ///< of each line: where they lie
  bool inexact = false;
};

bool fits_kernel(const Enclosure& e) {
  if (e.kind == Kind::neg_zero) return true;
  const double size = std::fabs(e.hi);
  return e.real() && e.exp == 0 && (size == 0 ? e.lo == 0 : size >= 0x1p-450 && size <= 0x1p450) && e.rad <= 0x1p450;
}

void set_apart(Packed& out, Kind kind, std::int64_t line, std::int64_t i) {
  char& flags = out.apart[static_cast<std::size_t>(line)];
  if (kind == Kind::nan) {
    flags |= kNan;
  } else if (kind == Kind::pos_inf || kind == Kind::neg_inf) {
    flags |= kInfinite;
    out.infinities[static_cast<std::size_t>(line)].push_back(i);
  } else {
    flags |= kOther;
  }
}

Packed pack(const Values& values, const Side& side, Factors factors) {
  Packed out;
  out.high.resize(side.room());
  out.apart.resize(static_cast<std::size_t>(side.lines));
  out.infinities.resize(out.apart.size());
  if (factors == Factors::double_doubles) {
    out.low.resize(side.room());
    out.rad.resize(side.room());
  }
  for (std::int64_t line = 0; line < side.lines; ++line) {
    for (std::int64_t i = 0; i < side.k; ++i) {
      const Enclosure e = values.at(side.index(line, i));
      if (!fits_kernel(e)) {
        set_apart(out, e.kind, line, i);
        continue;
      }
      const std::size_t place = side.place(line, i);
      out.high[place] = e.hi;
      if (factors != Factors::double_doubles) continue;
      out.low[place] = e.lo;
      out.rad[place] = e.rad;
      out.inexact = out.inexact || e.rad != 0;
    }
  }
  return out;
}

/// |x|, and |x| + rad, of packed values: upper bounds.
std::vector<double> sizes(const Packed& packed, bool with_radius) {
  std::vector<double> out(packed.high.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = std::fabs(packed.high[i]) * (1 + 0x1p-51) + (with_radius ? packed.rad[i] : 0.0);
  }
  return out;
}

/// What the second argument's inexactness needs, where there is any.
struct Right {
  Packed packed;
  std::vector<double> size;  ///< |y| + rad
};

class Multiplication {
 public:
  Multiplication(const Step& step, const Contraction::Plan& plan, std::vector<Enclosure>& out,
                 std::vector<double>* size)
      : step_(step),
        plan_(plan),
        out_(out),
        size_(size),
        factors_(std::max(factors_of(step.in[0]->values), factors_of(step.in[1]->values))) {}

  Right prepare(std::int64_t batch) const {
    Right right{pack(step_.in[1]->values, right_side(plan_, batch), factors_), {}};
    if (factors_ == Factors::double_doubles) right.size = sizes(right.packed, true);
    return right;
  }

  void rows(const Right& right, std::int64_t batch, std::int64_t begin, std::int64_t end) const {
    const Side rows = left_side(plan_, batch).part(begin, end - begin), columns = right_side(plan_, batch);
    const Packed left = pack(step_.in[0]->values, rows, factors_);
    const std::vector<double> left_size =
        left.inexact || right.packed.inexact ? sizes(left, false) : std::vector<double>();
    for (std::int64_t j = 0; j < plan_.n; j += kPanel) {
      const std::size_t panel = columns.group(j);
      for (std::int64_t row = begin; row < end; ++row) {
        const std::size_t line = rows.group(row - begin);
        PanelSums sums;
        dot_panel(factors_, left.high.data() + line, left.low.data() + line, right.packed.high.data() + panel,
                  right.packed.low.data() + panel, plan_.k, sums);
        double inherited[kPanel] = {};
        if (!left_size.empty()) inherit(left_size, left, right, line, panel, inherited);
        const std::int64_t last = std::min(plan_.n, j + kPanel);
        for (std::int64_t column = j; column < last; ++column) {
          const std::int64_t at = (batch * plan_.m + row) * plan_.n + column;
          write(sums, inherited, column - j, at);
          const auto row_apart = left.apart[static_cast<std::size_t>(row - begin)];
          const auto column_apart = right.packed.apart[static_cast<std::size_t>(column)];
          if ((row_apart | column_apart) == 0) continue;
          const auto& row_infinities = left.infinities[static_cast<std::size_t>(row - begin)];
          apart({batch, row, column, at}, row_apart | column_apart, row_infinities,
                right.packed.infinities[static_cast<std::size_t>(column)]);
        }
      }
    }
  }

 private:
  /// Σ |x|·r_y + r_x·(|y| + r_y).
  void inherit(const std::vector<double>& left_size, const Packed& left, const Right& right, std::size_t line,
               std::size_t panel, double* out) const {
    double other[kPanel];
    size_panel(&left_size[0] + line, &right.packed.rad[0] + panel, plan_.k, out);
    size_panel(&left.rad[0] + line, &right.size[0] + panel, plan_.k, other);
    for (std::int64_t j = 0; j < kPanel; ++j) out[j] = (out[j] + other[j]) * above();
  }

  /// Above what the kernels' sums of non-negative doubles may lack.
  [[nodiscard]] double above() const { return 1 + static_cast<double>(plan_.k + 16) * 0x1p-51; }

  void write(const PanelSums& sums, const double* inherited, std::int64_t j, std::int64_t at) const {
    Enclosure& out = out_[static_cast<std::size_t>(at)];
    const double radius = add_up(kernel_radius(factors_, plan_.k, sums.slip[j], sums.size[j]), inherited[j]);
    out = radius < kInf ? Enclosure{.hi = sums.high[j], .lo = sums.low[j], .rad = radius}
                        : Enclosure{.kind = Kind::undecided};
    if (size_) (*size_)[static_cast<std::size_t>(at)] = sums.size[j] * above();
  }

  struct Place {
    std::int64_t batch, row, column, at;
  };

  /// An element whose row or column the kernels cannot take as it is.
  void apart(const Place& place, int why, const std::vector<std::int64_t>& row_infinities,
             const std::vector<std::int64_t>& column_infinities) const {
    Enclosure& out = out_[static_cast<std::size_t>(place.at)];
    if ((why & kNan) != 0) {
      out = {.kind = Kind::nan};
    } else if ((why & kOther) != 0 || !add_infinities(out, place, row_infinities, column_infinities)) {
      by_balls(place);
    }
  }

  /// Where only infinities stand apart, their products decide, and IEEE 754 adds them as doubles do. False where a sign
  /// is open.
  bool add_infinities(Enclosure& out, const Place& place, const std::vector<std::int64_t>& row_infinities,
                      const std::vector<std::int64_t>& column_infinities) const {
    const Side left = left_side(plan_, place.batch), right = right_side(plan_, place.batch);
    double sum = 0;
    for (const auto* list : {&row_infinities, &column_infinities}) {
      for (const std::int64_t i : *list) {
        const Enclosure x = step_.in[0]->values.at(left.index(place.row, i));
        const Enclosure y = step_.in[1]->values.at(right.index(place.column, i));
        const Enclosure& other = list == &row_infinities ? y : x;
        if (other.real() && other.rad != 0 && !(std::fabs(other.hi) > 2 * other.rad)) return false;
        sum += midpoint(x) * midpoint(y);
      }
    }
    out = {.kind = std::isnan(sum) ? Kind::nan : sum > 0 ? Kind::pos_inf : Kind::neg_inf};
    return true;
  }

  void by_balls(const Place& place) const {
    const Side left = left_side(plan_, place.batch), right = right_side(plan_, place.batch);
    BallDot dot(kBulkBits);
    Ball x, y;
    double size = 0;
    for (std::int64_t i = 0; i < plan_.k; ++i) {
      const std::int64_t x_at = left.index(place.row, i), y_at = right.index(place.column, i);
      step_.in[0]->values.load(x, x_at);
      step_.in[1]->values.load(y, y_at);
      dot.add(x, y);
      if (size_) size += std::fabs(step_.in[0]->values.mid(x_at) * step_.in[1]->values.mid(y_at));
    }
    dot.write(x);
    out_[static_cast<std::size_t>(place.at)] = enclosure_of(x);
    const double lost =
        static_cast<double>(plan_.k) * std::numeric_limits<double>::min();  // what underflowed in `size`
    if (size_) (*size_)[static_cast<std::size_t>(place.at)] = size * above() + lost;
  }

  const Step& step_;
  const Contraction::Plan& plan_;
  std::vector<Enclosure>& out_;
  std::vector<double>* size_;
  Factors factors_;
};

}  // namespace

std::vector<Enclosure> evaluate_contraction(const Contraction& op, const Step& step, std::vector<double>* size) {
  const Contraction::Plan plan = op.plan(step.shapes[0], step.shapes[1], step.node.attrs);
  std::vector<Enclosure> out;
  resize_large(out, static_cast<std::size_t>(count_of(step.node.shape).value()));
  if (size) resize_large(*size, out.size());
  if (evaluate_products(plan, step, out, size)) return out;
  const Multiplication multiplication(step, plan, out, size);
  over_rows(
      plan, [&](std::int64_t batch) { return multiplication.prepare(batch); },
      [&](const Right& right, std::int64_t batch, std::int64_t begin, std::int64_t end) {
        multiplication.rows(right, batch, begin, end);
      });
  return out;
}

}  // namespace roundoff::truth
