// Figures of a pair: whichever way an element is measured and however the work is split.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "metrics/diff/scan.h"

namespace roundoff {
namespace {

using Bytes = std::vector<std::byte>;

struct Data {
  DType dtype_a, dtype_b;
  Bytes a, b;
  std::int64_t count;
};

Data random_pair(DType dtype, DType dtype_b, int kind, std::int64_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Array a = Array::make(dtype, {count}).value(), b = Array::make(dtype_b, {count}).value();
  for (std::int64_t i = 0; i < count; ++i) {
    const double unit = static_cast<double>(random() >> 11) * 0x1p-52 - 1;
    double x = kind == 4 ? std::ldexp(unit, static_cast<int>(random() % 60) - 30) : unit * (is_float(dtype) ? 1 : 100);
    a.set(i, x);
    double y = a.get(i);
    if (kind == 1 && random() % 3 == 0) y *= 1 + 2e-7 * static_cast<double>(random() % 5);
    if (kind == 2) y *= 1.01;
    if (kind == 3) y = static_cast<double>(random() >> 11) * 0x1p-52 - 1;
    if (kind == 4 && random() % 2 == 0) y = -y;
    if (kind == 5 && random() % 50 == 0) y = std::nan("");
    if (kind == 5 && random() % 50 == 0) y = HUGE_VAL;
    if (kind == 5 && random() % 50 == 0) y = -0.0;
    b.set(i, y);
  }
  const auto bytes = [](const Array& array) { return Bytes(array.bytes().begin(), array.bytes().end()); };
  return {dtype, dtype_b, bytes(a), bytes(b), count};
}

std::vector<Data> all_pairs() {
  using enum DType;
  std::vector<std::pair<DType, DType>> dtypes{{float32, float64},  {float64, float32}, {float16, float32},
                                              {float64, bfloat16}, {int32, float32},   {int16, int32},
                                              {uint8, float16},    {float32, int64},   {float8_e5m2, float32}};
  for (const DType dtype : {float32, float16, bfloat16, float64, int16, int32, uint32, int64, bool_, float8_e4m3fn})
    dtypes.emplace_back(dtype, dtype);
  std::vector<Data> out;
  std::uint64_t seed = 1;
  for (const auto& [a, b] : dtypes) {
    for (int kind = 0; kind < 6; ++kind) out.push_back(random_pair(a, b, kind, 5000, seed++));
  }
  return out;
}

PairRules rules_of(const Data& data) { return {data.dtype_a, data.dtype_b, 1e-4, 1e-7, 3, 4}; }

PairState scanned(const Data& data, std::int64_t begin, std::int64_t end) {
  PairScan scan(rules_of(data));
  const auto part = [&](const Bytes& bytes, DType dtype) {
    const auto size = size_of(dtype);
    return std::span(bytes).subspan(static_cast<std::size_t>(begin) * size,
                                    static_cast<std::size_t>(end - begin) * size);
  };
  scan.add(begin, part(data.a, data.dtype_a), part(data.b, data.dtype_b));
  return scan.finish();
}

void expect_same(const PairState& x, const PairState& y) {
  const DiffFigures p = x.figures(), q = y.figures();
  const auto alike = [](double u, double v) { return u == v || (std::isnan(u) && std::isnan(v)); };
  EXPECT_EQ(p.of, q.of);
  EXPECT_EQ(p.numbers, q.numbers);
  EXPECT_EQ(p.identical, q.identical);
  EXPECT_EQ(p.kinds, q.kinds);
  EXPECT_EQ(p.zero_sign_mismatches, q.zero_sign_mismatches);
  EXPECT_EQ(p.first_different, q.first_different);
  EXPECT_EQ(p.worst_ulp, q.worst_ulp);
  EXPECT_EQ(p.max_float_distance, q.max_float_distance);
  for (const auto member :
       {&DiffFigures::mean_abs, &DiffFigures::max_abs, &DiffFigures::rms, &DiffFigures::max_relative,
        &DiffFigures::max_scaled, &DiffFigures::mean_ulp, &DiffFigures::max_ulp, &DiffFigures::mean_float_distance,
        &DiffFigures::cosine, &DiffFigures::sqnr_db}) {
    EXPECT_TRUE(alike(p.*member, q.*member)) << p.*member << " and " << q.*member;
  }
  ASSERT_EQ(p.quantiles.size(), q.quantiles.size());
  for (std::size_t i = 0; i < p.quantiles.size(); ++i) EXPECT_EQ(p.quantiles[i].high, q.quantiles[i].high);
  const Beyond b = x.beyond(), c = y.beyond();
  EXPECT_EQ(b.numpy, c.numpy);
  EXPECT_EQ(b.torch, c.torch);
  EXPECT_EQ(b.ulp, c.ulp);
  ASSERT_EQ(x.worst().size(), y.worst().size());
  for (std::size_t i = 0; i < x.worst().size(); ++i) EXPECT_EQ(x.worst()[i].index, y.worst()[i].index);
}

TEST(PairScan, BlocksGiveWhatOneAtATimeGives) {
  for (const Data& data : all_pairs()) {
    SCOPED_TRACE(testing::Message() << name_of(data.dtype_a) << " and " << name_of(data.dtype_b));
    PairState one(rules_of(data));
    const auto element = [](const Bytes& bytes, DType dtype, std::int64_t i) {
      return load_exact(dtype, bytes.data() + static_cast<std::size_t>(i) * size_of(dtype));
    };
    for (std::int64_t i = 0; i < data.count; ++i)
      one.add(i, element(data.a, data.dtype_a, i), element(data.b, data.dtype_b, i));
    expect_same(scanned(data, 0, data.count), one);
  }
}

TEST(PairScan, AnySplitMergesToTheSame) {
  for (const Data& data : all_pairs()) {
    SCOPED_TRACE(testing::Message() << name_of(data.dtype_a) << " and " << name_of(data.dtype_b));
    const PairState whole = scanned(data, 0, data.count);
    for (const std::vector<std::int64_t>& cuts :
         {std::vector<std::int64_t>{0, 1, 1025, 5000}, {0, 2048, 4096, 5000}, {0, 4999, 5000}}) {
      PairState merged(rules_of(data));
      for (std::size_t i = cuts.size() - 1; i > 0; --i) merged.merge(scanned(data, cuts[i - 1], cuts[i]));
      expect_same(merged, whole);
    }
  }
}

TEST(PairScan, MixedDtypesAreComparedAfterExactWidening) {
  const std::vector<float> a{1, 2, 3};
  const std::vector<double> b{1, 2 + 0x1p-30, 3};
  PairScan scan({DType::float32, DType::float64, 0, 0, std::nullopt, 2});
  scan.add(0, std::as_bytes(std::span(a)), std::as_bytes(std::span(b)));
  const DiffFigures figures = scan.finish().figures();
  EXPECT_EQ(figures.identical, 2);
  EXPECT_EQ(figures.max_abs, 0x1p-30);
  EXPECT_EQ(figures.unit, DType::float32);
  EXPECT_EQ(figures.max_ulp, 0x1p-8);
}

TEST(PairScan, Integers64AreExactBeyondTheMantissaOfDouble) {
  const std::vector<std::int64_t> a{(std::int64_t{1} << 60) + 1, -5}, b{std::int64_t{1} << 60, -5};
  PairScan scan({DType::int64, DType::int64, 0, 0, std::nullopt, 2});
  scan.add(0, std::as_bytes(std::span(a)), std::as_bytes(std::span(b)));
  const PairState state = scan.finish();
  EXPECT_EQ(state.figures().identical, 1);
  EXPECT_EQ(state.figures().max_abs, 1);
  EXPECT_EQ(state.figures().max_float_distance, 1);
}

}  // namespace
}  // namespace roundoff
