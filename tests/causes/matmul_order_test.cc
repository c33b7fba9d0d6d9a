// Orders of matrix products, found in emulated backends and replayed; kernels against their definition.
#include <functional>

#include "causes/replay/products.h"
#include "kernels/replay_products.h"
#include "subjects.h"

namespace roundoff {
namespace {

using testing::explained;
using testing::floats;
using testing::Function;
using testing::golden;

/// One output of a backend: row i, column j, from k products.
using Element =
    std::function<float(const float* a, const float* b, std::int64_t stride, std::int64_t k, std::int64_t j)>;
/// The same for row i too.
using Tiled = std::function<float(const float* a, const float* b, std::int64_t stride, std::int64_t k, std::int64_t i,
                                  std::int64_t j)>;

Probe tiled_backend(std::int64_t m, std::int64_t k, std::int64_t n, Tiled element) {
  return [=](std::span<const Array> in) -> Result<Array> {
    std::vector<float> out;
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t j = 0; j < n; ++j)
        out.push_back(element(in[0].as<float>().data() + i * k, in[1].as<float>().data() + j, n, k, i, j));
    }
    return floats(out, {m, n});
  };
}

Probe backend(std::int64_t m, std::int64_t k, std::int64_t n, const Element& element) {
  return tiled_backend(m, k, n,
                       [element](const float* a, const float* b, std::int64_t stride, std::int64_t depth, std::int64_t,
                                 std::int64_t j) { return element(a, b, stride, depth, j); });
}

float blocks_fma(const float* a, const float* b, std::int64_t stride, std::int64_t k, std::int64_t) {
  float total = 0;
  for (std::int64_t first = 0; first < k; first += 24) {
    float block = 0;
    for (std::int64_t i = first; i < std::min(k, first + 24); ++i) block = std::fma(a[i], b[i * stride], block);
    total = first == 0 ? block : total + block;
  }
  return total;
}

float four_ways(const float* a, const float* b, std::int64_t stride, std::int64_t k, std::int64_t) {
  float acc[4] = {};
  for (std::int64_t i = 0; i < k; ++i) acc[i % 4] += a[i] * b[i * stride];
  return (acc[0] + acc[1]) + (acc[2] + acc[3]);
}

/// The last columns are computed without FMA: same order, other arithmetic.
float edge_without_fma(const float* a, const float* b, std::int64_t stride, std::int64_t k, std::int64_t j) {
  float sum = 0;
  for (std::int64_t i = 0; i < k; ++i) sum = j < 16 ? std::fma(a[i], b[i * stride], sum) : sum + a[i] * b[i * stride];
  return sum;
}

/// Blocks of 24 and the rest; in each, even and odd products apart by eights, what is left over in the first.
float evens_and_odds(const float* a, const float* b, std::int64_t stride, std::int64_t k) {
  float total = 0;
  for (std::int64_t first = 0; first < k; first += 24) {
    const std::int64_t size = std::min<std::int64_t>(24, k - first), turns = first + size / 8 * 8;
    float acc[2] = {};
    for (std::int64_t i = first; i < turns; ++i)
      acc[(i - first) % 2] = std::fma(a[i], b[i * stride], acc[(i - first) % 2]);
    for (std::int64_t i = turns; i < first + size; ++i) acc[0] = std::fma(a[i], b[i * stride], acc[0]);
    total = first == 0 ? acc[0] + acc[1] : total + (acc[0] + acc[1]);
  }
  return total;
}

/// As OpenBLAS for Haswell: tiles of 6 rows and 8 columns in turn, some of them summed in two accumulators.
float checkerboard(const float* a, const float* b, std::int64_t stride, std::int64_t k, std::int64_t i,
                   std::int64_t j) {
  return (i / 6 + j / 8) % 3 == 0 ? evens_and_odds(a, b, stride, k) : blocks_fma(a, b, stride, k, j);
}

/// The last output alone is summed otherwise.
float odd_corner(const float* a, const float* b, std::int64_t stride, std::int64_t k, std::int64_t i, std::int64_t j) {
  return i == 29 && j == 19 ? evens_and_odds(a, b, stride, k) : blocks_fma(a, b, stride, k, j);
}

