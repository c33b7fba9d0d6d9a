// A metric is a number about an array and the truth, or about two arrays. ONE FILE PER METRIC in this folder defines
// make_NAME() for NAME.cc. State is integers, extremes under a total order and exact sums, so that any split merges to
// the same bytes.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "roundoff/report.h"
#include "truth/truth.h"

namespace roundoff {

/// One element, as every metric sees it.
struct Sample {
  std::int64_t index;
  double output;  ///< the backend's value, widened exactly
  double error;  ///< |y − t| in float64 (relative error below 2^-50); NaN where undecided or where y or the rounded t
                 ///< is not finite
  double ulps;   ///< error / ulp(t) in the truth's dtype; NaN likewise
  double nearest;  ///< the correctly rounded truth
  bool decided;    ///< the truth of this element is certified
  bool correct;    ///< y is the correctly rounded truth (zeros of either sign are alike where the truth is not exactly
                   ///< zero)
  bool kind_differs;  ///< decided, and y is NaN or infinite where the rounded truth is not, or the other way round
  bool flushed;       ///< decided, and y is zero where the rounded truth is subnormal
};

class Metric {
 public:
  virtual ~Metric() = default;
  virtual void add(std::span<const Sample> samples) = 0;
  virtual void merge(const Metric& other) = 0;  ///< of the same kind
  virtual void write(MetricValues& out) const = 0;
};

struct MetricKind {
  std::string name;     ///< "max_ulp"
  std::string summary;  ///< its definition, for the reference page
  std::function<std::unique_ptr<Metric>()> make;
};
[[nodiscard]] const std::vector<MetricKind>& all_metrics();

/// All metrics of an output against the truth. The counts of elements must agree (the caller checks).
[[nodiscard]] MetricValues measure(const Array& output, const Truth& truth);
/// The samples of elements [begin, begin + out.size()).
void sample(const Array& output, const Truth& truth, std::int64_t begin, std::span<Sample> out);
/// The sample of one element: what "worst" shows.
[[nodiscard]] Sample sample_of(const Array& output, const Truth& truth, std::int64_t index);

/// |y − t| for a finite y and a real (or zero) t, whatever t rounds to; +∞ where it passes float64; NaN for every other
/// kind.
[[nodiscard]] double error_of(double y, const Enclosure& t);

/// Two arrays of one count: the seeds' mean |Δ|, the largest, and how many elements are identical (bits, NaN alike;
/// across dtypes: values). Elements where only one is NaN or infinite are counted as mismatches and are in neither
/// figure.
[[nodiscard]] PairValues measure_pair(const Array& a, const Array& b);

}  // namespace roundoff
