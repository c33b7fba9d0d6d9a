#include "truth/bulk_products.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <tuple>

#include "base/large.h"
#include "base/parallel.h"
#include "kernels/dot.h"
#include "kernels/double_double.h"
#include "kernels/pack.h"
#include "kernels/products.h"
#include "kernels/sums.h"

namespace roundoff::truth {
namespace {

constexpr std::int64_t kBlockRows = 192;      // rows whose sums stay in the cache
constexpr std::int64_t kMostTerms = 1 << 24;  // of one inner product
constexpr double kInterior = 0x1p-60;         // relative radius with which a node within the graph is content
constexpr double kLeastSize = 0x1p-70;        // products of two such sizes do not underflow in float
constexpr double kUnclearSize = 0x1p-100;     // below, what underflowed may count

/// An argument as floats or doubles, in the order of its array.
class Numbers {
 public:
  explicit Numbers(const Array& array) : array_(array) {
    if (array.dtype() == DType::float32 || array.dtype() == DType::float64) return;
    widened_.resize(static_cast<std::size_t>(array.size()));
    for (std::int64_t i = 0; i < array.size(); ++i) widened_[static_cast<std::size_t>(i)] = array.get(i);
  }
  void pack(std::int64_t base, const LineView& view, std::int64_t width, double* out) const {
    floats() ? pack_lines(floats() + base, view, width, out) : pack_lines(doubles() + base, view, width, out);
  }

 private:
  [[nodiscard]] const float* floats() const {
    return array_.dtype() == DType::float32 ? array_.as<float>().data() : nullptr;
  }
  [[nodiscard]] const double* doubles() const {
    return array_.dtype() == DType::float64 ? array_.as<double>().data() : widened_.data();
  }
  const Array& array_;
  std::vector<double> widened_;
};

/// Scaled lines in the kernels' layout, and what is known of them.
class Lines {
 public:
  void load(const Numbers& numbers, std::int64_t base, const LineView& view, Accumulate how, std::int64_t width);
  /// |x| in the layout of the kernel of sizes.
  void load_sizes(std::int64_t width);

  [[nodiscard]] std::int64_t padded() const { return (count + width - 1) / width * width; }
  [[nodiscard]] double at(std::int64_t line, std::int64_t i) const {
    return packed[static_cast<std::size_t>((line / width * k + i) * width + line % width)];
  }

  std::int64_t width = 0, k = 0, count = 0;
  std::vector<double> packed;
  std::vector<LineFacts> facts;
  std::vector<double> factor;  ///< by which each line was divided
  std::vector<double> norm;    ///< what it counts in a radius: its norm after that, or 1 or 0 for split sums
  std::vector<char> coarse;
  std::vector<float> sizes;
  bool one_sign = true;  ///< no two elements of all lines differ in sign
  bool moderate = true;  ///< every element is 0 or between 2^-450 and 2^450 in size: else nothing else here counts
};

bool is_moderate(const LineFacts& facts) { return facts.norm <= 0x1p450 && facts.least >= 0x1p-450; }

void Lines::load(const Numbers& numbers, std::int64_t base, const LineView& view, Accumulate how,
                 std::int64_t line_width) {
  width = line_width;
  k = view.k;
  count = view.lines;
  const auto n = static_cast<std::size_t>(count);
  resize_large(packed, static_cast<std::size_t>(packed_size(count, k, width)));
  facts.resize(n);
  factor.resize(n);
  norm.resize(n);
  coarse.resize(n);
  numbers.pack(base, view, width, packed.data());
  measure_lines(packed.data(), count, k, width, facts.data());
  std::vector<int> exponent(n);
  bool negative = false, positive = false;
  moderate = std::all_of(facts.begin(), facts.end(), is_moderate);
  if (!moderate) return;
  for (std::size_t i = 0; i < n; ++i) {
    negative = negative || facts[i].negative;
    positive = positive || facts[i].positive;
    exponent[i] = norm_exponent(facts[i].norm);
    factor[i] = std::ldexp(1.0, exponent[i]);
    norm[i] = how == Accumulate::split ? (facts[i].norm > 0 ? 1 : 0) : facts[i].norm / factor[i];
  }
  one_sign = !(negative && positive);
  scale_lines(packed.data(), count, k, width, exponent.data(), coarse.data());
}

void Lines::load_sizes(std::int64_t size_width) {
  sizes.clear();
  resize_large(sizes, static_cast<std::size_t>(packed_size(count, k, size_width)));
  for (std::int64_t line = 0; line < count; ++line) {
    const double* from = packed.data() + line / width * k * width + line % width;
    float* to = sizes.data() + line / size_width * k * size_width + line % size_width;
    for (std::int64_t i = 0; i < k; ++i) to[i * size_width] = size_of_element(from[i * width]);
  }
}

/// What a thread reuses from block to block.
struct Scratch {
  Lines left;
  std::vector<double> high, low, size;
};

struct Place {
  std::int64_t row, column;
};

class Multiplication {
 public:
  Multiplication(const Contraction::Plan& plan, const Step& step, Accumulate how, std::span<Enclosure> out,
                 std::vector<double>* size)
      : plan_(plan),
        how_(how),
        output_(step.output),
        format_(format_of(step.node.dtype)),
        narrow_(step.node.dtype == DType::float32),
        wide_(step.node.dtype == DType::float64),
        left_(*step.in[0]->values.array()),
        right_(*step.in[1]->values.array()),
        radius_(how == Accumulate::split ? split_radius(plan.k) : rounded_radius(plan.k, 1)),
        out_(out),
        size_(size) {}

