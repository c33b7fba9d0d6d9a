#include "run/sweep/unit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace roundoff::sweep {
namespace {

/// Elements of an array, shared or copied.
Array part_of(const Array& array, std::int64_t begin, std::int64_t count) {
  if (begin == 0 && count == array.size()) return array;
  Array out = Array::make(array.dtype(), {count}).value();
  const std::size_t size = size_of(array.dtype());
  std::memcpy(out.mutable_bytes().data(), array.bytes().data() + static_cast<std::size_t>(begin) * size,
              static_cast<std::size_t>(count) * size);
  return out;
}

std::vector<Array> parts_of(const std::vector<Array>& arrays, std::int64_t begin, std::int64_t count) {
  std::vector<Array> out;
  for (const Array& array : arrays) out.push_back(part_of(array, begin, count));
  return out;
}

Status check_output(const Function& function, const Slice& slice, const Array& y) {
  if (y.dtype() == function.result && y.size() == slice.count()) return {};
  return Error{Code::worker,
               fmt::format("it answers {}{}, and the function's result is {}[{}]", name_of(y.dtype()),
                           to_string(y.shape()), name_of(function.result), slice.count()),
               function.text, ""};
}

/// One side of zero within a unit of magnitudes, slice after slice.
class Side {
 public:
  Side(const Function& function, bool negative)
      : function_(function),
        stretches_(stretches_of(function.course.monotone, function.result, negative)),
        tally_(function.result) {}

  void add(const Slice& slice, const Array& y, Judge& judge, Item& item) {
    const Stripe stripe{function_.result, slice.negative, slice.first, y.bytes()};
    const auto first = static_cast<std::uint32_t>(pattern(slice));
    if (y.dtype() == DType::float32) {
      judge.patterns(first, y.as<float>(), tally_);
    } else {
      judge.patterns(first, y.as<std::uint16_t>(), tally_);
    }
    check_monotone(stripe, stretches_, item.monotone);
    if (edge_) {
      PairExample pair{.place = 0, .x = {pattern(slice) - 1, pattern(slice)}, .y = {edge_->last, stripe.output(0)}};
      pair.place = ordinal_of(function_.result, pair.x[0]);
      check_neighbours(function_.result, stretches_, pair, item.monotone);
    } else {
      edge_ = Edge{stripe.output(0), 0};
    }
    edge_->last = stripe.output(stripe.count() - 1);
  }

  [[nodiscard]] const Tally& tally() const { return tally_; }
  [[nodiscard]] const std::optional<Edge>& edge() const { return edge_; }

 private:
  [[nodiscard]] Bits pattern(const Slice& slice) const {
    return slice.first | (slice.negative ? patterns_of(function_.result).sign : 0);
  }

