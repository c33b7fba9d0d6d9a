// Structural findings: each where it is true, and silent where one element is not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>
#include <vector>

#include "causes/diff/finding.h"

namespace roundoff {
namespace {

struct Made {
  Shape shape_a, shape_b;
  std::vector<float> a, b;
};

std::vector<float> values(std::size_t count) {
  std::mt19937 random(5);
  std::vector<float> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(static_cast<float>(random() >> 8) * 0x1p-20F - 7);
  return out;
}

std::vector<std::string> found(const Made& made) {
  DiffFigures figures;
  figures.of = static_cast<std::int64_t>(made.a.size());
  ArrayPair pair{DType::float32,
                 DType::float32,
                 made.shape_a,
                 made.shape_b,
                 std::as_bytes(std::span(made.a)),
                 std::as_bytes(std::span(made.b)),
                 figures.of,
                 made.shape_a == made.shape_b ? &figures : nullptr};
  std::vector<std::string> names;
  for (const DiffFinding& finding : find_structure(pair)) {
    if (finding.finding == "where" || finding.matched != finding.of) continue;
    names.push_back(finding.finding);
  }
  return names;
}

/// The finding is there; with one element off it is not.
void expect_only(Made made, const std::string& finding) {
  EXPECT_THAT(found(made), testing::Contains(finding));
  made.b[made.b.size() / 2 + 1] += 0.375F;
  EXPECT_THAT(found(made), testing::Not(testing::Contains(finding)));
}

Made elementwise(float (*f)(float, std::size_t)) {
  Made made{{6, 10}, {6, 10}, values(60), {}};
  for (std::size_t i = 0; i < 60; ++i) made.b.push_back(f(made.a[i], i));
  return made;
}

/// b[to] = a[from(to)].
Made moved(Shape shape_a, Shape shape_b, const std::function<std::size_t(std::size_t)>& from) {
  std::size_t count = 1;
  for (const std::int64_t size : shape_a) count *= static_cast<std::size_t>(size);
  Made made{shape_a, shape_b, values(count), {}};
  for (std::size_t i = 0; i < count; ++i) made.b.push_back(made.a[from(i)]);
  return made;
}

TEST(Findings, Transposed) {
  expect_only(moved({4, 6}, {6, 4}, [](std::size_t i) { return i % 4 * 6 + i / 4; }), "permuted");
  expect_only(moved({5, 5}, {5, 5}, [](std::size_t i) { return i % 5 * 5 + i / 5; }), "permuted");
}

TEST(Findings, LayoutOfImages) {
  // NHWC [2, 3, 4, 5] to NCHW [2, 5, 3, 4].
  expect_only(moved({2, 3, 4, 5}, {2, 5, 3, 4},
                    [](std::size_t i) {
                      const std::size_t w = i % 4, h = i / 4 % 3, c = i / 12 % 5, n = i / 60;
                      return ((n * 3 + h) * 4 + w) * 5 + c;
                    }),
              "permuted");
}

TEST(Findings, ReversedAndChannels) {
  expect_only(moved({7, 4}, {7, 4}, [](std::size_t i) { return (6 - i / 4) * 4 + i % 4; }), "permuted");
  expect_only(moved({2, 4, 3}, {2, 4, 3}, [](std::size_t i) { return i / 3 * 3 + (2 - i % 3); }), "permuted");
}

TEST(Findings, Shifted) {
  expect_only(moved({12, 5}, {12, 5}, [](std::size_t i) { return i < 5 ? 55 : i - 5; }), "shifted");
}

TEST(Findings, GatesInAnotherOrder) {
  // LSTM: i, f, g, o of one against i, g, f, o of the other.
  expect_only(moved({8, 3}, {8, 3},
                    [](std::size_t i) {
                      constexpr std::size_t kOrder[] = {0, 2, 1, 3};
                      const std::size_t row = i / 3;
                      return (kOrder[row / 2] * 2 + row % 2) * 3 + i % 3;
                    }),
              "blocks");
}

TEST(Findings, FactorOffsetAndSigns) {
  expect_only(elementwise([](float x, std::size_t) { return static_cast<float>(static_cast<double>(x) * 0.1); }),
              "scaled");
  expect_only(elementwise([](float x, std::size_t) { return static_cast<float>(static_cast<double>(x) / 255); }),
              "scaled");
  expect_only(elementwise([](float x, std::size_t) { return x + 0.5F; }), "scaled");
  expect_only(elementwise([](float x, std::size_t i) { return i % 10 == 3 ? -x : x; }), "scaled");
  expect_only(elementwise([](float x, std::size_t) { return -x; }), "scaled");
}

TEST(Findings, RoundedToANarrowerFormat) {
  expect_only(elementwise([](float x, std::size_t) {
                return static_cast<float>(round_to({8, -126, 127}, static_cast<double>(x)));
              }),
              "rounded");
  expect_only(elementwise([](float x, std::size_t) {
                return static_cast<float>(round_to({11, -126, 127}, static_cast<double>(x) * 1));
              }),
              "rounded");
}

TEST(Findings, SilentOnNoise) {
  EXPECT_THAT(found(elementwise([](float x, std::size_t i) { return x + static_cast<float>(i * i % 7) * 1e-6F; })),
              testing::IsEmpty());
}

TEST(Findings, WhereTheDifferenceSits) {
  Made made{{4, 5, 6}, {4, 5, 6}, values(120), {}};
  made.b = made.a;
  for (std::size_t i = 60; i < 90; ++i) made.b[i] += 1;
  DiffFigures figures;
  figures.of = 120;
  const ArrayPair pair{DType::float32,
                       DType::float32,
                       made.shape_a,
                       made.shape_b,
                       std::as_bytes(std::span(made.a)),
                       std::as_bytes(std::span(made.b)),
                       120,
                       &figures};
  std::vector<std::string> names;
  for (const DiffFinding& finding : find_structure(pair)) names.push_back(finding.name);
  EXPECT_THAT(names, testing::Contains("the difference is only in place 2 of axis 0 (of 4)"));
}

}  // namespace
}  // namespace roundoff
