// Budgets from both sides: honest implementations of many kinds stay inside the sound budget, broken ones do not.
#include <algorithm>
#include <functional>
#include <numeric>

#include "base/format.h"
#include "oracle.h"

namespace roundoff {
namespace {

using oracle::array;
using oracle::certified;
using oracle::Draw;
using Numbers = std::vector<double>;

constexpr double kInf = std::numeric_limits<double>::infinity();

/// Arithmetic of a dtype, every operation rounded once: in float64, whose 53 bits are at least 2p + 2 for the narrower
/// ones, and then to it.
class Machine {
 public:
  Machine(DType dtype, std::uint64_t seed) : format_(format_of(dtype)), random_(seed) {}
  [[nodiscard]] double round(double x) const { return round_to(format_, x); }
  [[nodiscard]] double add(double a, double b) const { return round(a + b); }
  [[nodiscard]] double subtract(double a, double b) const { return round(a - b); }
  [[nodiscard]] double multiply(double a, double b) const { return round(a * b); }
  [[nodiscard]] double divide(double a, double b) const { return round(a / b); }
  [[nodiscard]] double fma(double a, double b, double c) const { return round(std::fma(a, b, c)); }
  /// A library's function: the double result, up to `ulps` off, always in one direction or the other.
  double function(double value, double ulps) {
    const double off = (static_cast<double>(random_() >> 11) * 0x1p-52 - 1) * ulps * ulp(format_, value);
    return round(value + off * 0.98 - (off > 0 ? 0.5 : -0.5) * ulp(format_, value) * (ulps > 1 ? 1 : 0));
  }
  std::mt19937_64& random() { return random_; }