  const Function& function_;
  std::vector<Stretch> stretches_;
  Tally tally_;
  std::optional<Edge> edge_;
};

void mirror(const Function& function, const Slice& positive, const Array& p, const Slice& negative, const Array& n,
            Item& item) {
  if (function.course.parity == Parity::none || positive.count() == 0 || negative.count() == 0) return;
  const Bits first = std::max(positive.first, negative.first);
  const auto last = std::min(positive.first + static_cast<Bits>(positive.count()),
                             negative.first + static_cast<Bits>(negative.count()));
  if (first >= last) return;
  const auto cut = [&](const Slice& slice, const Array& y) {
    const std::size_t size = size_of(y.dtype());
    return Stripe{function.result, slice.negative, first,
                  y.bytes().subspan((first - slice.first) * size, (last - first) * size)};
  };
  check_parity(cut(positive, p), cut(negative, n), function.course.parity, item.mirrored);
}

Status judge_magnitudes(const Function& function, const Split& split, std::int64_t unit, Judge& judge,
                        const Outputs& outputs, Item& item) {
  Side sides[2] = {{function, false}, {function, true}};
  UnitRecord record;
  for (std::int64_t i = 0; i < split.slices(unit); i += 2) {
    Slice slice[2];
    Array y[2];
    for (int side = 0; side < 2; ++side) {
      slice[side] = split.slice(unit, i + side);
      if (slice[side].count() == 0) continue;
      ROUNDOFF_TRY(y[side], outputs(i + side, slice[side]));
      ROUNDOFF_CHECK(check_output(function, slice[side], y[side]));
      record.digest = chained(record.digest, digest_of(function.result, y[side].bytes()));
      sides[side].add(slice[side], y[side], judge, item);
    }
    mirror(function, slice[0], y[0], slice[1], y[1], item);
  }
  for (int side = 0; side < 2; ++side) {
    const Magnitudes magnitudes = split.magnitudes(unit, side == 1);
    if (magnitudes.empty()) continue;
    const Tally& tally = sides[side].tally();
    const Bits sign = side == 1 ? patterns_of(function.result).sign : 0;
    BinadeSum& sum = item.binades[tally.class_of(magnitudes.first | sign)];
    sum.count += tally.measured();
    sum.sum_abs += tally.sum_abs;
    item.tally.merge(tally);
    (side == 1 ? record.negative : record.positive) = sides[side].edge();
  }
  item.units[unit] = record;
  return {};
}

/// Elements of a sample, one by one; of functions of one argument their neighbours and mirrors as Strata draws them.
class SampleJudge {
 public:
  SampleJudge(const Function& function, const Split& split, const Slice& slice, const Array& y)
      : function_(function), slice_(slice), y_(y), first_drawn_(split.published()) {
    for (const bool negative : {false, true})
      stretches_.push_back(stretches_of(function.course.monotone, function.result, negative));
  }

  void add(std::int64_t i, Judge& judge, Item& item) const {
    std::vector<double> arguments;
    for (const Array& x : slice_.in) arguments.push_back(x.get(i));
    const mpz_class before = item.tally.sum_abs;
    const std::int64_t measured = item.tally.measured();
    judge.element(arguments, y_.get(i), item.tally);
    BinadeSum& sum = item.binades[item.tally.class_of(slice_.in[0].bits(i))];
    sum.count += item.tally.measured() - measured;
    sum.sum_abs += item.tally.sum_abs - before;
    compare(i, item);
  }

 private:
  void compare(std::int64_t i, Item& item) const {
    const std::int64_t drawn = slice_.place + i - first_drawn_;
    if (function_.arity() != 1 || drawn < 0) return;
    const DType dtype = function_.result;
    const Bits sign = patterns_of(dtype).sign;
    const auto pair = [&](std::int64_t from) {
      return PairExample{
          slice_.place + from, {slice_.in[0].bits(from), slice_.in[0].bits(i)}, {y_.bits(from), y_.bits(i)}};
    };
    if (drawn % 2 == 1 && i >= 1) {
      const PairExample neighbours = pair(i - 1);
      if (neighbours.x[1] == neighbours.x[0] + 1)
        check_neighbours(dtype, stretches_[(neighbours.x[0] & sign) != 0], neighbours, item.monotone);
    }
    if (drawn % 4 >= 2 && i >= 2 && function_.course.parity != Parity::none) {
      const PairExample mirrored = pair(i - 2);
      if ((mirrored.x[0] ^ mirrored.x[1]) == sign) check_mirror(dtype, mirrored, item.mirrored);
    }
  }

  void check_mirror(DType dtype, const PairExample& pair, PairCount& into) const {
    ++into.of;
    const Bits flip = function_.course.parity == Parity::odd ? patterns_of(dtype).sign : 0;
    const auto nan = [&](Bits y) { return (y & ~patterns_of(dtype).sign) > patterns_of(dtype).infinity; };
    if ((pair.y[0] ^ flip) == pair.y[1] || (nan(pair.y[0]) && nan(pair.y[1]))) return;
    ++into.broken;
    into.keep(pair);
  }

