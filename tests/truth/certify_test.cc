#include <cstdlib>
#include <cstring>

#include "oracle.h"
#include "truth/truth.h"

namespace roundoff {
namespace {

using oracle::array;
using oracle::certified;
using oracle::Draw;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
const DType kFloats[] = {DType::float16, DType::bfloat16, DType::float32, DType::float64};
const Draw kDraws[] = {Draw::unit, Draw::symmetric, Draw::wide, Draw::integers, Draw::halves};

/// The truth of every element against exact values, bit for bit, with nothing left open.
void expect_exact(const Truth& truth, const std::vector<mpq_class>& exact, const std::string& what) {
  ASSERT_EQ(truth.nearest.size(), exact.size()) << what;
  EXPECT_TRUE(truth.certified()) << what;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    ASSERT_EQ(truth.nearest[i], oracle::round(exact[i], truth.dtype)) << what << " [" << i << "]";
    ASSERT_TRUE(oracle::holds(truth.value[i], exact[i])) << what << " [" << i << "]";
  }
}

std::string label(const char* what, DType dtype, Draw how) {
  return std::string(what) + " " + std::string(name_of(dtype)) + " draw " + std::to_string(static_cast<int>(how));
}

TEST(Certify, SumsAreCorrectlyRounded) {
  for (const DType dtype : kFloats) {
    for (const Draw how : kDraws) {
      const Array x = array(dtype, {600, 23}, how, 7);
      std::vector<mpq_class> rows(600), columns(23), means(600), scan(600 * 23);
      for (std::int64_t i = 0; i < x.size(); ++i) {
        const mpq_class v(x.get(i));
        rows[static_cast<std::size_t>(i / 23)] += v;
        columns[static_cast<std::size_t>(i % 23)] += v;
        scan[static_cast<std::size_t>(i)] = rows[static_cast<std::size_t>(i / 23)];
      }
      for (std::size_t i = 0; i < rows.size(); ++i) means[i] = rows[i] / 23;
      expect_exact(certified("sum(x, axis=1)", {{"x", x}}), rows, label("rows", dtype, how));
      expect_exact(certified("sum(x, axis=0)", {{"x", x}}), columns, label("columns", dtype, how));
      expect_exact(certified("mean(x, axis=1)", {{"x", x}}), means, label("means", dtype, how));
      expect_exact(certified("cumulative_sum(x, axis=1)", {{"x", x}}), scan, label("scan", dtype, how));
    }
  }
}

TEST(Certify, ProductsOfMatricesAreCorrectlyRounded) {
  const std::int64_t m = 37, k = 29, n = 35;
  for (const DType dtype : kFloats) {
    for (const Draw how : kDraws) {
      const Array a = array(dtype, {m, k}, how, 1), b = array(dtype, {k, n}, how, 2);
      std::vector<mpq_class> exact(static_cast<std::size_t>(m * n));
      for (std::int64_t i = 0; i < m * n; ++i) {
        for (std::int64_t j = 0; j < k; ++j)
          exact[static_cast<std::size_t>(i)] += mpq_class(a.get(i / n * k + j)) * mpq_class(b.get(j * n + i % n));
      }
      expect_exact(certified("matmul(a, b)", {{"a", a}, {"b", b}}), exact, label("matmul", dtype, how));
    }
  }
}

TEST(Certify, CancellationDownToNothing) {
  // x + tiny − x, in every order of magnitude: what survives is the tiny one.
  std::vector<double> values;
  std::vector<mpq_class> exact;
  std::mt19937_64 random(3);
  for (int i = 0; i < 2000; ++i) {
    const double big = oracle::draw(random, Draw::wide, DType::float64);
    const double tiny = std::ldexp(static_cast<double>(random() % 1000), -static_cast<int>(random() % 1000));
    values.insert(values.end(), {big, tiny, -big});
    exact.push_back(mpq_class(tiny));
  }
  const Array x = array(DType::float64, values).reshaped({2000, 3});
  expect_exact(certified("sum(x, axis=1)", {{"x", x}}), exact, "cancellation");
}

TEST(Certify, TiesAreDecidedAndGoToEven) {
  // 2048 + 1, 2050 + 1 … lie half way between float16 numbers; halves of odd subnormals likewise.
  std::vector<double> values;
  for (int i = 0; i < 1000; ++i) values.insert(values.end(), {2048.0 + 2 * (i % 1000), 1.0});
  const Array x = array(DType::float16, values).reshaped({1000, 2});
  const Truth sums = certified("sum(x, axis=1)", {{"x", x}});
  EXPECT_TRUE(sums.certified());
  for (std::size_t i = 0; i < sums.nearest.size(); ++i) EXPECT_EQ(std::fmod(sums.nearest[i], 4), 0) << i;
  Array tiny = Array::make(DType::float32, {1000}).value();
  for (std::int64_t i = 0; i < 1000; ++i) tiny.set(i, std::ldexp(2.0 * static_cast<double>(i) + 1, -149));
  const Truth halves = certified("x * 0.5", {{"x", tiny}});
  EXPECT_TRUE(halves.certified());
  for (std::size_t i = 0; i < halves.nearest.size(); ++i) {
    EXPECT_EQ(halves.nearest[i], std::ldexp(std::nearbyint(static_cast<double>(i) + 0.5), -149));
  }
}

TEST(Certify, StepsOnRationalArgumentsAreExact) {
  const Array x = array(DType::float32, {500}, Draw::integers, 4);
  const Truth floors = certified("floor((x / 3) * 3)", {{"x", x}});
  EXPECT_TRUE(floors.certified());
  for (std::int64_t i = 0; i < x.size(); ++i) EXPECT_EQ(floors.nearest[static_cast<std::size_t>(i)], x.get(i));
  const Truth equals = certified("where(equal(x / 7 * 7, x), 1.0, 0.0)", {{"x", x}});
  EXPECT_TRUE(equals.certified());
  for (const double value : equals.nearest) EXPECT_EQ(value, 1);
  const Truth through = certified("exp(floor(sum(x / 3, axis=1) * 3 / 1000))", {{"x", x.reshaped({50, 10})}});
  EXPECT_TRUE(through.certified());
}

TEST(Certify, WhatNoPrecisionDecidesIsUndecidedAndOnlyThat) {
  const Array x = array(DType::float64, std::vector<double>{2, 2.25, 3, 7});
  const Truth truth = certified("floor(sqrt(x) * sqrt(x))", {{"x", x}}, {.cap = 1024});
  EXPECT_EQ(truth.undecided, (std::vector<std::int64_t>{0, 2, 3}));
  EXPECT_TRUE(std::isnan(truth.nearest[0]));
  EXPECT_EQ(truth.nearest[1], 2);
}

TEST(Certify, SpecialValuesFollowIeee754) {
  const auto of = [](const char* expression, std::vector<double> values) {
    return certified(expression, {{"x", array(DType::float32, values)}}).nearest;
  };
  EXPECT_TRUE(std::isnan(of("sum(x)", {kInf, -kInf})[0]));
  EXPECT_TRUE(std::isnan(of("sum(x)", {1, kNan})[0]));
  EXPECT_EQ(of("sum(x)", {1, kInf})[0], kInf);
  EXPECT_TRUE(std::signbit(of("sum(x)", {-0.0, -0.0})[0]));
  EXPECT_FALSE(std::signbit(of("sum(x)", {-0.0, 0.0})[0]));
  EXPECT_EQ(of("sum(x)", {3e38, 3e38})[0], kInf);
  EXPECT_EQ(of("sum(x)", {3e38, 3e38, -3e38})[0], static_cast<double>(3e38F));
  const auto scan = of("cumulative_sum(x)", {1, kInf, 1, -kInf, 2});
  EXPECT_EQ(scan[0], 1);
  EXPECT_EQ(scan[2], kInf);
  EXPECT_TRUE(std::isnan(scan[3]) && std::isnan(scan[4]));
  EXPECT_TRUE(std::isnan(of("max(x)", {1, kNan, 3})[0]));
  EXPECT_EQ(of("max(x)", {-kInf, -3, -5})[0], -3);
  EXPECT_EQ(of("min(x)", {-kInf, -3, -5})[0], -kInf);
  EXPECT_EQ(of("argmax(x)", {1, 5, 5, 2})[0], 1);
  EXPECT_EQ(of("argmin(x)", {1, kInf, 0.5, 0.5})[0], 2);
  EXPECT_EQ(of("argmax(x)", {1, kNan, 5, kNan})[0], 1);
}

TEST(Certify, SpecialValuesInProductsOfMatrices) {
  // Every combination of special factors, against float64 arithmetic (whose specials are the same).
  const std::vector<double> specials{0, -0.0, 1, -2, kInf, -kInf, kNan, 1e-45, 3e38};
  std::vector<double> left, right;
  std::mt19937_64 random(11);
  for (int i = 0; i < 40 * 3; ++i) left.push_back(specials[random() % specials.size()]);
  for (int i = 0; i < 3 * 40; ++i) right.push_back(specials[random() % (i % 40 < 20 ? 4 : specials.size())]);
  const Array a = array(DType::float64, left).reshaped({40, 3}), b = array(DType::float64, right).reshaped({3, 40});
  for (const char* expression : {"matmul(a, b)", "matmul(a * 1, b)"}) {
    const Truth truth = certified(expression, {{"a", a}, {"b", b}});
    for (std::size_t i = 0; i < 40; ++i) {
      for (std::size_t j = 0; j < 40; ++j) {
        double sum = 0;
        for (std::size_t k = 0; k < 3; ++k) sum += left[i * 3 + k] * right[k * 40 + j];
        const double got = truth.nearest[i * 40 + j];
        if (std::isfinite(sum)) {
          EXPECT_NEAR(got, sum, std::fabs(sum) * 1e-12);
        } else {
          EXPECT_TRUE(oracle::same(got, sum)) << expression << " " << i << "," << j << ": " << got << " " << sum;
        }
      }
    }
  }
}

TEST(Certify, ShapesOfProducts) {
  const Array a = array(DType::float32, {2, 1, 4, 5}, Draw::symmetric, 1),
              b = array(DType::float32, {3, 5, 6}, Draw::symmetric, 2);
  const Truth stacks = certified("matmul(a, b)", {{"a", a}, {"b", b}});
  ASSERT_EQ(stacks.shape, (Shape{2, 3, 4, 6}));
  for (std::int64_t s = 0; s < 6; ++s) {
    for (std::int64_t i = 0; i < 4; ++i) {
      for (std::int64_t j = 0; j < 6; ++j) {
        mpq_class sum = 0;
        for (std::int64_t k = 0; k < 5; ++k)
          sum += mpq_class(a.get(s / 3 * 20 + i * 5 + k)) * mpq_class(b.get(s % 3 * 30 + k * 6 + j));
        EXPECT_EQ(stacks.nearest[static_cast<std::size_t>(s * 24 + i * 6 + j)], oracle::round(sum, DType::float32));
      }
    }
  }
  const Array v = array(DType::float32, {5}, Draw::symmetric, 3);
  EXPECT_EQ(certified("matmul(a, v)", {{"a", a}, {"v", v}}).shape, (Shape{2, 1, 4}));
  EXPECT_EQ(certified("matmul(v, b)", {{"v", v}, {"b", b}}).shape, (Shape{3, 6}));
  EXPECT_EQ(certified("matmul(v, v)", {{"v", v}}).shape, Shape{});
}

/// MPFR at 3000 bits, term by term: an engine that shares nothing with Arb or the kernels.
TEST(Certify, ChainAgreesWithMpfr) {
  const Array x = array(DType::float32, {10000}, Draw::unit, 1);
  const Truth truth = certified("cumulative_sum(sin(exp(x)))", {{"x", x}});
  ASSERT_TRUE(truth.certified());
  mpfr_t sum, term;
  mpfr_inits2(3000, sum, term, static_cast<mpfr_ptr>(nullptr));
  mpfr_set_zero(sum, 1);
  for (std::int64_t i = 0; i < x.size(); ++i) {
    mpfr_set_prec(term, 200);
    mpfr_set_d(term, x.get(i), MPFR_RNDN);
    mpfr_exp(term, term, MPFR_RNDN);
    mpfr_sin(term, term, MPFR_RNDN);
    mpfr_add(sum, sum, term, MPFR_RNDN);
    ASSERT_EQ(truth.nearest[static_cast<std::size_t>(i)], static_cast<double>(mpfr_get_flt(sum, MPFR_RNDN))) << i;
  }
  mpfr_clears(sum, term, static_cast<mpfr_ptr>(nullptr));
}

TEST(Certify, ThreadsNeverChangeAByte) {
  const Inputs inputs{{"a", array(DType::float32, {70, 90}, Draw::symmetric, 1)},
                      {"b", array(DType::float32, {90, 50}, Draw::wide, 2)}};
  const auto run = [&](const char* threads) {
    setenv("ROUNDOFF_THREADS", threads, 1);
    return certified("cumulative_sum(matmul(exp(a), b), axis=0)", inputs);
  };
  const Truth one = run("1"), three = run("3");
  unsetenv("ROUNDOFF_THREADS");
  ASSERT_EQ(one.value.size(), three.value.size());
  EXPECT_EQ(0, std::memcmp(one.nearest.data(), three.nearest.data(), one.nearest.size() * sizeof(double)));
  EXPECT_EQ(one.budget.sound, three.budget.sound);
  EXPECT_EQ(one.budget.probable, three.budget.probable);
  for (std::size_t i = 0; i < one.value.size(); ++i) {
    ASSERT_TRUE(one.value[i].hi == three.value[i].hi && one.value[i].lo == three.value[i].lo &&
                one.value[i].rad == three.value[i].rad);
  }
}

TEST(Certify, RefusesInputsThatDoNotFit) {
  const Array x = array(DType::float32, {3}, Draw::unit, 1);
  const Graph g = oracle::graph("sum(x)", {{"x", x}});
  EXPECT_EQ(certify(g, {}).error().code, Code::input);
  EXPECT_EQ(certify(g, {{"x", x.reshaped({3, 1})}}).error().code, Code::input);
  EXPECT_EQ(certify(g, {{"x", array(DType::float64, {3}, Draw::unit, 1)}}).error().code, Code::input);
}

}  // namespace
}  // namespace roundoff