 private:
  const Format& format_;
  std::mt19937_64 random_;
};

enum class Order { left, right, pairwise, tree, wide };
constexpr Order kOrders[] = {Order::left, Order::right, Order::pairwise, Order::tree, Order::wide};

/// Folds with `f` in some order; Order::tree joins two random parts at a time.
double fold(Numbers x, Order order, Machine& machine, const std::function<double(double, double)>& f) {
  if (order == Order::right) std::reverse(x.begin(), x.end());
  if (order == Order::left || order == Order::right) return std::accumulate(x.begin() + 1, x.end(), x[0], f);
  while (x.size() > 1) {
    if (order == Order::pairwise) {
      Numbers next;
      for (std::size_t i = 0; i + 1 < x.size(); i += 2) next.push_back(f(x[i], x[i + 1]));
      if (x.size() % 2 == 1) next.push_back(x.back());
      x = std::move(next);
    } else {
      std::swap(x[machine.random()() % x.size()], x.back());
      const double last = x.back();
      x.pop_back();
      double& other = x[machine.random()() % x.size()];
      other = f(other, last);
    }
  }
  return x[0];
}

double sum(const Numbers& x, Order order, Machine& machine) {
  if (order == Order::wide) {
    long double wide = 0;
    for (const double each : x) wide += each;
    return machine.round(static_cast<double>(wide));
  }
  return fold(x, order, machine, [&](double a, double b) { return machine.add(a, b); });
}

/// Largest error as a share of the budget; +∞ where an element with budget 0 is off.
double share(const Numbers& output, const Truth& truth, const std::vector<double>& budget) {
  double worst = 0;
  for (std::size_t i = 0; i < output.size(); ++i) {
    if (std::isinf(budget[i])) continue;
    if (!std::isfinite(output[i])) return kInf;
    const double error = mpq_class(abs(mpq_class(output[i]) - oracle::centre(truth.value[i]))).get_d();
    if (error > 0) worst = std::max(worst, budget[i] > 0 ? error / budget[i] : kInf);
  }
  return worst;
}

Numbers row_of(const Array& x, std::int64_t row) {
  const std::int64_t length = x.shape()[1];
  Numbers out;
  for (std::int64_t i = 0; i < length; ++i) out.push_back(x.get(row * length + i));
  return out;
}

using RowFunction = std::function<Numbers(const Numbers& row, Order order, Machine& machine)>;

/// The implementation, on rows of many kinds, always inside; answers the largest share of the sound budget.
double expect_inside(const std::string& expression, std::initializer_list<Draw> draws, double shift,
                     const RowFunction& implementation,
                     std::initializer_list<DType> dtypes = {DType::float16, DType::float32, DType::float64}) {
  double largest = 0;
  for (const DType dtype : dtypes) {
    std::uint64_t seed = 1;
    for (const Draw how : draws) {
      for (const std::int64_t length : {1, 2, 7, 60}) {
        Array x = array(dtype, {30, length}, how, seed++);
        for (std::int64_t i = 0; i < x.size(); ++i) x.set(i, x.get(i) + shift);
        const Truth truth = certified(expression, {{"x", x}});
        for (const Order order : kOrders) {
          Machine machine(dtype, seed);
          Numbers output;
          for (std::int64_t r = 0; r < 30; ++r) {
            for (const double y : implementation(row_of(x, r), order, machine)) output.push_back(y);
          }
          const double worst = share(output, truth, truth.budget.sound);
          EXPECT_LE(worst, 1) << expression << " " << name_of(dtype) << " n " << length << " draw "
                              << static_cast<int>(how) << " order " << static_cast<int>(order);
          largest = std::max(largest, worst);
        }
        for (std::size_t i = 0; i < truth.value.size(); ++i) EXPECT_LE(truth.budget.probable[i], truth.budget.sound[i]);
      }
    }
  }
  return largest;
}

const std::initializer_list<Draw> kAll = {Draw::unit, Draw::symmetric, Draw::wide, Draw::halves};

TEST(Budget, SumsInAnyOrder) {
  const double worst = expect_inside("sum(x, axis=1)", kAll, 0, [](const Numbers& row, Order order, Machine& m) {
    return Numbers{sum(row, order, m)};
  });
  EXPECT_GT(worst, 0.05) << "the budget is so wide that it says nothing";
}

TEST(Budget, MeansInAnyOrder) {
  expect_inside("mean(x, axis=1)", kAll, 0, [](const Numbers& row, Order order, Machine& m) {
    return Numbers{m.divide(sum(row, order, m), static_cast<double>(row.size()))};
  });
  expect_inside("mean(x, axis=1)", kAll, 0, [](const Numbers& row, Order order, Machine& m) {
    return Numbers{m.multiply(sum(row, order, m), m.divide(1, static_cast<double>(row.size())))};
  });
}

TEST(Budget, ScansWithAnOrderForEachOutput) {
  expect_inside("cumulative_sum(x, axis=1)", kAll, 0, [](const Numbers& row, Order order, Machine& m) {
    Numbers out;
    for (std::size_t i = 1; i <= row.size(); ++i)
      out.push_back(sum(Numbers(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(i)), order, m));
    return out;
  });
}

TEST(Budget, ProductsInAnyOrder) {
  expect_inside("prod(x, axis=1)", kAll, 0, [](const Numbers& row, Order order, Machine& m) {
    return Numbers{fold(row, order, m, [&](double a, double b) { return m.multiply(a, b); })};
  });
}

Numbers two_pass(const Numbers& row, Order order, Machine& m) {
  const double n = static_cast<double>(row.size()), mean = m.divide(sum(row, order, m), n);
  Numbers squares;
  for (const double x : row) {
    const double d = m.subtract(x, mean);
    squares.push_back(m.multiply(d, d));
  }
  return {m.divide(sum(squares, order, m), n)};
}

Numbers welford(const Numbers& row, Order, Machine& m) {
  double mean = 0, squares = 0, n = 0;
  for (const double x : row) {
    n += 1;
    const double d = m.subtract(x, mean);
    mean = m.add(mean, m.divide(d, n));
    squares = m.fma(d, m.subtract(x, mean), squares);
  }
  return {m.divide(squares, n)};
}

/// E[x²] − E[x]²: what the budget is not for.
Numbers naive_variance(const Numbers& row, Order order, Machine& m) {
  const double n = static_cast<double>(row.size()), mean = m.divide(sum(row, order, m), n);
  Numbers squares;
  for (const double x : row) squares.push_back(m.multiply(x, x));
  return {m.subtract(m.divide(sum(squares, order, m), n), m.multiply(mean, mean))};
}

TEST(Budget, VariancesOfTwoPassesAndOfUpdates) {
  for (const double shift : {0.0, 100.0}) {
    expect_inside("var(x, axis=1)", {Draw::unit, Draw::symmetric, Draw::halves}, shift, two_pass);
    expect_inside("var(x, axis=1)", {Draw::unit, Draw::symmetric, Draw::halves}, shift, welford);
    const auto root = [](const RowFunction& variance) {
      return [&variance](const Numbers& row, Order order, Machine& m) {
        return Numbers{m.round(std::sqrt(variance(row, order, m)[0]))};
      };
    };
    const RowFunction first = two_pass, second = welford;
    expect_inside("std(x, axis=1)", {Draw::unit, Draw::symmetric}, shift, root(first));
    expect_inside("std(x, axis=1)", {Draw::unit, Draw::symmetric}, shift, root(second));
  }
}

TEST(Budget, NaiveVarianceIsOutside) {
  Array x = array(DType::float32, {40, 300}, Draw::unit, 3);
  for (std::int64_t i = 0; i < x.size(); ++i) x.set(i, x.get(i) + 3000);
  const Truth truth = certified("var(x, axis=1)", {{"x", x}});
  Machine m(DType::float32, 1);
  Numbers good, bad;
  for (std::int64_t r = 0; r < 40; ++r) {
    good.push_back(welford(row_of(x, r), Order::left, m)[0]);
    bad.push_back(naive_variance(row_of(x, r), Order::left, m)[0]);
  }
  EXPECT_LE(share(good, truth, truth.budget.sound), 1);
  EXPECT_GT(share(bad, truth, truth.budget.sound), 1);
}

/// e^(x − greatest) by a library's exp, and their sum.
struct Shifted {
  Numbers terms;
  double greatest, sum;
};
Shifted shifted(const Numbers& row, Order order, Machine& m) {
  Shifted out{{}, *std::max_element(row.begin(), row.end()), 0};
  for (const double x : row) out.terms.push_back(m.function(std::exp(m.subtract(x, out.greatest)), 3));
  out.sum = sum(out.terms, order, m);
  return out;
}

const std::initializer_list<DType> kNarrow = {DType::float16, DType::float32};  // where double is the better engine

TEST(Budget, Softmax) {
  expect_inside(
      "softmax(x, axis=1)", {Draw::symmetric, Draw::integers}, 0,
      [](const Numbers& row, Order order, Machine& m) {
        const Shifted s = shifted(row, order, m);
        Numbers out;
        for (const double term : s.terms) out.push_back(m.divide(term, s.sum));
        return out;
      },
      kNarrow);
  expect_inside(
      "softmax(x, axis=1)", {Draw::symmetric, Draw::integers}, 0,
      [](const Numbers& row, Order order, Machine& m) {
        const Shifted s = shifted(row, order, m);  // exp(x − logsumexp(x))
        const double all = m.add(s.greatest, m.function(std::log(s.sum), 3));
        Numbers out;
        for (const double x : row) out.push_back(m.function(std::exp(m.subtract(x, all)), 3));
        return out;
      },
      kNarrow);
}

TEST(Budget, LogSumExpAndLogSoftmax) {
  for (const double shift : {0.0, 300.0}) {
    expect_inside(
        "logsumexp(x, axis=1)", {Draw::symmetric, Draw::integers}, shift,
        [](const Numbers& row, Order order, Machine& m) {
          const Shifted s = shifted(row, order, m);
          return Numbers{m.add(s.greatest, m.function(std::log(s.sum), 3))};
        },
        kNarrow);
    expect_inside(
        "logsumexp(x, axis=1)", {Draw::symmetric, Draw::integers}, shift,
        [](const Numbers& row, Order order, Machine& m) {
          return Numbers{fold(row, order, m, [&](double a, double b) {
            const double d = m.function(std::exp(-std::fabs(m.subtract(a, b))), 2);
            return m.add(std::max(a, b), m.function(std::log1p(d), 2));
          })};
        },
        kNarrow);
    expect_inside(
        "log_softmax(x, axis=1)", {Draw::symmetric, Draw::integers}, shift,
        [](const Numbers& row, Order order, Machine& m) {
          const Shifted s = shifted(row, order, m);
          const double logarithm = m.function(std::log(s.sum), 3);
          Numbers out;
          for (const double x : row) out.push_back(m.subtract(m.subtract(x, s.greatest), logarithm));
          return out;
        },
        kNarrow);
    expect_inside(
        "log_softmax(x, axis=1)", {Draw::symmetric, Draw::integers}, shift,
        [](const Numbers& row, Order order, Machine& m) {
          const Shifted s = shifted(row, order, m);
          const double all = m.add(s.greatest, m.function(std::log(s.sum), 3));
          Numbers out;
          for (const double x : row) out.push_back(m.subtract(x, all));
          return out;
        },
        kNarrow);
  }
}

// ---- chains -----------------------------------------------------------------------------------------------------

TEST(Budget, ChainsPassOnTheirErrors) {
  expect_inside(
      "cumulative_sum(sin(exp(x)), axis=1)", {Draw::unit, Draw::symmetric}, 0,
      [](const Numbers& row, Order order, Machine& m) {
        Numbers terms, out;
        for (const double x : row) terms.push_back(m.function(std::sin(m.function(std::exp(x), 3)), 3));
        for (std::size_t i = 1; i <= terms.size(); ++i)
          out.push_back(sum(Numbers(terms.begin(), terms.begin() + static_cast<std::ptrdiff_t>(i)), order, m));
        return out;
      },
      kNarrow);
  expect_inside(
      "(exp(x) - 1) / x", {Draw::unit}, 0.001,
      [](const Numbers& row, Order, Machine& m) {
        Numbers out;
        for (const double x : row) out.push_back(m.divide(m.subtract(m.function(std::exp(x), 3), 1), x));
        return out;
      },
      kNarrow);
  expect_inside(
      "max(exp(x) * x, axis=1)", {Draw::symmetric}, 0,
      [](const Numbers& row, Order, Machine& m) {
        double most = -kInf;
        for (const double x : row) most = std::max(most, m.multiply(m.function(std::exp(x), 3), x));
        return Numbers{most};
      },
      kNarrow);
  expect_inside(
      "floor(exp(x) * 4)", {Draw::unit}, 0,
      [](const Numbers& row, Order, Machine& m) {
        Numbers out;
        for (const double x : row) out.push_back(std::floor(m.multiply(m.function(std::exp(x), 3), 4)));
        return out;
      },
      kNarrow);
}

TEST(Budget, StepsOnExactArgumentsAllowNothing) {
  const Array x = array(DType::float32, {500}, Draw::symmetric, 1);
  for (const char* expression :
       {"floor(x)", "maximum(x, 0.25)", "argmax(x)", "max(x)", "x[::-1]", "where(x > 0, x, 0)"}) {
    const Truth truth = certified(expression, {{"x", x}});
    for (const double radius : truth.budget.sound) ASSERT_EQ(radius, 0) << expression;
  }
}

TEST(Budget, StepsThatOnlyRationalsDecideHaveOne) {
  // floor((x / 3) · 3): the truth is x, an honest x / 3 · 3 may fall just short.
  const Array x = array(DType::float32, {100}, Draw::integers, 1);
  const Truth truth = certified("floor((x / 3) * 3)", {{"x", x}});
  for (std::size_t i = 0; i < truth.value.size(); ++i) {
    ASSERT_GE(truth.budget.sound[i], x.get(static_cast<std::int64_t>(i)) == 0 ? 0 : 1);
    ASSERT_LE(truth.budget.sound[i], 1.001);
  }
}

TEST(Budget, OverflowAndUnusedBranches) {
  const Truth overflow = certified("exp(x)", {{"x", array(DType::float32, Numbers{88.73, 200, 10})}});
  EXPECT_EQ(overflow.budget.sound[0], kInf);
  EXPECT_EQ(overflow.budget.sound[1], kInf);
  EXPECT_LT(overflow.budget.sound[2], 0.01);
  const Truth edge = certified("x * 1", {{"x", array(DType::float32, Numbers{0x1.fffffep+127, 0x1.fffff0p+127})}});
  EXPECT_EQ(edge.budget.sound[0], kInf);
  EXPECT_LT(edge.budget.sound[1], kInf);
  const Truth unused = certified("where(x > 0, log(x), 0 * x)", {{"x", array(DType::float32, Numbers{-1, 2})}});
  EXPECT_LT(unused.budget.sound[0], 2e-45);
  const Truth partial =
      certified("sum(x, axis=1)", {{"x", array(DType::float32, Numbers{3e38, 3e38, -3e38}).reshaped({1, 3})}});
  EXPECT_EQ(partial.budget.sound[0], kInf) << "some order overflows";
}

// ---- products of matrices ---------------------------------------------------------------------------------------

enum class Fault { none, last_left_out, tf32 };

Numbers matmul(const Array& a, const Array& b, Order order, bool fused, Fault fault, Machine& m) {
  const std::int64_t rows = a.shape()[0], k = a.shape()[1], columns = b.shape()[1];
  const auto cut = [&](double x) { return fault == Fault::tf32 ? round_to(Format{11, -126, 127}, x) : x; };
  Numbers out;
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      const std::int64_t last = fault == Fault::last_left_out ? k - 1 : k;
      Numbers products;
      double chain = 0;
      for (std::int64_t l = 0; l < last; ++l) {
        const double x = cut(a.get(i * k + l)), y = cut(b.get(l * columns + j));
        if (fused) chain = m.fma(x, y, chain);
        if (!fused) products.push_back(m.multiply(x, y));
      }
      out.push_back(fused ? chain : sum(products, order, m));
    }
  }
  return out;
}

