// One output against the truth of one element: by the op's double-double form, and by balls at rising precision, the
// last tier, and the definition that the faster ones must agree with.
#pragma once

#include <optional>
#include <span>

#include "metrics/sweep/tally.h"
#include "ops/op.h"

namespace roundoff::sweep {

/// What an output is, compared with the truth.
struct Measured {
  bool decided = false;  ///< nothing below holds where not
  bool correct = false;  ///< y has the bits of R
  bool real = false;     ///< y and R are finite: `error` and `bin` hold
  double error = 0;      ///< (y − t) / ulp(t) to float64's accuracy
  int bin = 0;           ///< of the real error
  std::array<bool, kBreaks> broken{};
};

/// The bin of an error of a size between two bounds; nullopt where an edge lies between, or at the lower end (edges
/// belong to the bin below).
[[nodiscard]] std::optional<int> bin_between(double least, double most);
/// ⌊e · 2^kSumBits + 1/2⌋ for |e| < kBeyond.
[[nodiscard]] std::int64_t steps_of(double e);
inline constexpr double kBeyond = 0x1p30;  ///< ulps: larger errors are rare and summed as they come

/// Conversions between numbers and patterns of a float dtype; a NaN becomes the quiet one without payload.
[[nodiscard]] double value_of(DType dtype, std::uint64_t pattern);
[[nodiscard]] std::uint64_t pattern_of(DType dtype, double value);

class Elements {
 public:
  /// `op` is elementwise and outlives this.
  Elements(const Op& op, Attrs attrs, DType dtype);

  [[nodiscard]] Measured measure(std::span<const double> x, double y);
  /// The same against a ball that holds the truth; false where it is too wide.
  [[nodiscard]] bool measure(std::span<const double> x, double y, Ball& truth, Measured& out);
  /// Adds what y is, by the op's double-double form where that decides, else by measure().
  void add(std::span<const double> x, double y, Tally& tally);
  /// By measure() alone.
  void add_by_balls(std::span<const double> x, double y, Tally& tally);
  /// What was measured of one element, added to everything but the worst errors.
  static void add_counts(const Measured& m, const Example& at, Tier tier, Tally& tally);
  /// Its error to the worst ones, where it is a number.
  static void add_worst(const Measured& m, const Example& at, Tally& tally);
  /// One element of Tier::precise whose |error| lies in `bin`, to everything but sums and the worst errors.
  static void add_precise(int bin, bool below, Tally& tally);

  /// The correct rounding, raised until it is decided; nullopt at the cap. `out` is the last ball.
  [[nodiscard]] std::optional<double> nearest(std::span<const double> x, Ball& out);
  [[nodiscard]] const Elementwise& body() const { return body_; }
  [[nodiscard]] const Attrs& attrs() const { return attrs_; }
  [[nodiscard]] DType dtype() const { return dtype_; }

 private:
  void evaluate_at(std::span<const double> x, long prec, Ball& out);
  bool add_by_pair(std::span<const double> x, double y, Tally& tally);
  [[nodiscard]] Example example_of(std::span<const double> x, double y) const;
  void find_breaks(std::span<const double> x, double y, double nearest, Kind truth, Measured& out);
  bool flushes_input(std::span<const double> x, double y, double nearest);

  const Elementwise& body_;
  Attrs attrs_;
  DType dtype_;
  Format format_;
  std::array<Ball, 3> argument_;
};

}  // namespace roundoff::sweep
