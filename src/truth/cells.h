// The double-double tier of ops of one argument that have no form of their own (Elementwise::pair): Taylor polynomials
// from Op::course.series, each with a rigorous bound. Numbers are cut into cells, 64 to a binade and sign; a cell's
// polynomial costs as much as a few dozen balls, so that only cells get one in which as many arguments of an array lie.
// Derivation of the bound: docs/tiers.md.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "kernels/double_double.h"
#include "ops/op.h"

namespace roundoff::truth {

class Cells {
 public:
  /// Arguments from which on an array may fill a cell.
  static constexpr std::int64_t kWorth = 48;

  /// For the arguments x(0) to x(count − 1); NaN where one is no matter. `op` is elementwise with one argument and has
  /// a series.
  Cells(const Op& op, const Attrs& attrs, std::int64_t count, const std::function<double(std::int64_t)>& x);

  /// f of every number of the interval lies in the answer: as Elementwise::pair, with the same ranges. No answer in
  /// cells without a polynomial, for intervals that leave their cell, and where f is too near to 0 for its sign.
  [[nodiscard]] DoubleDouble at(const DoubleDouble& x) const;

 private:
  static constexpr int kMostTerms = 16;
  static constexpr int kIndexBits = 6;            // of a significand, that tell a binade's cells apart
  static constexpr int kShift = 52 - kIndexBits;  // from a double's bits to its cell
  static constexpr std::size_t kCells = 1 << (12 + kIndexBits);

  /// f(centre + z·2^width) = 2^scale · (Σ a[k]·z^k ± …) for |z| ≤ kReach.
  struct Cell {
    double centre = 0;
    int width = 0, scale = 0;
    int longs = 0, terms = 0;  // of `terms` coefficients the first `longs` are added in doubled precision
    std::array<DoubleDouble, kMostTerms> a{};
    double rest = 0;       // bounds what the sum of the others, in double from a[].hi, is off
    double remainder = 0;  // bounds what the series leaves out
    double slope = 0;      // bounds |f'|, for z and before the scale
  };
  static std::size_t index_of(double x);
  static bool make(const Op& op, const Attrs& attrs, std::size_t index, Cell& cell);
  static bool bound(const Ball& centre, const Op& op, const Attrs& attrs, Cell& cell);

  std::vector<std::int32_t> place_;  // by index: in cells_, or −1
  std::vector<Cell> cells_;
};

}  // namespace roundoff::truth