/// … in an order that nobody would guess.
float strange_corner(const float* a, const float* b, std::int64_t stride, std::int64_t k, std::int64_t i,
                     std::int64_t j) {
  if (i < 29 || j < 19) return blocks_fma(a, b, stride, k, j);
  float sum = 0;
  for (std::int64_t l = 0; l < k; ++l) sum = std::fma(a[l * 37 % k], b[l * 37 % k * stride], sum);
  return sum;
}

struct MatmulOrder : ::testing::Test {
  static constexpr std::int64_t m = 30, k = 70, n = 20;
  MatmulOrder() {
    std::vector<float> x = golden(static_cast<std::size_t>(m * k + k * n));
    function.emplace("matmul(a, b)", std::vector<Array>{floats({x.begin(), x.begin() + m * k}, {m, k}),
                                                        floats({x.begin() + m * k, x.end()}, {k, n})});
  }
  Finding found(const Element& element) {
    const Probe probe = backend(m, k, n, element);
    out = *probe(function->in);
    return explained(function->subject(out, probe));
  }
  Finding found_tiled(const Tiled& element) {
    const Probe probe = tiled_backend(m, k, n, element);
    out = *probe(function->in);
    return explained(function->subject(out, probe));
  }
  std::optional<Function> function;
  Array out;
};

TEST_F(MatmulOrder, BlocksWithFma) {
  const Finding finding = found(blocks_fma);
  EXPECT_EQ(finding.report.cause, "matmul_order");
  EXPECT_TRUE(finding.report.proven);
  EXPECT_EQ(finding.report.matched, m * n);
  EXPECT_NE(
      finding.report.detail.find("in blocks of 24, 24, 22, left to right inside, blocks added left to right, FMA"),
      std::string::npos)
      << finding.report.detail;
}

TEST_F(MatmulOrder, InterleavedAccumulatorsWithoutFma) {
  const Finding finding = found(four_ways);
  EXPECT_TRUE(finding.report.proven);
  EXPECT_NE(finding.report.detail.find("4 accumulators, k mod 4"), std::string::npos) << finding.report.detail;
  EXPECT_NE(finding.report.detail.find("multiply then add"), std::string::npos);
}

TEST_F(MatmulOrder, TilesOfOtherArithmetic) {
  const Finding finding = found(edge_without_fma);
  EXPECT_TRUE(finding.report.proven);
  EXPECT_NE(finding.report.detail.find("480 outputs left to right, FMA"), std::string::npos) << finding.report.detail;
  EXPECT_NE(finding.report.detail.find("120 outputs left to right, multiply then add"), std::string::npos);
}

TEST_F(MatmulOrder, OrdersThatChangeFromTileToTile) {
  const Finding finding = found_tiled(checkerboard);
  EXPECT_TRUE(finding.report.proven);
  EXPECT_EQ(finding.report.matched, m * n);
  EXPECT_NE(finding.report.detail.find("in blocks of 24, 24, 22, left to right inside"), std::string::npos)
      << finding.report.detail;
  EXPECT_NE(finding.report.detail.find("each in 2 accumulators, k mod 2, joined 0 + 1, what is left over in the first"),
            std::string::npos)
      << finding.report.detail;
}

TEST_F(MatmulOrder, ASingleOutputOfItsOwnOrder) {
  const Finding finding = found_tiled(odd_corner);
  EXPECT_TRUE(finding.report.proven);
  EXPECT_EQ(finding.report.matched, m * n);
  EXPECT_NE(finding.report.detail.find("1 outputs in blocks of 24, 24, 22, each in 2 accumulators"), std::string::npos)
      << finding.report.detail;
}

TEST_F(MatmulOrder, AnOutputThatResistsIsSaidToBeUnexplained) {
  const Finding finding = found_tiled(strange_corner);
  if (finding.report.matched == m * n) {
    EXPECT_TRUE(finding.report.proven);
    EXPECT_NE(finding.report.detail.find("1 outputs"), std::string::npos) << finding.report.detail;
  } else {
    EXPECT_FALSE(finding.report.proven);
    EXPECT_EQ(finding.report.name.find("unexplained"), 0u) << finding.report.name;
  }
}

TEST_F(MatmulOrder, NothingThatFitsIsUnexplained) {
  int calls = 0;
  const Probe restless = [&](std::span<const Array> in) -> Result<Array> {  // another order with every call
    const std::int64_t stride = 1 + 2 * (++calls % 7);
    return *tiled_backend(
        m, k, n, [&](const float* a, const float* b, std::int64_t row, std::int64_t depth, std::int64_t, std::int64_t) {
          float sum = 0;
          for (std::int64_t l = 0; l < depth; ++l) sum += a[l * stride * 3 % depth] * b[l * stride * 3 % depth * row];
          return sum;
        })(in);
  };
  out = *restless(function->in);
  const Finding finding = explained(function->subject(out, restless));
  EXPECT_FALSE(finding.report.proven);
  EXPECT_EQ(finding.report.name.find("unexplained"), 0u) << finding.report.name;
}

