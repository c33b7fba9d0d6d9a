#include "truth/blocks.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>

#include "../ops/oracles.h"
#include "truth/rotations.h"

namespace roundoff::truth {
namespace {

/// Whether a polynomial block's claim holds at one input, by MPFR: bits of |truth| within radius of the polynomial.
bool holds(const Block& block, const testing::Oracle& oracle, std::uint32_t pattern) {
  testing::Real t(oracle.bits), claim(200), term(200);
  oracle.f(t, {static_cast<double>(std::bit_cast<float>(pattern))});
  if ((mpfr_signbit(static_cast<mpfr_ptr>(t)) != 0) != block.negative) return false;
  mpfr_abs(t, t, MPFR_RNDN);
  mpfr_mul_2si(t, t, -block.ulp_exponent, MPFR_RNDN);
  // The value of `lowest`, then one ulp for each bit.
  mpfr_set_d(claim, std::ldexp(static_cast<double>(std::bit_cast<float>(block.lowest)), -block.ulp_exponent),
             MPFR_RNDN);
  mpfr_add_ui(claim, claim, block.base - block.lowest, MPFR_RNDN);
  mpfr_sub(t, t, claim, MPFR_RNDN);
  const double u = static_cast<double>(static_cast<std::int64_t>(pattern) - block.centre());
  mpfr_set_ui(claim, 0, MPFR_RNDN);
  for (int k = kDegree; k >= 0; --k) {
    mpfr_mul_d(claim, claim, u, MPFR_RNDN);
    mpfr_add_d(claim, claim, block.a[static_cast<std::size_t>(k)], MPFR_RNDN);
  }
  mpfr_sub(t, t, claim, MPFR_RNDN);
  mpfr_abs(t, t, MPFR_RNDN);
  return mpfr_cmp_d(t, block.radius) <= 0;
}

bool holds_everywhere(const Block& block, const testing::Oracle& oracle) {
  for (std::uint32_t i = 0; i <= 64; ++i) {
    const std::uint32_t pattern = block.first + std::min(block.size() - 1, block.size() / 64 * i);
    if (!holds(block, oracle, pattern)) return false;
  }
  return true;
}

Block block_of(const char* op, float x) { return Blocks(*find_op(op), {}).at(std::bit_cast<std::uint32_t>(x)); }

TEST(Blocks, PolynomialsHoldByAnotherEngine) {
  std::mt19937_64 random(5);
  int polynomials = 0;
  for (const auto& [name, oracle] : testing::oracles()) {
    const Op* op = find_op(name);
    if (op == nullptr || op->arity_min != 1 || op->course.series == nullptr || !op->attrs.empty()) continue;
    Blocks blocks(*op, {});
    for (int round = 0; round < 25; ++round) {
      const auto exponent = static_cast<std::uint32_t>(100 + random() % 50) << 23;
      const auto pattern = exponent | static_cast<std::uint32_t>(random() & 0x807fffff);
      const Block& block = blocks.at(pattern);
      if (block.kind != Block::Kind::polynomial) continue;
      ++polynomials;
      EXPECT_TRUE(holds_everywhere(block, oracle)) << name << " " << std::hex << pattern;
      EXPECT_TRUE(block.kernel) << name << " " << std::hex << pattern;
    }
  }
  EXPECT_GT(polynomials, 150);
}

TEST(Blocks, AWrongCoefficientIsCaught) {
  const testing::Oracle& oracle = testing::oracles().at("log");
  for (std::size_t k = 0; k <= kDegree; ++k) {
    Block block = block_of("log", 10);
    ASSERT_EQ(block.kind, Block::Kind::polynomial);
    ASSERT_TRUE(holds_everywhere(block, oracle));
    // By as much as moves the truth at the block's end by 2^-20 ulp.
    block.a[k] += std::ldexp(1.0, -20 - static_cast<int>(k) * (block.level - 1));
    EXPECT_FALSE(holds_everywhere(block, oracle)) << k;
  }
}

TEST(Blocks, ABoundTooSmallIsCaught) {
  int caught = 0, tried = 0;
  for (const char* const name : {"log", "exp", "atan", "sinh", "erf"}) {
    for (const float x : {0.7F, 1.3F, 2.9F}) {
      Block block = block_of(name, x);
      if (block.kind != Block::Kind::polynomial) continue;
      ++tried;
      block.radius /= 64;
      caught += !holds_everywhere(block, testing::oracles().at(name));
    }
  }
  EXPECT_GE(caught * 2, tried) << "bounds are slack by more than 64";
}

TEST(Blocks, SaturatedTailsAreLines) {
  struct Tail {
    const char* op;
    float x;
    float expected;
  };
  for (const Tail& tail :
       {Tail{"exp", 200, INFINITY}, Tail{"exp", -200, 0}, Tail{"exp", 3e38F, INFINITY}, Tail{"tanh", 100, 1},
        Tail{"tanh", -1e30F, -1}, Tail{"erfc", 50, 0}, Tail{"sigmoid", 1e9F, 1}, Tail{"gelu", -1e9F, -0.0F},
        Tail{"expm1", -1e5F, -1}, Tail{"cosh", -1e5F, INFINITY}, Tail{"exp", 1e-20F, 1}}) {
    const Op& op = *find_op(tail.op);
    Attrs attrs;
    if (op.name == "gelu") attrs["approximate"] = std::string("none");
    Blocks blocks(op, attrs);
    const Block& block = blocks.at(std::bit_cast<std::uint32_t>(tail.x));
    EXPECT_EQ(block.kind, Block::Kind::line) << tail.op << " " << tail.x;
    EXPECT_EQ(block.slope, 0u);
    EXPECT_EQ(block.expected, std::bit_cast<std::uint32_t>(tail.expected)) << tail.op << " " << tail.x;
    EXPECT_GE(block.level, 14);
  }
}

TEST(Blocks, IdentitiesAreLinesOfSlopeOne) {
  for (const char* const name : {"sin", "tan", "asin", "atan", "sinh", "tanh", "asinh", "atanh", "expm1", "log1p"}) {
    const Block block = block_of(name, 1e-25F);
    EXPECT_EQ(block.kind, Block::Kind::line) << name;
    EXPECT_EQ(block.slope, 1u) << name;
    EXPECT_EQ(block.expected, block.first) << name;
  }
}

TEST(Blocks, OutsideTheDomainThereIsNoValue) {
  EXPECT_EQ(block_of("log", -3).kind, Block::Kind::nan);
  EXPECT_EQ(block_of("asin", 5).kind, Block::Kind::nan);
  EXPECT_EQ(block_of("acosh", 0.25F).kind, Block::Kind::nan);
  EXPECT_EQ(block_of("sqrt", -1e-30F).kind, Block::Kind::nan);
}

TEST(Blocks, ZeroKeepsItsOwnResult) {
  for (const char* const name : {"log", "rsqrt", "lgamma"}) {
    EXPECT_EQ(block_of(name, 0.0F).kind, Block::Kind::open) << name;
  }
  EXPECT_EQ(block_of("sin", -0.0F).expected, 0x80000000u);
  EXPECT_EQ(block_of("relu", -0.0F).expected, 0u);
}

TEST(Rotations, RowsHoldByAnotherEngine) {
  std::mt19937_64 random(6);
  for (const std::string name : {"sin", "cos", "tan"}) {
    Rotations rotations(name);
    for (int round = 0; round < 40; ++round) {
      const auto exponent = static_cast<std::uint32_t>(128 + random() % 127) << 23;
      const auto first = (exponent | static_cast<std::uint32_t>(random() & 0x807fffff)) & ~((1u << kRowLevel) - 1);
      const Rotation row = rotations.row(first);
      for (const int i : {0, 1, 500, (1 << kRowLevel) - 1}) {
        testing::Real t(400);
        testing::oracles().at(name).f(
            t, {static_cast<double>(std::bit_cast<float>(first + static_cast<std::uint32_t>(i)))});
        const double above = std::fma(row.a, row.cosines[i], row.b * row.sines[i]);
        const double below = row.quotient ? std::fma(row.c, row.cosines[i], row.d * row.sines[i]) : 1;
        const double size = mpfr_get_d(t, MPFR_RNDA);
        const auto sum = rotations.truth(i);
        testing::Real apart(400);
        mpfr_sub_d(apart, t, above / below, MPFR_RNDN);
        const double quotients = row.quotient ? std::fabs(size) * (1 / std::fabs(above) + 1 / std::fabs(below)) : 1;
        EXPECT_LT(std::fabs(mpfr_get_d(apart, MPFR_RNDA)), kRowRadius * quotients * 1.01 + std::fabs(size) * 0x1p-53)
            << name << " " << std::hex << first << " " << i;
        mpfr_sub_d(apart, t, sum.hi, MPFR_RNDN);
        mpfr_sub_d(apart, apart, sum.lo, MPFR_RNDN);
        EXPECT_LT(std::fabs(mpfr_get_d(apart, MPFR_RNDA)), row.quotient ? std::fabs(size) * 0x1p-67 : kRotationRadius)
            << name << " " << std::hex << first << " " << i;
      }
    }
  }
}

}  // namespace
}  // namespace roundoff::truth
