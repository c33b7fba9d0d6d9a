// What a sweep keeps of one function: integers, and extremes under a total order. Any split of the inputs over calls,
// threads, processes or machines merges to the same bytes. Definitions and bounds: docs/sweep_truth.md.
#pragma once

#include <gmpxx.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "roundoff/array.h"

namespace roundoff::sweep {

// ---- bins of the signed ulp error (y − t) / ulp(t) ------------------------------------------------------------------

/// On each side of the central bin [−1/8, 1/8]: eighths up to 4 ulp, then octaves up to 2^30 ulp, then what is beyond.
/// Bin k > 0 holds lower(k) < e ≤ lower(k + 1), bin −k the negatives of these.
inline constexpr int kFineBins = 31, kSideBins = 60;
inline constexpr std::size_t kBins = 2 * kSideBins + 1;
/// The lower edge of bin k > 0: k/8 for k ≤ 32, then 4·2^(k − 32).
[[nodiscard]] double lower_edge(int k);
/// The bin of an error that is exactly e (no NaN).
[[nodiscard]] int bin_of(double e);

/// Sums count in multiples of 2^-12 ulp: each error is rounded to one, off by at most kSumError in all.
inline constexpr int kSumBits = 12;
inline constexpr double kSumError = 0x1p-13 + 0x1p-19;
/// Worst errors are compared as ⌊|e| · 2^16⌋; of equals the smallest input pattern is kept.
inline constexpr int kWorstBits = 16;

// ---- what is kept ---------------------------------------------------------------------------------------------------

/// What a result breaks besides accuracy. R is the truth, rounded correctly.
enum class Break : std::uint8_t {
  nan_missing,        ///< the function has no value here, y is not NaN
  nan_unexpected,     ///< y is NaN, R is not
  infinity_missing,   ///< the truth is ±∞ (a pole, an infinite input), y is something else
  overflow_missing,   ///< R is ±∞ because the real truth is beyond the format, y is not R
  overflow_spurious,  ///< R is finite, y is ±∞
  zero_sign,          ///< y and R are zeros of different signs
  flushed_output,     ///< R is subnormal, y is ±0
  flushed_input,      ///< x is subnormal, y is R of the zero of x's sign, and not R of x
};
inline constexpr std::size_t kBreaks = 8;
/// "NaN missing", … in the order of the enumeration: also the keys of the stored form (with underscores).
[[nodiscard]] std::string_view name_of(Break kind);

/// Bits of the arguments, in the dtype; unused ones are 0.
using Pattern = std::array<std::uint64_t, 2>;

struct Example {
  Pattern input{};
  std::uint64_t output = 0;
};

/// How many elements of a kind, and the one with the smallest pattern.
struct Broken {
  std::int64_t count = 0;
  Example first;  ///< meaningless where count is 0
};

/// The worst error of a class of inputs. Its truth is not kept: the op's own evaluation gives it again.
struct Worst {
  double ulps = -1;    ///< |e| to float64's accuracy; −1: no element yet
  bool below = false;  ///< y < t
  Example at;
};

/// Which tier settled an element.
enum class Tier : std::uint8_t {
  known,    ///< the correct result follows from a bound on the whole block (identities, saturated tails, steps)
  block,    ///< the vector kernel on the block's polynomial
  precise,  ///< the same polynomial in double, or rows of rotations: for what the kernel's bound left open
  ball,     ///< Arb, one element at a time
};
inline constexpr std::size_t kTiers = 4;
[[nodiscard]] std::string_view name_of(Tier tier);

class Tally {
 public:
  /// Of a float dtype.
  explicit Tally(DType dtype);

  [[nodiscard]] DType dtype() const { return dtype_; }
  std::int64_t elements = 0;                    ///< judged: inputs that are not NaN
  std::int64_t correct = 0;                     ///< y has the bits of R (any NaN where R is one)
  std::int64_t undecided = 0;                   ///< open at the cap: in no other figure but `elements` and `tiers`
  std::array<std::int64_t, kBins> histogram{};  ///< of elements where y and R are finite; index kSideBins + bin
  mpz_class sum, sum_abs;                       ///< of e and |e| over the same elements, in units of 2^-kSumBits ulp
  std::array<Broken, kBreaks> broken{};
  std::array<std::int64_t, kTiers> tiers{};
  /// By sign and exponent field of the first argument, the sign first: index = pattern >> (precision − 1).
  std::vector<Worst> worst;

  [[nodiscard]] std::int64_t measured() const;          ///< elements in the histogram
  [[nodiscard]] std::int64_t above(double ulps) const;  ///< of these, those with |e| > ulps, an edge of the bins
  [[nodiscard]] double mean() const;                    ///< of e; NaN where nothing was measured
  [[nodiscard]] double mean_abs() const;                ///< of |e|; both within kSumError of the real mean
  [[nodiscard]] Worst worst_of_all() const;             ///< by the order above
  [[nodiscard]] std::size_t class_of(std::uint64_t pattern) const;  ///< index into `worst`

  void add_break(Break kind, const Example& example, std::int64_t count = 1);
  void add_worst(const Worst& candidate);
  /// Associative and commutative, to the byte of save(). The dtypes must agree.
  void merge(const Tally& other);

  /// One line of JSON, the same bytes for the same contents: "roundoff.tally/1".
  [[nodiscard]] std::string save() const;
  [[nodiscard]] static Result<Tally> load(std::string_view text);

 private:
  DType dtype_;
};

/// ⌊ulps · 2^kWorstBits⌋, what worst errors are compared by; exact up to 2^37 ulp, the double itself beyond.
[[nodiscard]] double worst_level(double ulps);
/// Whether `a` is the worse of two in the order above (a stored tie is broken by output bits, for equal patterns).
[[nodiscard]] bool worse(const Worst& a, const Worst& b);

}  // namespace roundoff::sweep