  /// False where some line is not for these kernels.
  [[nodiscard]] bool run() {
    std::atomic<bool> fits = true;
    for (std::int64_t batch = 0; batch < plan_.batch; ++batch) {
      Lines right;
      right.load(right_, plan_.right_batch[static_cast<std::size_t>(batch)], right_view(plan_.n), how_,
                 product_widths(how_).right);
      if (!right.moderate) return false;
      if (size_) right.load_sizes(size_widths().right);
      std::vector<Place> open;
      std::mutex mutex;
      parallel_for((plan_.m + kBlockRows - 1) / kBlockRows, 1, [&](std::int64_t begin, std::int64_t end) {
        Scratch scratch;
        std::vector<Place> mine;
        for (std::int64_t block = begin; block < end && fits; ++block) {
          if (!rows(right, batch, block * kBlockRows, scratch, mine)) fits = false;
        }
        const std::lock_guard lock(mutex);
        open.insert(open.end(), mine.begin(), mine.end());
      });
      if (!fits) return false;
      refine(right, batch, std::move(open));
    }
    return true;
  }

 private:
  [[nodiscard]] LineView left_view(std::int64_t lines) const {
    return {plan_.left_row, plan_.left_col, lines, plan_.k};
  }
  [[nodiscard]] LineView right_view(std::int64_t lines) const {
    return {plan_.right_col, plan_.right_row, lines, plan_.k};
  }
  [[nodiscard]] std::size_t at(std::int64_t batch, const Place& place) const {
    return static_cast<std::size_t>((batch * plan_.m + place.row) * plan_.n + place.column);
  }

  [[nodiscard]] bool rows(const Lines& right, std::int64_t batch, std::int64_t first, Scratch& s,
                          std::vector<Place>& open) const {
    const std::int64_t count = std::min(kBlockRows, plan_.m - first), stride = right.padded();
    Lines& left = s.left;
    left.load(left_, plan_.left_batch[static_cast<std::size_t>(batch)] + first * plan_.left_row, left_view(count), how_,
              product_widths(how_).left);
    if (!left.moderate) return false;
    const auto room = static_cast<std::size_t>(left.padded() * stride);
    if (s.high.size() < room) resize_large(s.high, room);
    if (how_ == Accumulate::split && s.low.size() < room) resize_large(s.low, room);
    multiply_block(how_, {left.packed.data(), right.packed.data(), left.padded(), stride, plan_.k, stride,
                          s.high.data(), s.low.data()});
    for (std::int64_t i = 0; i < count; ++i) write_row(left, right, i, {first + i, 0}, batch, s, open);
    if (size_) write_sizes(right, batch, first, s);
    return true;
  }