TEST(Budget, ProductsOfMatricesInAnyOrderWithAndWithoutFma) {
  for (const DType dtype : {DType::float16, DType::float32, DType::float64}) {
    for (const Draw how : {Draw::unit, Draw::symmetric, Draw::wide}) {
      const Array a = array(dtype, {9, 40}, how, 1), b = array(dtype, {40, 11}, how, 2);
      const Truth truth = certified("matmul(a, b)", {{"a", a}, {"b", b}});
      Machine m(dtype, 3);
      for (const Order order : kOrders)
        EXPECT_LE(share(matmul(a, b, order, false, Fault::none, m), truth, truth.budget.sound), 1);
      EXPECT_LE(share(matmul(a, b, Order::left, true, Fault::none, m), truth, truth.budget.sound), 1);
    }
  }
}

TEST(Budget, ProductsOfInexactMatrices) {
  const Array a = array(DType::float32, {9, 40}, Draw::symmetric, 1),
              b = array(DType::float32, {40, 11}, Draw::symmetric, 2);
  const Truth truth = certified("matmul(exp(a), sin(b))", {{"a", a}, {"b", b}});
  Machine m(DType::float32, 3);
  Array x = Array::make(DType::float32, {9, 40}).value(), y = Array::make(DType::float32, {40, 11}).value();
  for (std::int64_t i = 0; i < x.size(); ++i) x.set(i, m.function(std::exp(a.get(i)), 3));
  for (std::int64_t i = 0; i < y.size(); ++i) y.set(i, m.function(std::sin(b.get(i)), 3));
  for (const Order order : kOrders)
    EXPECT_LE(share(matmul(x, y, order, false, Fault::none, m), truth, truth.budget.sound), 1);
  EXPECT_LE(share(matmul(x, y, Order::left, false, Fault::none, m), truth, truth.budget.probable), 1);
  EXPECT_GT(share(matmul(x, y, Order::left, false, Fault::last_left_out, m), truth, truth.budget.sound), 1);
}

