#include <gtest/gtest.h>
#include <mpfr.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/format.h"
#include "inputs/generator.h"
#include "inputs/input.h"

namespace roundoff {
namespace {

Array made(const std::string& source) {
  auto array = make_input({"x", source});
  EXPECT_TRUE(array.ok()) << source << ": " << (array.ok() ? "" : to_string(array.error()));
  return array.ok() ? *array : Array();
}

std::vector<double> values(const std::string& source) {
  const Array a = made(source);
  std::vector<double> all;
  for (std::int64_t i = 0; i < a.size(); ++i) all.push_back(a.get(i));
  return all;
}

// Computed apart from this program: Philox with Python's integers, the formulas with Python's floats, logarithms by
// mpmath with 200 bits, narrowing by exact arithmetic; arange and linspace by NumPy.
const std::map<std::string, std::string> kDigests = {
    {"uniform(-3,5,shape=1000,dtype=float16,seed=1)",
     "dc4367d74b00608d5d3459da385f92524cca28ba57291eb5be24d3fd472defec"},
    {"uniform(-3,5,shape=1000,dtype=bfloat16,seed=1)",
     "6e9dec455679d3034e1bd0d28490d02f9b9b7874ab8552e4783c7b8c3d7897d7"},
    {"uniform(-3,5,shape=1000,dtype=float32,seed=1)",
     "22ae9570f020eadd50f580c6b22da6479de222936f1ab896f376a6dea1697b31"},
    {"uniform(-3,5,shape=1000,dtype=float64,seed=1)",
     "4e06f3ab7e505a56eb8305c36103e75629ab4525a61efe3fd94fa2ea5877d68f"},
    {"uniform(shape=(2,3),dtype=float64,seed=18446744073709551615)",
     "828297e0efeb2056a4c9ccf3c89ca519f3d559d8d049dd9b51936876e7f34a55"},
    {"normal(0.5,2,shape=1000,dtype=float16,seed=7)",
     "2de7a0e4ed3fadbc17c9bde247aadb99d62c589c980c32de6c47f55f848e5bba"},
    {"normal(0.5,2,shape=1000,dtype=bfloat16,seed=7)",
     "5b92945b7b3e4af95db2d9c4edcb0283bbcc7874457aa28b3d7da49f537c793b"},
    {"normal(0.5,2,shape=1000,dtype=float32,seed=7)",
     "1165ef22a85d390b46c5fbb2348232d1a9f75cee05ed5516412a010b49e347b9"},
    {"normal(0.5,2,shape=1000,dtype=float64,seed=7)",
     "f26f67084a46a0f8b5ec558a573f53817f965e4392643d564dda33779fe4525e"},
    {"loguniform(shape=1000,dtype=float16,seed=3)", "83d631598d78e8c0def069d1915ca6eeb86224cf5af1d5f6fc1c37dcdedc82fb"},
    {"loguniform(shape=1000,dtype=bfloat16,seed=3)",
     "a39ab848a1f38d4f52d34f41e137300583c02e0a0d0d8342626a714cc8470193"},
    {"loguniform(shape=1000,dtype=float32,seed=3)", "b1bb171a18a2813700000efd90c784a280671b2cc90101931b2247fa2d23e7e3"},
    {"loguniform(shape=1000,dtype=float64,seed=3)", "16811b13ea81940f7fa0009b355428f656432df1563035016a78c267b974d99f"},
    {"loguniform(shape=1000,dtype=float32,seed=3,signed=False)",
     "4285b7ee80e8616c9f4d8915329359d95fda1fd0e5d82ab8e96efa70b42e92fe"},
    {"integers(-5,1000000007,shape=1000,seed=9)", "c70508534ae97262afda5a6c63aa05e78b442ba8db2c2b7eab26c8fd82e73442"},
    {"integers(-9223372036854775808,9223372036854775807,shape=1000,seed=9)",
     "cb65be9397a9a35414991e2f5152659bdd1265866a1619bccea4646e11cd67c7"},
    {"integers(0,2,shape=1000,dtype=bool,seed=9)", "20a8d9b83cb9a228f49efa23739c27806772d531c6d3140130bd4a725caee5fe"},
    {"arange(-1,2,0.1,dtype=float64)", "4436248b27d59edb5b4280834bc9739942e57889e249ea5ab1dcc50ba6b05923"},
    {"linspace(-1,3.7,1001,dtype=float64)", "6445c2ab46a3965877c34c86a0294d604593d9e2ac32e978ad742ef260d68965"},
    {"linspace(-1,3.7,1001)", "48b8b05426d41ccd67489336e21b215ebb584ddc9fe5e359e9ddce9877a85e4a"},
    {"arange(100)", "817cddd35bc80c1cdfbb5337daef946518388485b929bbddc1784b71d41f7aa0"},
    {"arange(10,-7,-3,dtype=int32)", "33a9d71725b4df9b467504c11766bb0c6bd9028d55deeef73bb1c695d48fcd4a"}};

TEST(Generators, TheSameBytesEverywhere) {
  for (const auto& [source, digest] : kDigests) {
    for (const char* threads : {"1", "5"}) {
      setenv("ROUNDOFF_THREADS", threads, 1);
      EXPECT_EQ(digest_of(made(source)), digest) << source;
    }
    unsetenv("ROUNDOFF_THREADS");
  }
}

TEST(Generators, ThreadsNeverShow) {
  for (const char* source :
       {"uniform(shape=100001)", "normal(shape=20001)", "loguniform(shape=100001)", "integers(0,9,shape=100001)"}) {
    setenv("ROUNDOFF_THREADS", "1", 1);
    const Array one = made(source);
    setenv("ROUNDOFF_THREADS", "7", 1);
    const Array seven = made(source);
    unsetenv("ROUNDOFF_THREADS");
    EXPECT_TRUE(same_bits(one, seven)) << source;
  }
}

TEST(Generators, AnElementDependsOnSeedAndIndexAlone) {
  for (const char* name : {"uniform", "normal", "loguniform"}) {
    const auto draw = [&](const std::string& arguments) { return values(std::string(name) + "(" + arguments + ")"); };
    const auto few = draw("shape=10,seed=5"), many = draw("shape=30x40,seed=5");
    EXPECT_TRUE(std::equal(few.begin(), few.end(), many.begin()));
    EXPECT_NE(few, draw("shape=10,seed=6"));
    EXPECT_NE(few, draw("shape=10,seed=4294967301"));  // the same lower half
  }
}

TEST(Generators, Ranges) {
  EXPECT_EQ(values("arange(4)"), (std::vector<double>{0, 1, 2, 3}));
  EXPECT_EQ(values("arange(1,4,dtype=int64)"), (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(values("arange(3,0,-1)"), (std::vector<double>{3, 2, 1}));
  EXPECT_EQ(values("arange(0,1,0.25)"), (std::vector<double>{0, 0.25, 0.5, 0.75}));
  EXPECT_EQ(values("arange(2,dtype=bool)"), (std::vector<double>{0, 1}));
  EXPECT_TRUE(values("arange(0)").empty());
  EXPECT_TRUE(values("arange(3,1)").empty());
  EXPECT_TRUE(values("arange(0.5,0.5)").empty());
  EXPECT_TRUE(values("arange(0.5,0.1)").empty());
  EXPECT_EQ(made("arange(9007199254740993,9007199254740995,dtype=int64)").as<std::int64_t>()[0], 9007199254740993);
  EXPECT_EQ(values("arange(2048,2052,dtype=float16)"), (std::vector<double>{2048, 2048, 2050, 2052}));
  EXPECT_EQ(values("linspace(0,1,5)"), (std::vector<double>{0, 0.25, 0.5, 0.75, 1}));
  EXPECT_EQ(values("linspace(3,7,1)"), std::vector<double>{3});
  EXPECT_EQ(values("linspace(1,-1,3)"), (std::vector<double>{1, 0, -1}));
  EXPECT_TRUE(values("linspace(0,1,0)").empty());
  EXPECT_EQ(values("linspace(0,0.3,4,dtype=float64)").back(), 0.3);
}

TEST(Generators, UniformStaysInItsRange) {
  const auto all = values("uniform(-2,6,shape=200000,dtype=float64)");
  double sum = 0;
  std::vector<int> bins(8);
  for (const double x : all) {
    ASSERT_TRUE(-2 <= x && x < 6);
    sum += x;
    ++bins[static_cast<std::size_t>(x + 2)];
  }
  EXPECT_NEAR(sum / 200000, 2, 0.03);
  for (const int count : bins) EXPECT_NEAR(count, 25000, 700);
  EXPECT_EQ(values("uniform(3,3,shape=2)"), (std::vector<double>{3, 3}));
}

/// The standard normal distribution's cumulative probability of z ≤ 0, to 100 bits, as a double.
double cumulative(double z) {
  mpfr_t x, root;
  mpfr_inits2(100, x, root, nullptr);
  mpfr_set_d(x, -z, MPFR_RNDN);
  mpfr_sqrt_ui(root, 2, MPFR_RNDN);
  mpfr_div(x, x, root, MPFR_RNDN);
  mpfr_erfc(x, x, MPFR_RNDN);
  mpfr_div_2ui(x, x, 1, MPFR_RNDN);
  const double p = mpfr_get_d(x, MPFR_RNDN);
  mpfr_clears(x, root, nullptr);
  return p;
}

TEST(Generators, NormalInvertsTheDistribution) {
  // Both draw on the same words: uniform's u and normal's differ by less than 2^-52.
  const auto z = values("normal(shape=50000,dtype=float64,seed=2)"),
             u = values("uniform(shape=50000,dtype=float64,seed=2)");
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < z.size(); ++i) {
    const double p = std::min(u[i], 1 - u[i]);
    // dp = φ(z) dz and φ(z) < (|z| + 1) p in the tail: 4e-16 of relative error in z, and the 2^-52 of u.
    ASSERT_NEAR(cumulative(-std::abs(z[i])), p, p * (1 + z[i] * z[i]) * 1e-15 + 0x1p-52) << z[i];
    ASSERT_EQ(z[i] < 0, u[i] < 0.5);
    sum += z[i];
    squares += z[i] * z[i];
  }
  EXPECT_NEAR(sum / 50000, 0, 0.02);
  EXPECT_NEAR(squares / 50000, 1, 0.03);
}

TEST(Generators, LoguniformReachesEveryExponent) {
  for (const DType dtype : float_dtypes()) {
    const Format& f = format_of(dtype);
    const int least = f.emin - f.precision + 1, exponents = f.emax - least + 1;
    const int each = 100;
    std::map<int, int> seen;
    int negative = 0;
    const auto all =
        values("loguniform(shape=" + std::to_string(each * exponents) + ",dtype=" + std::string(name_of(dtype)) + ")");
    for (const double x : all) {
      ASSERT_TRUE(std::isfinite(x) && x != 0);
      ++seen[std::ilogb(x)];
      negative += x < 0 ? 1 : 0;
    }
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(exponents));
    EXPECT_EQ(seen.begin()->first, least);
    EXPECT_EQ(seen.rbegin()->first, f.emax);
    for (const auto& [exponent, count] : seen) EXPECT_NEAR(count, each, 60) << exponent;
    EXPECT_NEAR(negative, each * exponents / 2, 5 * std::sqrt(each * exponents));
  }
  for (const double x : values("loguniform(shape=1000,signed=False)")) ASSERT_GT(x, 0);
}

TEST(Generators, IntegersCoverTheirRange) {
  const auto all = values("integers(-3,4,shape=7000)");
  std::map<double, int> seen;
  for (const double x : all) ++seen[x];
  EXPECT_EQ(seen.size(), 7U);
  EXPECT_EQ(seen.begin()->first, -3);
  for (const auto& [value, count] : seen) EXPECT_NEAR(count, 1000, 150) << value;
  EXPECT_EQ(made("integers(0,9,shape=3,dtype=float16)").dtype(), DType::float16);
}

TEST(Generators, Constants) {
  EXPECT_EQ(values("constant(0.1)"), std::vector<double>{0.1F});
  EXPECT_EQ(made("constant(3)").shape(), Shape{});
  EXPECT_TRUE(std::signbit(values("constant(-0.0)")[0]));
  EXPECT_EQ(values("constant(1e300)")[0], std::numeric_limits<double>::infinity());
  EXPECT_EQ(values("constant(5e-324,dtype=float64)")[0], 0x1p-1074);
  EXPECT_EQ(made("constant(-9223372036854775808,shape=2,dtype=int64)").as<std::int64_t>()[1],
            std::numeric_limits<std::int64_t>::min());
}

TEST(Generators, AllPatterns) {
  for (const char* dtype : {"float16", "bfloat16"}) {
    const Array a = made("all(dtype=" + std::string(dtype) + ")");
    ASSERT_EQ(a.size(), 65536);
    for (std::int64_t i = 0; i < a.size(); ++i) ASSERT_EQ(a.bits(i), static_cast<std::uint64_t>(i));
  }
}

TEST(Generators, SpecialValues) {
  for (const DType dtype : float_dtypes()) {
    const Format& f = format_of(dtype);
    const std::string name(name_of(dtype));
    const Array a = made("special(dtype=" + name + ")");
    std::set<std::uint64_t> bits;
    std::set<double> all;
    int nans = 0;
    for (std::int64_t i = 0; i < a.size(); ++i) {
      EXPECT_TRUE(bits.insert(a.bits(i)).second) << "twice: " << hex(a.get(i));
      if (std::isnan(a.get(i))) {
        ++nans;
      } else {
        all.insert(a.get(i));
      }
    }
    EXPECT_EQ(nans, 1);
    EXPECT_TRUE(bits.contains(0));  // +0 and −0 are one double
    Array zero = Array::make(dtype, {1}).value();
    zero.set(0, -0.0);
    EXPECT_TRUE(bits.contains(zero.bits(0)));
    const double u = f.unit(), subnormal = f.min_subnormal();
    const auto r = [&](double x) { return round_to(f, x); };
    for (const double x : {subnormal,
                           2 * subnormal,
                           f.min_normal(),
                           f.min_normal() - subnormal,
                           f.min_normal() + subnormal,
                           1.0,
                           1 + 2 * u,
                           1 - u,
                           f.max_finite(),
                           std::numeric_limits<double>::infinity(),
                           0.5,
                           0.5 - u / 2,
                           1.5,
                           2.5,
                           1 / u,
                           1 / u - 1,
                           1 / u + 2,
                           0.5 / u,
                           0.5 / u - 0.5,
                           u,
                           r(M_PI / 2),
                           r(M_PI),
                           r(2 * M_PI),
                           r(f.emax * M_LN2 + M_LN2),
                           r((f.emin - f.precision) * M_LN2),
                           r(M_E),
                           2.0,
                           3.0}) {
      EXPECT_TRUE(all.contains(x)) << name << " " << hex(x);
      EXPECT_TRUE(all.contains(-x)) << name << " " << hex(-x);
    }
    EXPECT_LT(a.size(), 500);
  }
  EXPECT_EQ(made("special()").dtype(), DType::float32);
}

TEST(Generators, SpecialThresholdsAreOnBothSidesOfOverflow) {
  bool finite = false, infinite = false;
  for (const double x : values("special(dtype=float64)")) {
    if (x > 709 && x < 710) (std::isinf(std::exp(x)) ? infinite : finite) = true;
  }
  EXPECT_TRUE(finite && infinite);
  const auto singles = values("special()");
  EXPECT_TRUE(std::find(singles.begin(), singles.end(), std::ldexp(16367173.0, 72)) != singles.end());
}

TEST(Generators, SpecialPairsAreAllPairs) {
  const Array one = made("special(dtype=float16)"), first = made("special(float16,pairs=first)"),
              second = made("special(float16,pairs=second)");
  const std::int64_t n = one.size();
  ASSERT_EQ(first.size(), n * n);
  ASSERT_EQ(second.size(), n * n);
  std::set<std::pair<std::uint64_t, std::uint64_t>> pairs;
  for (std::int64_t i = 0; i < n * n; ++i) pairs.emplace(first.bits(i), second.bits(i));
  EXPECT_EQ(pairs.size(), static_cast<std::size_t>(n * n));
}

TEST(Generators, DescribeThemselves) {
  std::set<std::string> names;
  for (const Generator& generator : all_generators()) {
    EXPECT_TRUE(names.insert(generator.name).second);
    EXPECT_FALSE(generator.summary.empty());
    EXPECT_FALSE(generator.dtypes.empty());
  }
  for (const char* name :
       {"arange", "linspace", "uniform", "normal", "loguniform", "special", "constant", "integers", "all", "npy"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
}

}  // namespace
}  // namespace roundoff
