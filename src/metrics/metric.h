// A metric is a number about an array and the truth, or about two arrays. ONE FILE PER METRIC in this folder defines make_NAME() for NAME.cc.
// State is integers, extremes under a total order and exact sums, so that any split merges to the same bytes.
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
  double output;        ///< the backend's value, widened exactly
  double error;         ///< |y − t| in float64 (relative error below 2^-50); NaN where one of them is not a finite real
  double ulps;          ///< error / ulp(t) in the truth's dtype; NaN likewise
  bool decided;         ///< the truth of this element is certified
  bool correct;         ///< y is the correctly rounded truth (zeros of either sign are alike where the truth is not an exact signed zero)
  double nearest;       ///< the correctly rounded truth
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

/// All metrics of an output against the truth. The shapes must agree (the caller checks).
[[nodiscard]] MetricValues measure(const Array& output, const Truth& truth);
/// The sample of one element: what "worst" shows.
[[nodiscard]] Sample sample_of(const Array& output, const Truth& truth, std::int64_t index);

/// Two arrays of one shape: the seeds' mean |Δ|, the largest, and how many elements have identical values (bits, NaN alike; across dtypes: values).
[[nodiscard]] PairValues measure_pair(const Array& a, const Array& b);

}  // namespace roundoff
