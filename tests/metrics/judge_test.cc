#include "metrics/sweep/judge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <mutex>
#include <random>

#include "../ops/oracles.h"
#include "base/parallel.h"
#include "metrics/sweep/element.h"

namespace roundoff::sweep {
namespace {

Attrs standard_attrs(const Op& op) {
  Attrs attrs;
  for (const AttrSpec& spec : op.attrs) {
    if (spec.standard) attrs[spec.name] = *spec.standard;
  }
  return attrs;
}

/// Ops of one argument that answer in their argument's dtype.
std::vector<const Op*> unary_ops() {
  std::vector<const Op*> all;
  for (const auto& [name, op] : all_ops()) {
    const auto* body = std::get_if<Elementwise>(&op.body);
    if (body != nullptr && body->arity == 1 && name != "astype") all.push_back(&op);
  }
  return all;
}

/// Correctly rounded by MPFR, with the sign of a zero that is no exact zero; NaN where there is no value.
float by_mpfr(const testing::Oracle& oracle, float x) {
  testing::Real t(oracle.bits);
  mpfr_set_emin(-(1 << 30));
  oracle.f(t, {static_cast<double>(x)});
  mpfr_t y;
  mpfr_init2(y, 24);
  const mpfr_exp_t emin = mpfr_get_emin(), emax = mpfr_get_emax();
  mpfr_set_emin(-148);
  mpfr_set_emax(128);
  int ternary = mpfr_set(y, t, MPFR_RNDN);
  ternary = mpfr_check_range(y, ternary, MPFR_RNDN);
  mpfr_subnormalize(y, ternary, MPFR_RNDN);
  const float out = mpfr_get_flt(y, MPFR_RNDN);
  mpfr_set_emin(emin);
  mpfr_set_emax(emax);
  mpfr_clear(y);
  return out;
}

/// From all patterns, every third from sizes between 2^-5 and 2^27.
std::uint32_t random_start(std::mt19937_64& random) {
  auto bits = static_cast<std::uint32_t>(random());
  if (random() % 3 == 0) bits = (bits & 0x807fffffu) | static_cast<std::uint32_t>(random() % 32 + 122) << 23;
  if (random() % 2 == 0) return bits;
  return ((bits & 0xff800000u) | (bits & 0x3ff)) - 100;  // across a binade's end
}

TEST(Judge, AgreesWithMpfrOnRandomRunsOfEveryOp) {
  std::mt19937_64 random(11);
  for (const Op* op : unary_ops()) {
    const auto oracle = testing::oracles().find(op->name);
    if (oracle == testing::oracles().end()) continue;
    SCOPED_TRACE(op->name);
    auto judge = Judge::make(*op, standard_attrs(*op), DType::float32);
    ASSERT_TRUE(judge.ok());
    for (int run = 0; run < 6; ++run) {
      const std::uint32_t first = random_start(random);
      std::vector<float> right, wrong;
      std::int64_t inputs = 0, numbers = 0;
      for (std::uint32_t i = 0; i < 300; ++i) {
        const float x = std::bit_cast<float>(first + i);
        const float y = by_mpfr(oracle->second, x);
        inputs += !std::isnan(x);
        numbers += !std::isnan(x) && std::isfinite(y) && y != 0;
        right.push_back(y);
        wrong.push_back(std::isfinite(y) && y != 0 ? std::bit_cast<float>(std::bit_cast<std::uint32_t>(y) + 1) : y);
      }
      Tally good(DType::float32), bad(DType::float32);
      judge->patterns(first, right, good);
      judge->patterns(first, wrong, bad);
      EXPECT_EQ(good.elements, inputs) << std::hex << first;
      EXPECT_EQ(good.correct + good.undecided, inputs) << std::hex << first;
      EXPECT_EQ(good.undecided, 0) << std::hex << first;
      EXPECT_EQ(good.above(0.5), 0) << std::hex << first;
      EXPECT_EQ(bad.correct, inputs - numbers) << std::hex << first;
    }
  }
}

/// What tiers may differ in from single balls: which tier it was, and sums within their bound.
void expect_same(const Tally& fast, const Tally& slow) {
  const double bound = 1 + static_cast<double>(slow.measured()) * 2 * std::ldexp(kSumError, kSumBits);
  EXPECT_LE(std::fabs(mpz_class(fast.sum - slow.sum).get_d()), bound);
  EXPECT_LE(std::fabs(mpz_class(fast.sum_abs - slow.sum_abs).get_d()), bound);
  const auto rest = [](Tally tally) {
    tally.sum = tally.sum_abs = 0;
    tally.tiers = {};
    return tally.save();
  };
  EXPECT_EQ(rest(fast), rest(slow));
}

TEST(Judge, TiersAgreeWithBallsOnGoodAndBadOutputsOfEveryOp) {
  std::mt19937_64 random(12);
  for (const Op* op : unary_ops()) {
    SCOPED_TRACE(op->name);
    const Attrs attrs = standard_attrs(*op);
    auto judge = Judge::make(*op, attrs, DType::float32);
    ASSERT_TRUE(judge.ok());
    Elements elements(*op, attrs, DType::float32);
    for (int run = 0; run < 9; ++run) {
      const std::uint32_t first = random_start(random);
      std::vector<float> y;
      Tally fast(DType::float32), slow(DType::float32);
      for (std::uint32_t i = 0; i < 400; ++i) {
        const double x = static_cast<double>(std::bit_cast<float>(first + i));
        Ball ball;
        auto bits = static_cast<std::uint32_t>(pattern_of(DType::float32, elements.nearest({&x, 1}, ball).value_or(0)));
        if (run % 3 == 1 && random() % 4 == 0) bits += static_cast<std::uint32_t>(random() % 9) - 4;
        if (run % 3 == 2 && random() % 20 == 0) bits = static_cast<std::uint32_t>(random());
        y.push_back(std::bit_cast<float>(bits));
        elements.add_by_balls({&x, 1}, value_of(DType::float32, bits), slow);
      }
      SCOPED_TRACE(first);
      judge->patterns(first, y, fast);
      expect_same(fast, slow);
    }
  }
}

/// Outputs of float64 and float32 near the truth, some of them far off, and some arguments beyond what pairs take.
TEST(Judge, PairsAgreeWithBalls) {
  std::mt19937_64 random(21);
  int with_pair = 0;
  for (const auto& [name, op] : all_ops()) {
    const auto* body = std::get_if<Elementwise>(&op.body);
    if (body == nullptr || body->pair == nullptr) continue;
    ++with_pair;
    SCOPED_TRACE(name);
    for (const DType dtype : {DType::float64, DType::float32}) {
      Elements elements(op, standard_attrs(op), dtype);
      Tally fast(dtype), slow(dtype);
      for (int i = 0; i < 600; ++i) {
        std::vector<double> x;
        for (std::size_t k = 0; k < static_cast<std::size_t>(body->arity); ++k) {
          const auto& intervals = k < op.sample.size() ? op.sample[k] : std::vector<Interval>{{-1e3, 1e3}};
          const Interval interval = intervals[random() % intervals.size()];
          const double at = std::uniform_real_distribution(interval.lo, interval.hi)(random);
          const double odd = random() % 2 == 0 ? std::round(at) : at * 0x1p-60;
          x.push_back(value_of(dtype, pattern_of(dtype, random() % 10 == 0 ? odd : at)));
        }
        Ball ball;
        std::uint64_t bits = pattern_of(dtype, elements.nearest(x, ball).value_or(1));
        if (i % 3 == 1) bits += random() % 5 - 2;
        if (i % 40 == 2) bits = pattern_of(dtype, std::ldexp(1.0, static_cast<int>(random() % 60) - 30));
        elements.add(x, value_of(dtype, bits), fast);
        elements.add_by_balls(x, value_of(dtype, bits), slow);
      }
      EXPECT_GT(fast.tiers[static_cast<std::size_t>(Tier::precise)], 100);
      expect_same(fast, slow);
      EXPECT_TRUE(fast.sum == slow.sum && fast.sum_abs == slow.sum_abs);
    }
  }
  EXPECT_GE(with_pair, 20);
}

TEST(Judge, AnyCutGivesTheSameBytes) {
  for (const char* const name : {"exp", "log", "sin", "tanh", "square"}) {
    SCOPED_TRACE(name);
    const Op& op = *find_op(name);
    std::mt19937_64 random(13);
    constexpr std::uint32_t kFirst = 0x407ff300, kCount = 6000;  // across a binade's end
    std::vector<float> y;
    for (std::uint32_t i = 0; i < kCount; ++i) {
      const float x = std::bit_cast<float>(kFirst + i);
      const float right = std::string(name) == "exp"   ? std::exp(x)
                          : std::string(name) == "sin" ? std::sin(x)
                                                       : std::log(x);
      y.push_back(random() % 50 == 0 ? std::nextafter(right, 0.0F) : right);
    }
    auto judge = Judge::make(op, {}, DType::float32);
    Tally whole(DType::float32);
    judge->patterns(kFirst, y, whole);
    for (int round = 0; round < 5; ++round) {
      std::vector<std::size_t> cuts = {0, y.size()};
      for (int k = 0; k < 12; ++k) cuts.push_back(random() % y.size());
      std::sort(cuts.begin(), cuts.end());
      std::vector<Tally> parts;
      for (std::size_t k = 0; k + 1 < cuts.size(); ++k) {
        parts.emplace_back(DType::float32);
        auto fresh = Judge::make(op, {}, DType::float32);
        fresh->patterns(kFirst + static_cast<std::uint32_t>(cuts[k]),
                        std::span<const float>(y).subspan(cuts[k], cuts[k + 1] - cuts[k]), parts.back());
      }
      std::shuffle(parts.begin(), parts.end(), random);
      Tally merged(DType::float32);
      for (const Tally& part : parts) merged.merge(part);
      EXPECT_EQ(merged.save(), whole.save());
    }
  }
}

/// The largest errors that glibc's own sources state (sysdeps/ieee754/flt-32: e_expf.c 0.502, e_logf.c 0.818, s_sinf.c
/// 0.5607 ulp), on stretches where they are nearly reached.
TEST(Judge, FindsThePublishedMaximaOfGlibc) {
  struct Known {
    const char* op;
    float (*f)(float);
    std::uint32_t first, count;
    double at_least, at_most;
  };
  for (const Known& known :
       {Known{"log", logf, 0x3f82f000, 1 << 17, 0.8176, 0.818}, Known{"exp", expf, 0xbc000000, 1 << 17, 0.5014, 0.502},
        Known{"sin", sinf, 0x5036a000, 1 << 17, 0.5590, 0.5607}}) {
    SCOPED_TRACE(known.op);
    std::vector<float> y;
    for (std::uint32_t i = 0; i < known.count; ++i) y.push_back(known.f(std::bit_cast<float>(known.first + i)));
    auto judge = Judge::make(*find_op(known.op), {}, DType::float32);
    Tally tally(DType::float32);
    judge->patterns(known.first, y, tally);
    EXPECT_GE(tally.worst_of_all().ulps, known.at_least);
    EXPECT_LE(tally.worst_of_all().ulps, known.at_most);
    EXPECT_GT(tally.tiers[static_cast<std::size_t>(Tier::block)], known.count * 99 / 100);
  }
}

TEST(Judge, NamesWhatIsBroken) {
  const auto judge_one = [](const char* name, float x, float y) {
    auto judge = Judge::make(*find_op(name), {}, DType::float32);
    Tally tally(DType::float32);
    judge->patterns(std::bit_cast<std::uint32_t>(x), std::span<const float>(&y, 1), tally);
    std::string all;
    for (std::size_t i = 0; i < kBreaks; ++i) {
      if (tally.broken[i].count > 0) all += std::string(name_of(static_cast<Break>(i))) + " ";
    }
    return all;
  };
  EXPECT_EQ(judge_one("log", -1, 0), "nan_missing ");
  EXPECT_EQ(judge_one("log", 2, NAN), "nan_unexpected ");
  EXPECT_EQ(judge_one("log", 0, -100), "infinity_missing ");
  EXPECT_EQ(judge_one("exp", 100, 3e38F), "overflow_missing ");
  EXPECT_EQ(judge_one("exp", 80, INFINITY), "overflow_spurious ");
  EXPECT_EQ(judge_one("sin", -0.0F, 0), "zero_sign ");
  EXPECT_EQ(judge_one("exp", -100, 0), "flushed_output ");
  EXPECT_EQ(judge_one("sin", 1e-40F, 0), "flushed_output flushed_input ");
  EXPECT_EQ(judge_one("log", 1e-40F, -INFINITY), "overflow_spurious flushed_input ");
  EXPECT_EQ(judge_one("exp", 1, 2.7182817F), "");
}

TEST(Judge, SixteenBitFormatsWhole) {
  for (const DType dtype : {DType::float16, DType::bfloat16}) {
    const Op& op = *find_op("tanh");
    auto judge = Judge::make(op, {}, dtype);
    ASSERT_TRUE(judge.ok());
    std::vector<std::uint16_t> y;
    for (std::uint32_t pattern = 0; pattern < 0x10000; ++pattern) {
      y.push_back(static_cast<std::uint16_t>(pattern_of(dtype, std::tanh(value_of(dtype, pattern)))));
    }
    Tally tally(dtype);
    judge->patterns(0, y, tally);
    EXPECT_EQ(tally.elements, dtype == DType::float16 ? 63490 : 65282);
    EXPECT_EQ(tally.correct, tally.elements);
    EXPECT_EQ(tally.undecided, 0);
  }
}

/// The long check, by name: every float of two functions, each judged against MPFR's rounding (half an hour on one
/// core).
TEST(Judge, DISABLED_EveryFloatOfExpAndLogByMpfr) {
  for (const char* const name : {"exp", "log"}) {
    const auto& oracle = testing::oracles().at(name);
    std::mutex guard;
    Tally all(DType::float32);
    parallel_for(std::int64_t{1} << 32, 1 << 20, [&](std::int64_t begin, std::int64_t end) {
      auto judge = Judge::make(*find_op(name), {}, DType::float32);
      Tally tally(DType::float32);
      std::vector<float> y(1 << 16);
      for (std::int64_t at = begin; at < end;) {
        const auto count = static_cast<std::size_t>(std::min<std::int64_t>(end - at, std::ssize(y)));
        for (std::size_t i = 0; i < count; ++i) {
          const float x = std::bit_cast<float>(static_cast<std::uint32_t>(at + static_cast<std::int64_t>(i)));
          y[i] = std::isnan(x) ? x : by_mpfr(oracle, x);
        }
        judge->patterns(static_cast<std::uint32_t>(at), std::span<const float>(y).first(count), tally);
        at += static_cast<std::int64_t>(count);
      }
      mpfr_free_cache();
      const std::lock_guard lock(guard);
      all.merge(tally);
    });
    EXPECT_EQ(all.elements, 4'278'190'082);
    EXPECT_EQ(all.correct, all.elements) << name;
    EXPECT_EQ(all.undecided, 0) << name;
  }
}

TEST(Judge, TakesArgumentsOneByOne) {
  auto judge = Judge::make(*find_op("atan2"), {}, DType::float64);
  ASSERT_TRUE(judge.ok());
  Tally tally(DType::float64);
  const std::array<double, 2> x{1, 3};
  judge->element(x, std::atan2(1.0, 3.0), tally);
  EXPECT_EQ(tally.elements, 1);
  EXPECT_LE(tally.worst_of_all().ulps, 1);
  EXPECT_EQ(tally.worst_of_all().at.input[1], std::bit_cast<std::uint64_t>(3.0));
}

// 1 instead of 2^-1022 is off by 2^1074 ulps.
TEST(Judge, CountsErrorsBeyondADouble) {
  auto judge = Judge::make(*find_op("exp"), {}, DType::float64);
  ASSERT_TRUE(judge.ok());
  Tally tally(DType::float64);
  const double x = -708.2;
  judge->element({&x, 1}, 1, tally);
  judge->element({&x, 1}, -1, tally);
  EXPECT_EQ(tally.measured(), 2);
  EXPECT_EQ(tally.worst_of_all().ulps, std::numeric_limits<double>::max());
  EXPECT_EQ(tally.above(4), 2);
  EXPECT_TRUE(tally.sum == 0);
}

TEST(Judge, RefusesWhatHasNoUlpError) {
  EXPECT_FALSE(Judge::make(*find_op("sum"), {}, DType::float32).ok());
  EXPECT_FALSE(Judge::make(*find_op("less"), {}, DType::float32).ok());
  EXPECT_FALSE(Judge::make(*find_op("exp"), {}, DType::int32).ok());
}

}  // namespace
}  // namespace roundoff::sweep
