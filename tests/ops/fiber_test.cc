// The ops along axes against MPFR and exact rationals, through the whole ladder: correct rounding bit for bit.
#include <mpfr.h>

#include "../truth/oracle.h"

namespace roundoff {
namespace {

using oracle::array;
using oracle::certified;
using oracle::Draw;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// One MPFR number of 2000 bits.
class Real {
 public:
  Real(double x = 0) {
    mpfr_init2(x_, 2000);
    mpfr_set_d(x_, x, MPFR_RNDN);
  }
  Real(const Real& other) : Real() { mpfr_set(x_, other.x_, MPFR_RNDN); }
  Real& operator=(const Real& other) {
    mpfr_set(x_, other.x_, MPFR_RNDN);
    return *this;
  }
  ~Real() { mpfr_clear(x_); }
  mpfr_ptr get() { return x_; }
  mpfr_srcptr get() const { return x_; }
  friend Real operator+(Real a, const Real& b) { return mpfr_add(a.x_, a.x_, b.x_, MPFR_RNDN), a; }
  friend Real operator-(Real a, const Real& b) { return mpfr_sub(a.x_, a.x_, b.x_, MPFR_RNDN), a; }
  friend Real operator*(Real a, const Real& b) { return mpfr_mul(a.x_, a.x_, b.x_, MPFR_RNDN), a; }
  friend Real operator/(Real a, const Real& b) { return mpfr_div(a.x_, a.x_, b.x_, MPFR_RNDN), a; }
  friend Real exp(Real a) { return mpfr_exp(a.x_, a.x_, MPFR_RNDN), a; }
  friend Real log(Real a) { return mpfr_log(a.x_, a.x_, MPFR_RNDN), a; }
  friend Real sqrt(Real a) { return mpfr_sqrt(a.x_, a.x_, MPFR_RNDN), a; }
  /// Rounded to nearest even in the dtype, by way of the exact rational that it is.
  [[nodiscard]] double in(DType dtype) const {
    mpf_class f(0, 2100);
    mpfr_get_f(f.get_mpf_t(), x_, MPFR_RNDN);
    return oracle::round(mpq_class(f), dtype);
  }