TEST(MatmulOfOneRow, ColumnsOfTheirOwnOrder) {
  constexpr std::int64_t k = 64, n = 100;
  const std::vector<float> x = golden(k + k * n);
  const Function function("matmul(a, b)",
                          {floats({x.begin(), x.begin() + k}, {1, k}), floats({x.begin() + k, x.end()}, {k, n})});
  const Probe probe = tiled_backend(
      1, k, n,
      [](const float* a, const float* b, std::int64_t stride, std::int64_t depth, std::int64_t, std::int64_t j) {
        return j < 96 ? blocks_fma(a, b, stride, depth, j) : four_ways(a, b, stride, depth, j);
      });
  const Array out = *probe(function.in);
  const Finding finding = explained(function.subject(out, probe));
  EXPECT_TRUE(finding.report.proven) << finding.report.name;
  EXPECT_NE(finding.report.detail.find("4 accumulators, k mod 4"), std::string::npos) << finding.report.detail;
}

TEST_F(MatmulOrder, AFoundOrderIsNotClaimedForOtherBits) {
  const Array foreign = *backend(m, k, n, four_ways)(function->in);
  const Finding finding = explained(function->subject(foreign, backend(m, k, n, blocks_fma)));
  EXPECT_FALSE(finding.report.proven) << finding.report.name;
}

TEST_F(MatmulOrder, OperandsCutToTf32) {
  const auto cut = [](const float* a, const float* b, std::int64_t stride, std::int64_t depth, std::int64_t) {
    float sum = 0;
    for (std::int64_t i = 0; i < depth; ++i) {
      sum = std::fma(replay::cut_to(replay::Cut::tf32_away, a[i]),
                     replay::cut_to(replay::Cut::tf32_away, b[i * stride]), sum);
    }
    return sum;
  };
  // 12 significant bits: half of the numbers are ties of TF32's 11, which the three ways of rounding treat differently.
  for (Array& operand : function->in) {
    std::vector<float> coarse;
    for (const float v : operand.as<float>()) coarse.push_back(std::ldexp(std::round(std::ldexp(v + 1, 11)), -11));
    operand = floats(coarse, operand.shape());
  }
  function.emplace("matmul(a, b)", std::vector<Array>(function->in));
  const Finding finding = found(cut);
  EXPECT_EQ(finding.effect, Class::precision_mode);
  EXPECT_NE(finding.report.name.find("TF32, ties away"), std::string::npos) << finding.report.name;
}

TEST(SumTree, NoBinaryTreeIsAnError) {
  const replay::Measure three_at_once =
      [](std::span<const replay::LeafPair> pairs) -> Result<std::vector<std::int64_t>> {
    return std::vector<std::int64_t>(pairs.size(), 3);
  };
  EXPECT_FALSE(replay::find_tree(3, three_at_once).ok());
}

TEST(ReplayProducts, VectorsGiveTheBitsOfTheDefinition) {
  using kernels::Products;
  using kernels::SumStep;
  using Do = SumStep::Do;
  constexpr std::int64_t kRows = 5, kDepth = 40, kColumns = 203;
  const std::vector<SumStep> steps{{Do::start, 0, 2, 10},   {Do::start, 1, 2, 10},  {Do::join},
                                   {Do::extend, 20, 1, 15}, {Do::start, 39, -1, 5}, {Do::join}};
  const std::vector<float> left = golden(kRows * kDepth), right = golden(kDepth * kColumns);
  for (const bool fused : {false, true}) {
    std::vector<float> a(kRows * kColumns), b(kRows * kColumns);
    Products<float> p{left.data(), kDepth, right.data(), kColumns, kRows, kColumns, fused, a.data(), kColumns};
    kernels::replay_products(steps, p);
    p.out = b.data();
    kernels::replay_products_oracle(steps, p);
    EXPECT_EQ(a, b) << fused;
  }
  EXPECT_EQ(kernels::accumulators_of(steps), 2);
}

}  // namespace
}  // namespace roundoff