  void write_row(const Lines& left, const Lines& right, std::int64_t i, Place place, std::int64_t batch,
                 const Scratch& s, std::vector<Place>& open) const {
    const std::int64_t stride = right.padded();
    const auto line = static_cast<std::size_t>(i);
    const double* high = s.high.data() + i * stride;
    const double* low = how_ == Accumulate::split ? s.low.data() + i * stride : nullptr;
    const double factor = left.factor[line], radius = radius_ * left.norm[line] * factor * (1 + 0x1p-50);
    const bool coarse = left.coarse[line] != 0;
    Enclosure* out = out_.data() + at(batch, place);
    for (std::int64_t j = 0; j < plan_.n; ++j) {
      const auto column = static_cast<std::size_t>(j);
      const double scale = factor * right.factor[column];
      double hi = high[j] * scale, lo = 0;
      if (low) hi = two_sum(hi, low[j] * scale, lo);
      const double rad = coarse && right.coarse[column] != 0 ? 0 : radius * (right.norm[column] * right.factor[column]);
      Enclosure& e = out[j];  // member by member: a copy would read what has not left the store queue yet
      e.hi = hi;
      e.lo = lo;
      e.rad = rad;
      e.exp = 0;
      e.kind = Kind::real;
      if (!plainly_clear(hi, lo, rad) && !clear(e)) open.push_back({place.row, j});
    }
  }

  /// The common cases of clear(). Rounding is monotone: where both ends of an interval round alike, so does all of it.
  [[nodiscard]] bool plainly_clear(double hi, double lo, double rad) const {
    if (!output_) return rad <= std::fabs(hi) * kInterior;
    const double reach = (std::fabs(lo) + rad) * (1 + 0x1p-50);
    if (wide_) return hi - reach == hi && hi + reach == hi && hi != 0;
    const double outer = reach + std::fabs(hi) * 0x1p-51;
    return narrow_ && static_cast<float>(hi - outer) == static_cast<float>(hi + outer) && hi != 0;
  }

  /// Whether the element may stay as it is.
  [[nodiscard]] bool clear(const Enclosure& e) const {
    if (e.rad == 0) return true;
    if (!output_) return e.rad <= std::fabs(e.hi) * kInterior;
    return rounded(e, format_).has_value();
  }

  /// Σ|x·y| of a block of rows.
  void write_sizes(const Lines& right, std::int64_t batch, std::int64_t first, Scratch& s) const {
    Lines& left = s.left;
    const bool told = left.one_sign && right.one_sign;
    const ProductWidths widths = size_widths();
    const std::int64_t stride = (plan_.n + widths.right - 1) / widths.right * widths.right;
    if (!told) {
      left.load_sizes(widths.left);
      const std::int64_t padded = (left.count + widths.left - 1) / widths.left * widths.left;
      resize_large(s.size, std::max(s.size.size(), static_cast<std::size_t>(padded * stride)));
      size_block({left.sizes.data(), right.sizes.data(), padded, stride, plan_.k, stride, s.size.data()});
    }
    for (std::int64_t i = 0; i < left.count; ++i) {
      const std::size_t row = at(batch, {first + i, 0});
      for (std::int64_t j = 0; j < plan_.n; ++j) {
        const Enclosure& e = out_[row + static_cast<std::size_t>(j)];
        (*size_)[row + static_cast<std::size_t>(j)] =
            told ? (std::fabs(e.hi) + std::fabs(e.lo) + e.rad) * (1 + 0x1p-50)
                 : size_of(left, right, i, j, s.size[static_cast<std::size_t>(i * stride + j)]);
      }
    }
  }

  /// An upper bound from what the kernel found for scaled lines.
  [[nodiscard]] double size_of(const Lines& left, const Lines& right, std::int64_t i, std::int64_t j,
                               double found) const {
    const auto row = static_cast<std::size_t>(i), column = static_cast<std::size_t>(j);
    const double scale = left.factor[row] * right.factor[column], k = static_cast<double>(plan_.k);
    if (found >= kUnclearSize) return (found * (1 + 0x1p-13) + k * 0x1p-147) * scale;
    const bool seen = left.facts[row].least >= kLeastSize * left.factor[row] &&
                      right.facts[column].least >= kLeastSize * right.factor[column];
    if (found == 0 && seen) return 0;
    double sum = 0;
    for (std::int64_t t = 0; t < plan_.k; ++t) sum += std::fabs(left.at(i, t) * right.at(j, t));
    return (sum * (1 + (k + 16) * 0x1p-52) + k * 0x1p-1074) * scale * (1 + 0x1p-51);
  }

  /// Those elements again, in double-double.
  void refine(const Lines& right, std::int64_t batch, std::vector<Place> open) const {
    const auto key = [](const Place& p) { return std::tuple(p.column / kPanel, p.row, p.column); };
    std::sort(open.begin(), open.end(), [&](const Place& a, const Place& b) { return key(a) < key(b); });
    parallel_for(static_cast<std::int64_t>(open.size()), 16, [&](std::int64_t begin, std::int64_t end) {
      const auto places =
          std::span(open).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
      how_ == Accumulate::rounded ? refine_short(right, batch, places) : refine_panels(batch, places);
    });
  }