 private:
  mpfr_t x_;
};

using Row = std::vector<double>;
using Results = std::function<std::vector<double>(const Row&, DType)>;

/// Rows of several kinds of numbers, for each dtype; the expression must reduce or scan them along axis 1.
void compare(const std::string& expression, std::int64_t rows, std::int64_t length, std::initializer_list<Draw> draws,
             double scale, const Results& expected) {
  for (const DType dtype : {DType::float16, DType::bfloat16, DType::float32, DType::float64}) {
    std::uint64_t seed = 1;
    for (const Draw how : draws) {
      Array x = array(dtype, {rows, length}, how, seed++);
      for (std::int64_t i = 0; i < x.size(); ++i) x.set(i, x.get(i) * scale);
      const Truth truth = certified(expression, {{"x", x}});
      ASSERT_TRUE(truth.certified()) << expression;
      std::size_t at = 0;
      for (std::int64_t r = 0; r < rows; ++r) {
        Row row;
        for (std::int64_t i = 0; i < length; ++i) row.push_back(x.get(r * length + i));
        for (const double want : expected(row, dtype)) {
          ASSERT_TRUE(oracle::same(truth.nearest[at], want))
              << expression << " " << name_of(dtype) << " draw " << static_cast<int>(how) << " row " << r << ": "
              << truth.nearest[at] << " is " << want;
          ++at;
        }
      }
      ASSERT_EQ(at, truth.nearest.size());
    }
  }
}

std::vector<Real> exponentials(const Row& row, Real& sum) {
  std::vector<Real> terms;
  sum = Real();
  for (const double x : row) {
    terms.push_back(exp(Real(x)));
    sum = sum + terms.back();
  }
  return terms;
}

TEST(Fiber, LogSumExp) {
  compare("logsumexp(x, axis=1)", 300, 9, {Draw::symmetric, Draw::integers, Draw::halves}, 1,
          [](const Row& row, DType dtype) {
            Real sum;
            exponentials(row, sum);
            return Row{log(sum).in(dtype)};
          });
}

TEST(Fiber, Softmax) {
  compare("softmax(x, axis=1)", 300, 9, {Draw::symmetric, Draw::integers}, 1, [](const Row& row, DType dtype) {
    Real sum;
    Row out;
    for (const Real& term : exponentials(row, sum)) out.push_back((term / sum).in(dtype));
    return out;
  });
}

TEST(Fiber, LogSoftmax) {
  compare("log_softmax(x, axis=1)", 300, 9, {Draw::symmetric, Draw::integers}, 1, [](const Row& row, DType dtype) {
    Real sum;
    exponentials(row, sum);
    Row out;
    for (const double x : row) out.push_back((Real(x) - log(sum)).in(dtype));
    return out;
  });
}

mpq_class variance(const Row& row, double correction) {
  mpq_class mean = 0, sum = 0;
  for (const double x : row) mean += mpq_class(x);
  mean /= static_cast<unsigned long>(row.size());
  for (const double x : row) sum += (mpq_class(x) - mean) * (mpq_class(x) - mean);
  return sum / mpq_class(static_cast<double>(row.size()) - correction);
}

TEST(Fiber, Variance) {
  for (const double correction : {0.0, 1.0, 0.5}) {
    compare("var(x, axis=1, correction=" + std::to_string(correction) + ")", 600, 7,
            {Draw::unit, Draw::symmetric, Draw::integers, Draw::halves, Draw::wide}, 0.125,
            [&](const Row& row, DType dtype) { return Row{oracle::round(variance(row, correction), dtype)}; });
  }
}

TEST(Fiber, VarianceRoundALargeMean) {
  const Array x = array(DType::float64, {500, 5}, Draw::unit, 3);
  Array shifted = Array::make(DType::float64, {500, 5}).value();
  for (std::int64_t i = 0; i < x.size(); ++i) shifted.set(i, x.get(i) + 1e12);
  const Truth truth = certified("var(x, axis=1)", {{"x", shifted}});
  for (std::int64_t r = 0; r < 500; ++r) {
    Row row;
    for (std::int64_t i = 0; i < 5; ++i) row.push_back(shifted.get(r * 5 + i));
    ASSERT_EQ(truth.nearest[static_cast<std::size_t>(r)], oracle::round(variance(row, 0), DType::float64));
  }
}

TEST(Fiber, StandardDeviation) {
  compare("std(x, axis=1, correction=1)", 400, 6, {Draw::unit, Draw::integers}, 1, [](const Row& row, DType dtype) {
    Real mean, sum;
    for (const double x : row) mean = mean + Real(x);
    mean = mean / Real(static_cast<double>(row.size()));
    for (const double x : row) sum = sum + (Real(x) - mean) * (Real(x) - mean);
    return Row{sqrt(sum / Real(static_cast<double>(row.size()) - 1)).in(dtype)};
  });
}

TEST(Fiber, Products) {
  const auto product = [](const Row& row) {
    mpq_class out = 1;
    for (const double x : row) out *= mpq_class(x);
    return out;
  };
  compare("prod(x, axis=1)", 600, 6, {Draw::unit, Draw::symmetric, Draw::integers, Draw::wide}, 1,
          [&](const Row& row, DType dtype) { return Row{oracle::round(product(row), dtype)}; });
  compare("cumulative_prod(x, axis=1)", 200, 6, {Draw::symmetric, Draw::wide}, 1, [&](const Row& row, DType dtype) {
    Row out;
    for (std::size_t i = 1; i <= row.size(); ++i) {
      out.push_back(oracle::round(product(Row(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(i))), dtype));
    }
    return out;
  });
}

TEST(Fiber, Extremes) {
  compare("max(x, axis=1)", 500, 9, {Draw::wide, Draw::integers}, 1,
          [](const Row& row, DType) { return Row{*std::max_element(row.begin(), row.end())}; });
  compare("min(x, axis=1)", 500, 9, {Draw::wide, Draw::integers}, 1,
          [](const Row& row, DType) { return Row{*std::min_element(row.begin(), row.end())}; });
  compare("argmax(x, axis=1)", 500, 9, {Draw::wide, Draw::integers}, 0.0625, [](const Row& row, DType) {
    return Row{static_cast<double>(std::max_element(row.begin(), row.end()) - row.begin())};
  });
  compare("argmin(x, axis=1)", 500, 9, {Draw::wide, Draw::integers}, 0.0625, [](const Row& row, DType) {
    return Row{static_cast<double>(std::min_element(row.begin(), row.end()) - row.begin())};
  });
}

TEST(Fiber, ExtremesOfInexactNumbers) {
  // exp keeps the order; equal arguments give equal, inexact results, whose first position no ball decides.
  const Array x = array(DType::float32, {400, 5}, Draw::wide, 9);
  Array small = Array::make(DType::float32, {400, 5}).value();
  for (std::int64_t i = 0; i < x.size(); ++i) small.set(i, std::remainder(x.get(i), 50.0));
  const Truth plain = certified("argmax(x, axis=1)", {{"x", small}}),
              through = certified("argmax(exp(x), axis=1)", {{"x", small}});
  for (std::size_t i = 0; i < plain.nearest.size(); ++i) {
    if (std::isnan(through.nearest[i])) continue;
    ASSERT_EQ(plain.nearest[i], through.nearest[i]);
  }
  EXPECT_LT(through.undecided.size(), 20U);
  const Truth thirds = certified("argmax(x / 3, axis=1)", {{"x", array(DType::float32, {400, 5}, Draw::integers, 2)}});
  EXPECT_TRUE(thirds.certified());
}

TEST(Fiber, SpecialValues) {
  const auto of = [](const char* expression, const Row& values) {
    return certified(expression, {{"x", array(DType::float32, values)}}).nearest;
  };
  EXPECT_TRUE(std::isnan(of("prod(x)", {0, kInf})[0]));
  EXPECT_EQ(of("prod(x)", {-2, kInf})[0], -kInf);
  EXPECT_TRUE(std::signbit(of("prod(x)", {0, -3})[0]));
  EXPECT_EQ(of("prod(x)", {1e-38, 1e-38, 1e38, 1e38})[0],
            certified("prod(x)", {{"x", array(DType::float32, Row{1e38, 1e-38, 1e38, 1e-38})}}).nearest[0]);
  EXPECT_EQ(of("logsumexp(x)", {-kInf, -kInf})[0], -kInf);
  EXPECT_EQ(of("logsumexp(x)", {-kInf, 2})[0], 2);
  EXPECT_EQ(of("logsumexp(x)", {kInf, 2})[0], kInf);
  EXPECT_TRUE(std::isnan(of("logsumexp(x)", {kInf, kNan})[0]));
  EXPECT_EQ(of("softmax(x)", {-kInf, 2, 2}), (Row{0, 0.5, 0.5}));
  EXPECT_TRUE(std::isnan(of("softmax(x)", {kInf, 2})[1]));
  EXPECT_TRUE(std::isnan(of("softmax(x)", {-kInf, -kInf})[0]));
  EXPECT_EQ(of("log_softmax(x)", {-kInf, 2}), (Row{-kInf, 0}));
  EXPECT_EQ(of("softmax(x)", {-3e38, 3e38}), (Row{0, 1}));
  EXPECT_TRUE(std::isnan(of("var(x)", {1, kInf})[0]));
  EXPECT_TRUE(std::isnan(of("var(x, correction=1)", {3})[0]));
  EXPECT_EQ(of("var(x, correction=2)", {3, 4})[0], kInf);
  EXPECT_EQ(of("var(x)", {0.1, 0.1, 0.1})[0], 0);
  EXPECT_EQ(of("std(x)", {0.1, 0.1, 0.1})[0], 0);
}

TEST(Fiber, EmptyArguments) {
  const Array none = Array::make(DType::float32, {3, 0}).value();
  EXPECT_EQ(certified("sum(x, axis=1)", {{"x", none}}).nearest, (Row{0, 0, 0}));
  EXPECT_EQ(certified("prod(x, axis=1)", {{"x", none}}).nearest, (Row{1, 1, 1}));
  EXPECT_TRUE(std::isnan(certified("mean(x)", {{"x", none}}).nearest[0]));
  EXPECT_EQ(certified("sum(x, axis=0)", {{"x", none}}).nearest, Row{});
  auto graph = parse_expression("max(x)");
  EXPECT_FALSE(infer(std::move(*graph), {{"x", {DType::float32, {3, 0}}}}).ok());
}

TEST(Fiber, SeveralAxesInCOrder) {
  const Array x = array(DType::float32, {3, 4, 5}, Draw::wide, 5);
  const Truth truth = certified("argmax(permute_dims(x, axes=(1, 0, 2)), axis=(1, 2))", {{"x", x}});
  for (std::int64_t j = 0; j < 4; ++j) {
    std::int64_t best = 0;
    double most = -kInf;
    for (std::int64_t i = 0; i < 3; ++i) {
      for (std::int64_t k = 0; k < 5; ++k) {
        if (x.get(i * 20 + j * 5 + k) > most) most = x.get(i * 20 + j * 5 + k), best = i * 5 + k;
      }
    }
    EXPECT_EQ(truth.nearest[static_cast<std::size_t>(j)], static_cast<double>(best));
  }
  EXPECT_EQ(certified("sum(x, axis=(0, 2), keepdims=True)", {{"x", x}}).shape, (Shape{1, 4, 1}));
}

TEST(Contraction, VecdotAndOuter) {
  const Array a = array(DType::float32, {4, 7, 3}, Draw::wide, 1), b = array(DType::float32, {7, 1}, Draw::wide, 2);
  const Truth dot = certified("vecdot(a, b, axis=-2)", {{"a", a}, {"b", b}});
  ASSERT_EQ(dot.shape, (Shape{4, 3}));
  for (std::int64_t i = 0; i < 12; ++i) {
    mpq_class sum = 0;
    for (std::int64_t k = 0; k < 7; ++k) sum += mpq_class(a.get(i / 3 * 21 + k * 3 + i % 3)) * mpq_class(b.get(k));
    EXPECT_EQ(dot.nearest[static_cast<std::size_t>(i)], oracle::round(sum, DType::float32));
  }
  const Array v = array(DType::float32, {5}, Draw::wide, 3), w = array(DType::float32, {33}, Draw::wide, 4);
  const Truth outer = certified("outer(v, w)", {{"v", v}, {"w", w}});
  for (std::int64_t i = 0; i < 5 * 33; ++i) {
    EXPECT_EQ(outer.nearest[static_cast<std::size_t>(i)],
              oracle::round(mpq_class(v.get(i / 33)) * mpq_class(w.get(i % 33)), DType::float32));
  }
}

}  // namespace
}  // namespace roundoff
