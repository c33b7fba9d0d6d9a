#include "oracle.h"
#include "truth/truth.h"
#include "truth/walk.h"

namespace roundoff {
namespace {

using oracle::array;
using oracle::certified;
using oracle::Draw;

/// Large enough for blocks, with rows and columns that end within a group.
constexpr std::int64_t kM = 211, kK = 60, kN = 45;

mpq_class exact(const Array& a, const Array& b, std::int64_t i, std::int64_t j, mpq_class& size) {
  mpq_class sum = 0;
  size = 0;
  for (std::int64_t k = 0; k < kK; ++k) {
    const mpq_class term = mpq_class(a.get(i * kK + k)) * mpq_class(b.get(k * kN + j));
    sum += term;
    size += abs(term);
  }
  return sum;
}

/// The truth of an inner node: every enclosure holds the sum, none is idle, and Σ|x·y| is an upper bound that is near.
void expect_enclosed(const Array& a, const Array& b, const char* expression) {
  const Inputs inputs{{"a", a}, {"b", b}};
  const Graph graph = oracle::graph(expression, inputs);
  const auto arrays = truth::bind(graph, inputs).value();
  int seen = 0;
  static_cast<void>(truth::walk(graph, arrays, true, [&](int, const truth::Step& step, const truth::NodeTruth& out) {
    if (step.node.name != "matmul") return;
    ++seen;
    for (std::int64_t i = 0; i < kM; i += 7) {
      for (std::int64_t j = 0; j < kN; ++j) {
        mpq_class size;
        const mpq_class sum = exact(a, b, i, j, size);
        const Enclosure e = out.values.at(i * kN + j);
        ASSERT_TRUE(oracle::holds(e, sum)) << expression << " " << i << "," << j;
        ASSERT_TRUE(step.output || mpq_class(e.rad) <= abs(sum) * mpq_class(0x1p-59)) << i << "," << j;
        const mpq_class bound((*out.size)[static_cast<std::size_t>(i * kN + j)]);
        ASSERT_TRUE(size <= bound && bound <= size * mpq_class(1 + 0x1p-12)) << expression << " " << i << "," << j;
      }
    }
  }));
  EXPECT_EQ(seen, 1);
}

TEST(BulkProducts, EnclosuresHoldAndSizesBound) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    for (const Draw how : {Draw::unit, Draw::symmetric, Draw::wide, Draw::integers, Draw::halves}) {
      const Array a = array(dtype, {kM, kK}, how, 1), b = array(dtype, {kK, kN}, how, 2);
      expect_enclosed(a, b, "matmul(a, b)");
      expect_enclosed(a, b, "negative(matmul(a, b))");
    }
  }
}

TEST(BulkProducts, RoundedCorrectlyInEveryDtype) {
  for (const DType dtype : {DType::float16, DType::bfloat16, DType::float32, DType::float64}) {
    for (const Draw how : {Draw::unit, Draw::symmetric, Draw::integers, Draw::halves}) {
      const Array a = array(dtype, {kM, kK}, how, 3), b = array(dtype, {kK, kN}, how, 4);
      const Truth truth = certified("matmul(a, b)", {{"a", a}, {"b", b}});
      EXPECT_TRUE(truth.certified());
      for (std::int64_t i = 0; i < kM * kN; i += 11) {
        mpq_class size;
        const double expected = oracle::round(exact(a, b, i / kN, i % kN, size), dtype);
        ASSERT_EQ(truth.nearest[static_cast<std::size_t>(i)], expected) << name_of(dtype) << " " << i;
      }
    }
  }
}

TEST(BulkProducts, BlockDiagonalsAreExactZeros) {
  Array a = Array::make(DType::float64, {kM, kK}).value(), b = Array::make(DType::float64, {kK, kN}).value();
  for (std::int64_t i = 0; i < kM; ++i) a.set(i * kK + i % 30, 1.0 / 3);
  for (std::int64_t j = 0; j < kN; ++j) b.set((30 + j % 30) * kN + j, 1.0 / 7);
  const Truth truth = certified("matmul(a, b)", {{"a", a}, {"b", b}});
  EXPECT_TRUE(truth.certified());
  for (const Enclosure& e : truth.value) EXPECT_TRUE(e.hi == 0 && e.rad == 0);
}

TEST(BulkProducts, OneSpecialValueLeavesTheOthersCertified) {
  for (const double special : {HUGE_VAL, std::nan(""), 0x1p1000, 0x1p-1000}) {
    Array a = array(DType::float64, {kM, kK}, Draw::symmetric, 5);
    const Array b = array(DType::float64, {kK, kN}, Draw::symmetric, 6);
    a.set(200 * kK + 3, special);  // in the second block of rows
    const Truth truth = certified("matmul(a, b)", {{"a", a}, {"b", b}});
    EXPECT_TRUE(truth.certified());
    mpq_class size;
    EXPECT_EQ(truth.nearest[7 * kN + 8], oracle::round(exact(a, b, 7, 8, size), DType::float64));
    if (std::isfinite(special)) {
      EXPECT_EQ(truth.nearest[200 * kN + 8], oracle::round(exact(a, b, 200, 8, size), DType::float64));
    }
  }
}

}  // namespace
}  // namespace roundoff