TEST(Budget, BrokenProductsAreOutside) {
  const Array a = array(DType::float32, {9, 33}, Draw::unit, 1), b = array(DType::float32, {33, 11}, Draw::unit, 2);
  const Truth truth = certified("matmul(a, b)", {{"a", a}, {"b", b}});
  Machine m(DType::float32, 3);
  EXPECT_LE(share(matmul(a, b, Order::left, false, Fault::none, m), truth, truth.budget.probable), 1);
  EXPECT_GT(share(matmul(a, b, Order::left, false, Fault::last_left_out, m), truth, truth.budget.sound), 1);
  EXPECT_GT(share(matmul(a, b, Order::left, false, Fault::tf32, m), truth, truth.budget.sound), 1);
}

TEST(Budget, BrokenSumsAreOutside) {
  const Array x = array(DType::float64, {50, 1000}, Draw::unit, 1);
  const Truth truth = certified("mean(x, axis=1)", {{"x", x}});
  Machine m(DType::float64, 1);
  Numbers short_by_one, narrow;
  for (std::int64_t r = 0; r < 50; ++r) {
    Numbers row = row_of(x, r);
    double single = 0;
    for (const double each : row) single = round_to(format_of(DType::float32), single + each);
    narrow.push_back(single / 1000);
    row.pop_back();
    short_by_one.push_back(sum(row, Order::wide, m) / 1000);
  }
  EXPECT_GT(share(short_by_one, truth, truth.budget.sound), 1000);
  EXPECT_GT(share(narrow, truth, truth.budget.sound), 1000);
}

TEST(Budget, WeakBudgetOnlyWhereAnOpStatesOne) {
  const Array x = array(DType::float32, {100}, Draw::symmetric, 1);
  EXPECT_TRUE(certified("exp(x)", {{"x", x}}).budget.weak.empty());
  const Truth sigmoid = certified("sigmoid(x * 60)", {{"x", x}});
  ASSERT_EQ(find_op("sigmoid")->allowance.scale_ulps > 0, !sigmoid.budget.weak.empty());
  for (std::size_t i = 0; i < sigmoid.budget.weak.size(); ++i)
    EXPECT_GE(sigmoid.budget.weak[i], sigmoid.budget.sound[i]);
}

}  // namespace
}  // namespace roundoff
