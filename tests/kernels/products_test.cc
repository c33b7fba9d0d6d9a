#include "kernels/products.h"

#include <gmpxx.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "every_target.h"
#include "kernels/pack.h"

namespace roundoff {
namespace {

/// Scaled lines of k elements, norm at most 1; short ones have products that are exact in double.
std::vector<double> lines(std::int64_t count, std::int64_t k, bool narrow, int spread, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> x(static_cast<std::size_t>(count * k));
  const double scale = std::ldexp(1.0, -norm_exponent(std::sqrt(static_cast<double>(k)) + 1));
  for (double& v : x) {
    v = static_cast<double>(random() >> 11) * 0x1p-52 - 1;
    if (narrow) v = static_cast<double>(static_cast<float>(v));
    v = std::ldexp(v * scale, -static_cast<int>(random() % static_cast<unsigned>(spread + 1)));
    if (random() % 13 == 0) v = 0;
  }
  return x;
}

struct Product {
  std::int64_t rows, columns, stride;
  std::vector<double> high, low;
};

Product multiply(Accumulate how, const std::vector<double>& x, const std::vector<double>& y, std::int64_t k) {
  const ProductWidths widths = product_widths(how);
  const std::int64_t m = static_cast<std::int64_t>(x.size()) / k, n = static_cast<std::int64_t>(y.size()) / k;
  std::vector<double> left(static_cast<std::size_t>(packed_size(m, k, widths.left)));
  std::vector<double> right(static_cast<std::size_t>(packed_size(n, k, widths.right)));
  pack_lines(x.data(), {k, 1, m, k}, widths.left, left.data());
  pack_lines(y.data(), {k, 1, n, k}, widths.right, right.data());
  Product out{static_cast<std::int64_t>(left.size()) / k, static_cast<std::int64_t>(right.size()) / k, 0, {}, {}};
  out.stride = out.columns;
  out.high.resize(static_cast<std::size_t>(out.rows * out.stride));
  out.low.resize(out.high.size());
  multiply_block(how,
                 {left.data(), right.data(), out.rows, out.columns, k, out.stride, out.high.data(), out.low.data()});
  return out;
}

class ProductTargets : public EveryTarget {};

TEST_P(ProductTargets, GiveTheBytesOfTheOracle) {
  for (const Accumulate how : {Accumulate::rounded, Accumulate::split}) {
    for (const std::int64_t k : {std::int64_t{1}, std::int64_t{2}, std::int64_t{7}, kProductDepth - 1, kProductDepth,
                                 kProductDepth + 1, 2 * kProductDepth + 3}) {
      const auto x = lines(13, k, how == Accumulate::rounded, 20, 1),
                 y = lines(29, k, how == Accumulate::rounded, 20, 2);
      const Product got = multiply(how, x, y, k);
      for (std::int64_t i = 0; i < 13; ++i) {
        for (std::int64_t j = 0; j < 29; ++j) {
          double high, low;
          multiply_oracle(how, x.data() + i * k, y.data() + j * k, k, high, low);
          const auto at = static_cast<std::size_t>(i * got.stride + j);
          ASSERT_EQ(got.high[at], high) << "k " << k;
          ASSERT_EQ(how == Accumulate::split ? got.low[at] : 0, low) << "k " << k;
        }
      }
    }
  }
}

TEST_P(ProductTargets, SizesGiveTheBytesOfTheOracle) {
  const std::int64_t m = 9, n = 37;
  for (const std::int64_t k : {std::int64_t{1}, std::int64_t{3}, kProductDepth, kProductDepth + 5}) {
    const auto x = lines(m, k, true, 60, 3), y = lines(n, k, true, 60, 4);
    std::vector<float> fx, fy;
    for (const double v : x) fx.push_back(size_of_element(v));
    for (const double v : y) fy.push_back(size_of_element(v));
    const ProductWidths widths = size_widths();
    const auto pack = [&](const std::vector<float>& from, std::int64_t count, std::int64_t width) {
      std::vector<float> to(static_cast<std::size_t>(packed_size(count, k, width)));
      for (std::int64_t i = 0; i < count * k; ++i) {
        const std::int64_t line = i / k, place = (line / width * k + i % k) * width + line % width;
        to[static_cast<std::size_t>(place)] = from[static_cast<std::size_t>(i)];
      }
      return to;
    };
    const auto left = pack(fx, m, widths.left), right = pack(fy, n, widths.right);
    const std::int64_t rows = static_cast<std::int64_t>(left.size()) / k,
                       columns = static_cast<std::int64_t>(right.size()) / k;
    std::vector<double> size(static_cast<std::size_t>(rows * columns));
    size_block({left.data(), right.data(), rows, columns, k, columns, size.data()});
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        const double found = size[static_cast<std::size_t>(i * columns + j)];
        ASSERT_EQ(found, size_oracle(fx.data() + i * k, fy.data() + j * k, k));
        mpq_class real = 0;
        for (std::int64_t t = 0; t < k; ++t)
          real += abs(mpq_class(x[static_cast<std::size_t>(i * k + t)]) *
                      mpq_class(y[static_cast<std::size_t>(j * k + t)]));
        ASSERT_TRUE(real <= mpq_class(found) * mpq_class(1 + 0x1p-13) + mpq_class(static_cast<double>(k) * 0x1p-147));
        ASSERT_TRUE(mpq_class(found) <= real * mpq_class(1 + 0x1p-13) + mpq_class(static_cast<double>(k) * 0x1p-147));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, ProductTargets, testing::ValuesIn(every_target()), target_name);

/// How many of these inner products lie outside of the radius, the exact sums by GMP.
int outside(Accumulate how, std::int64_t k, double shrink, const std::vector<double>& x, const std::vector<double>& y) {
  int count = 0;
  for (std::int64_t i = 0; i < 12; ++i) {
    const double *a = x.data() + i * k, *b = y.data() + i * k;
    double high, low;
    multiply_oracle(how, a, b, k, high, low);
    mpq_class sum = 0, size = 0;
    for (std::int64_t t = 0; t < k; ++t) {
      sum += mpq_class(a[t]) * mpq_class(b[t]);
      size += abs(mpq_class(a[t]) * mpq_class(b[t]));
    }
    const double radius = how == Accumulate::split ? split_radius(k) : rounded_radius(k, size.get_d() * (1 + 0x1p-50));
    count += abs(sum - mpq_class(high) - mpq_class(low)) > mpq_class(radius * shrink);
  }
  return count;
}

TEST(Products, RadiiHoldAndSmallerOnesAreCaught) {
  int caught = 0;
  for (const Accumulate how : {Accumulate::rounded, Accumulate::split}) {
    for (const std::int64_t k : {1, 2, 5, 40, 700}) {
      for (const int spread : {0, 5, 60}) {
        const bool narrow = how == Accumulate::rounded;
        const auto x = lines(12, k, narrow, spread, 5), y = lines(12, k, narrow, spread, 6);
        ASSERT_EQ(0, outside(how, k, 1, x, y)) << "k " << k << " spread " << spread;
        caught += outside(how, k, 0x1p-12, x, y);
      }
    }
  }
  EXPECT_GT(caught, 100);  // a radius 2^12 too small does not pass this test
}

TEST(Products, CoarseLinesAreExact) {
  std::mt19937_64 random(7);
  const std::int64_t k = 900;
  std::vector<double> x(static_cast<std::size_t>(k)), y(x.size());
  for (double& v : x) v = static_cast<double>(random() % 4001) - 2000;
  for (double& v : y) v = static_cast<double>(random() % 4001) - 2000;
  mpq_class sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += mpq_class(x[i]) * mpq_class(y[i]);
  LineFacts facts[2];
  measure_lines(x.data(), 1, k, 1, &facts[0]);
  measure_lines(y.data(), 1, k, 1, &facts[1]);
  const int exponent[2] = {norm_exponent(facts[0].norm), norm_exponent(facts[1].norm)};
  char coarse[2];
  scale_lines(x.data(), 1, k, 1, &exponent[0], &coarse[0]);
  scale_lines(y.data(), 1, k, 1, &exponent[1], &coarse[1]);
  EXPECT_TRUE(coarse[0] != 0 && coarse[1] != 0);
  for (const Accumulate how : {Accumulate::rounded, Accumulate::split}) {
    double high, low;
    multiply_oracle(how, x.data(), y.data(), k, high, low);
    EXPECT_TRUE(mpq_class(std::ldexp(high, exponent[0] + exponent[1])) == sum);
    EXPECT_EQ(low, 0);
  }
  x[5] += 0x1p-40;
  const int none = 0;
  scale_lines(x.data(), 1, k, 1, &none, &coarse[0]);
  EXPECT_EQ(coarse[0], 0);
}

}  // namespace
}  // namespace roundoff