  const Function& function_;
  const Slice& slice_;
  const Array& y_;
  std::int64_t first_drawn_;
  std::vector<std::vector<Stretch>> stretches_;
};

Status judge_sample(const Function& function, const Split& split, std::int64_t unit, Judge& judge,
                    const Outputs& outputs, Item& item) {
  UnitRecord record;
  for (std::int64_t s = 0; s < split.slices(unit); ++s) {
    const Slice slice = split.slice(unit, s);
    ROUNDOFF_TRY(const Array y, outputs(s, slice));
    ROUNDOFF_CHECK(check_output(function, slice, y));
    record.digest = chained(record.digest, digest_of(function.result, y.bytes()));
    const SampleJudge sample(function, split, slice, y);
    for (std::int64_t i = 0; i < slice.count(); ++i) sample.add(i, judge, item);
  }
  item.units[unit] = record;
  return {};
}

bool same_output(const Array& a, std::int64_t i, const Array& b, std::int64_t j) {
  return a.bits(i) == b.bits(j) || (a.get(i) != a.get(i) && b.get(j) != b.get(j));
}

RepeatExample example_of(const Slice& slice, std::int64_t i, Bits first, Bits again) {
  RepeatExample example{.place = slice.place + i, .x = {}, .y = {first, again}};
  for (std::size_t k = 0; k < std::min<std::size_t>(2, slice.in.size()); ++k) example.x[k] = slice.in[k].bits(i);
  return example;
}

/// Outputs [begin, begin + again.size()) computed anew.
void compare_again(const Slice& slice, const Array& first, std::int64_t begin, const Array& again, RepeatCount& into) {
  into.of += again.size();
  for (std::int64_t j = 0; j < again.size(); ++j) {
    if (same_output(first, begin + j, again, j)) continue;
    ++into.differ;
    into.keep(example_of(slice, begin + j, first.bits(begin + j), again.bits(j)));
  }
}

}  // namespace

Status judge_unit(const Function& function, const Split& split, std::int64_t unit, Judge& judge, const Outputs& outputs,
                  Item& item) {
  return split.sampled() ? judge_sample(function, split, unit, judge, outputs, item)
                         : judge_magnitudes(function, split, unit, judge, outputs, item);
}

Status probe_repeat(const Slice& slice, const Array& first, Evaluator& evaluator, Item& item) {
  ROUNDOFF_TRY(const Array again, evaluator.evaluate(slice.in, Layout::plain));
  compare_again(slice, first, 0, again, item.unstable);
  return {};
}

Status probe_layout(const Slice& slice, const Array& first, Evaluator& evaluator, Item& item) {
  if (item.unstable.differ > 0) return {};  // what changes by itself says nothing about its place
  // Lengths with every remainder of the usual vectors, from all over the slice.
  constexpr std::int64_t kLengths[] = {1, 1, 2, 3, 5, 7, 9, 15, 17, 31, 33};
  const std::int64_t n = slice.count();
  std::int64_t at = 0;
  for (const std::int64_t length : kLengths) {
    if (length > n) break;
    const std::int64_t begin = at % (n - length + 1);
    ROUNDOFF_TRY(const Array alone, evaluator.evaluate(parts_of(slice.in, begin, length), Layout::shifted));
    compare_again(slice, first, begin, alone, item.layout);
    at += n / 11 + 3;
  }
  return {};
}

PairCount across_borders(const Function& function, const Split& split, const Item& item) {
  PairCount pairs;
  if (split.sampled() || function.course.monotone.empty()) return pairs;
  for (const bool negative : {false, true}) {
    const auto stretches = stretches_of(function.course.monotone, function.result, negative);
    const Bits sign = negative ? patterns_of(function.result).sign : 0;
    const auto edge = [&](const UnitRecord& record) { return negative ? record.negative : record.positive; };
    for (const auto& [unit, record] : item.units) {
      const auto next = item.units.find(unit + 1);
      if (next == item.units.end() || !edge(record) || !edge(next->second)) continue;
      const Bits x = split.magnitudes(unit + 1, negative).first | sign;
      PairExample pair{.place = 0, .x = {x - 1, x}, .y = {edge(record)->last, edge(next->second)->first}};
      pair.place = ordinal_of(function.result, pair.x[0]);
      check_neighbours(function.result, stretches, pair, pairs);
    }
  }
  return pairs;
}

std::string digest_of(const Item& item) {
  std::string text;
  for (const auto& [unit, record] : item.units)
    text += fmt::format("{} {:016x} {:016x}\n", unit, record.digest[0], record.digest[1]);
  return sha256_hex(text);
}

}  // namespace roundoff::sweep
