// Movement ops against index arithmetic written out by hand.
#include <gtest/gtest.h>

#include <numeric>

#include "ops/op.h"

namespace roundoff {
namespace {

using Ints = std::vector<std::int64_t>;

struct Moved {
  Shape shape;
  Ints from;  ///< input · 1000 + index
};

Moved move(const char* name, const std::vector<Shape>& in, const Attrs& attrs) {
  const Op* op = find_op(name);
  const auto shape = infer_shape(*op, in, attrs);
  if (!shape.ok()) return {};
  Moved out{*shape, {}};
  for (const auto& source : std::get<Movement>(op->body).map(in, *shape, attrs))
    out.from.push_back(source.input * 1000 + source.index);
  return out;
}

bool refused(const char* name, const std::vector<Shape>& in, const Attrs& attrs) {
  return !infer_shape(*find_op(name), in, attrs).ok();
}

Ints count(std::int64_t n) {
  Ints out(static_cast<std::size_t>(n));
  std::iota(out.begin(), out.end(), 0);
  return out;
}

TEST(Movement, Reshape) {
  EXPECT_EQ(move("reshape", {{2, 6}}, {{"shape", Ints{3, -1}}}).shape, (Shape{3, 4}));
  EXPECT_EQ(move("reshape", {{2, 6}}, {{"shape", Ints{3, -1}}}).from, count(12));
  EXPECT_EQ(move("reshape", {{1}}, {{"shape", Ints{}}}).shape, Shape{});
  EXPECT_TRUE(refused("reshape", {{2, 6}}, {{"shape", Ints{5, -1}}}));
  EXPECT_TRUE(refused("reshape", {{2, 6}}, {{"shape", Ints{-1, -1}}}));
  EXPECT_TRUE(refused("reshape", {{2, 6}}, {{"shape", Ints{1L << 62, 4}}}));
  EXPECT_TRUE(refused("reshape", {{0}}, {{"shape", Ints{0, -1}}}));
}

TEST(Movement, PermuteDims) {
  const Moved moved = move("permute_dims", {{2, 3, 4}}, {{"axes", Ints{-1, 0, 1}}});
  EXPECT_EQ(moved.shape, (Shape{4, 2, 3}));
  for (std::int64_t i = 0; i < 4; ++i) {
    for (std::int64_t j = 0; j < 2; ++j) {
      for (std::int64_t k = 0; k < 3; ++k)
        EXPECT_EQ(moved.from[static_cast<std::size_t>(i * 6 + j * 3 + k)], j * 12 + k * 4 + i);
    }
  }
  EXPECT_TRUE(refused("permute_dims", {{2, 3}}, {{"axes", Ints{0, 0}}}));
  EXPECT_TRUE(refused("permute_dims", {{2, 3}}, {{"axes", Ints{0}}}));
  EXPECT_TRUE(refused("permute_dims", {{2, 3}}, {{"axes", Ints{0, 2}}}));
}

TEST(Movement, BroadcastTo) {
  EXPECT_EQ(move("broadcast_to", {{2, 1}}, {{"shape", Ints{2, 2, 3}}}).from,
            (Ints{0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1}));
  EXPECT_TRUE(refused("broadcast_to", {{2, 3}}, {{"shape", Ints{2, 1}}}));
  EXPECT_TRUE(refused("broadcast_to", {{1}}, {{"shape", Ints{1L << 40, 1L << 40}}}));
}

TEST(Movement, Flip) {
  EXPECT_EQ(move("flip", {{2, 3}}, {{"axis", std::monostate()}}).from, (Ints{5, 4, 3, 2, 1, 0}));
  EXPECT_EQ(move("flip", {{2, 3}}, {{"axis", std::int64_t{-1}}}).from, (Ints{2, 1, 0, 5, 4, 3}));
  EXPECT_EQ(move("flip", {{0, 3}}, {{"axis", std::int64_t{0}}}).from, Ints{});
}

TEST(Movement, Concat) {
  EXPECT_EQ(move("concat", {{2, 1}, {2, 2}}, {{"axis", std::int64_t{1}}}).from, (Ints{0, 1000, 1001, 1, 1002, 1003}));
  EXPECT_EQ(move("concat", {{1, 2}, {2, 2}}, {{"axis", std::int64_t{0}}}).from, (Ints{0, 1, 1000, 1001, 1002, 1003}));
  EXPECT_EQ(move("concat", {{1, 2}, {3}}, {{"axis", std::monostate()}}).from, (Ints{0, 1, 1000, 1001, 1002}));
  EXPECT_EQ(move("concat", {{2, 0}, {2, 1}}, {{"axis", std::int64_t{1}}}).from, (Ints{1000, 1001}));
  EXPECT_TRUE(refused("concat", {{2, 1}, {3, 2}}, {{"axis", std::int64_t{1}}}));
  EXPECT_TRUE(refused("concat", {{2}, {2, 2}}, {{"axis", std::int64_t{0}}}));
}

Attrs subscript(Ints starts, Ints stops, Ints steps, Ints drop) {
  return {{"starts", std::move(starts)},
          {"stops", std::move(stops)},
          {"steps", std::move(steps)},
          {"drop", std::move(drop)}};
}

/// Python's own rule, step by step: indices start, start + step, … while inside.
Ints walked(std::int64_t size, std::int64_t start, std::int64_t stop, std::int64_t step) {
  const auto clip = [&](std::int64_t v, std::int64_t open, std::int64_t low, std::int64_t high) {
    if (v == kNoneInt) return open;
    return std::min(std::max(v < 0 ? v + size : v, low), high);
  };
  Ints out;
  if (step > 0) {
    for (std::int64_t i = clip(start, 0, 0, size); i < clip(stop, size, 0, size); i += step) out.push_back(i);
  } else {
    for (std::int64_t i = clip(start, size - 1, -1, size - 1); i > clip(stop, -1, -1, size - 1); i += step)
      out.push_back(i);
  }
  return out;
}

TEST(Movement, SliceAsPythonReadsIt) {
  for (std::int64_t size = 0; size < 5; ++size) {
    for (std::int64_t start = -7; start <= 7; ++start) {
      for (std::int64_t stop = -7; stop <= 7; ++stop) {
        for (const std::int64_t step : {1, 2, 3, -1, -2}) {
          const auto none = [](std::int64_t v) { return v == 7 ? kNoneInt : v; };
          const Moved moved = move("slice", {{size}}, subscript({none(start)}, {none(stop)}, {step}, {0}));
          EXPECT_EQ(moved.from, walked(size, none(start), none(stop), step))
              << size << " " << start << ":" << stop << ":" << step;
        }
      }
    }
  }
}

TEST(Movement, SliceOfSeveralAxes) {
  const Moved moved = move("slice", {{3, 4, 2}}, subscript({-1, kNoneInt}, {kNoneInt, kNoneInt}, {1, -2}, {1, 0}));
  EXPECT_EQ(moved.shape, (Shape{2, 2}));
  EXPECT_EQ(moved.from, (Ints{22, 23, 18, 19}));
  EXPECT_TRUE(refused("slice", {{3}}, subscript({3}, {4}, {1}, {1})));
  EXPECT_TRUE(refused("slice", {{3}}, subscript({0, 0}, {1, 1}, {1, 1}, {0, 0})));
  EXPECT_TRUE(refused("slice", {{3}}, subscript({0}, {1}, {0}, {0})));
}

}  // namespace
}  // namespace roundoff