  /// Products are exact: what remains is a sum. Columns are read where they are packed (and scaled).
  void refine_short(const Lines& right, std::int64_t batch, std::span<const Place> open) const {
    const auto k = static_cast<std::size_t>(plan_.k), b = static_cast<std::size_t>(batch);
    std::vector<double> x(k);
    for (const Place& place : open) {
      left_.pack(plan_.left_batch[b] + place.row * plan_.left_row, left_view(1), 1, x.data());
      for (std::int64_t i = 0; i < plan_.k; ++i) x[static_cast<std::size_t>(i)] *= right.at(place.column, i);
      const DoubleDouble sum = sum_doubles(x.data(), plan_.k).sum;
      const double factor = right.factor[static_cast<std::size_t>(place.column)];
      keep_narrower({.hi = sum.hi * factor, .lo = sum.lo * factor, .rad = sum.rad * factor}, out_[at(batch, place)]);
    }
  }

  void refine_panels(std::int64_t batch, std::span<const Place> open) const {
    std::vector<double> panel(static_cast<std::size_t>(kPanel * plan_.k)), line(static_cast<std::size_t>(plan_.k));
    std::int64_t loaded = -1, row = -1;
    PanelSums sums;
    for (const Place& place : open) {
      const std::int64_t first = place.column / kPanel * kPanel, j = place.column - first;
      if (first != loaded || place.row != row) {
        if (first != loaded) load_panel(batch, first, panel);
        loaded = first;
        row = place.row;
        sums = panel_sums(batch, row, line, panel);
      }
      const double radius = kernel_radius(Factors::doubles, plan_.k, sums.slip[j], sums.size[j]);
      keep_narrower({.hi = sums.high[j], .lo = sums.low[j], .rad = radius}, out_[at(batch, place)]);
    }
  }
  void load_panel(std::int64_t batch, std::int64_t first, std::vector<double>& panel) const {
    const std::int64_t base = plan_.right_batch[static_cast<std::size_t>(batch)] + first * plan_.right_col;
    right_.pack(base, right_view(std::min(kPanel, plan_.n - first)), kPanel, panel.data());
  }
  [[nodiscard]] PanelSums panel_sums(std::int64_t batch, std::int64_t row, std::vector<double>& line,
                                     const std::vector<double>& panel) const {
    const std::int64_t base = plan_.left_batch[static_cast<std::size_t>(batch)] + row * plan_.left_row;
    left_.pack(base, left_view(1), 1, line.data());
    PanelSums sums;
    dot_panel(Factors::doubles, line.data(), line.data(), panel.data(), panel.data(), plan_.k, sums);
    return sums;
  }
  /// Both hold the element.
  static void keep_narrower(const Enclosure& e, Enclosure& out) {
    if (e.rad < out.rad) out = e;
  }

  const Contraction::Plan& plan_;
  Accumulate how_;
  bool output_;
  const Format& format_;
  bool narrow_, wide_;
  Numbers left_, right_;
  double radius_;
  std::span<Enclosure> out_;
  std::vector<double>* size_;
};

/// Whether products of two elements of these dtypes are exact in double.
bool is_short(DType dtype) { return dtype != DType::float64 && dtype != DType::int32 && dtype != DType::uint32; }

bool is_double(DType dtype) { return dtype != DType::int64 && dtype != DType::uint64; }

}  // namespace

bool evaluate_products(const Contraction::Plan& plan, const Step& step, std::span<Enclosure> out,
                       std::vector<double>* size) {
  const Array *left = step.in[0]->values.array(), *right = step.in[1]->values.array();
  if (!left || !right || !is_double(left->dtype()) || !is_double(right->dtype())) return false;
  if (plan.m < 4 || plan.n < 8 || plan.k < 8 || plan.k > kMostTerms) return false;
  // Within a graph the enclosures of split sums serve all that follows; an output needs its rounding only.
  const bool rounded = step.output && is_short(left->dtype()) && is_short(right->dtype());
  Multiplication multiplication(plan, step, rounded ? Accumulate::rounded : Accumulate::split, out, size);
  return multiplication.run();
}

}  // namespace roundoff::truth
