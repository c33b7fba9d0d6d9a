// The result model: everything a view may show. Views read this and nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "roundoff/array.h"

namespace roundoff {

/// The closed list of conclusions about one backend.
enum class Class {
  identical,
  rounding,
  large_rounding,
  ill_conditioned,
  precision_mode,
  dtype,
  semantics,
  nondeterministic,
  unexplained,
  undetermined
};
/// The closed list of conclusions about two.
enum class PairClass { identical, both_rounding, a_nearer, b_nearer, same_cause, neither, undetermined };
[[nodiscard]] std::string name_of(Class c);      ///< "large-rounding"
[[nodiscard]] std::string name_of(PairClass c);  ///< "both-rounding"
/// Whether a class says more than rounding: exit code 1.
[[nodiscard]] bool beyond_rounding(Class c);

/// NaN stands for "no such figure" (no element had one).
struct MetricValues {
  double mean_abs = 0, max_abs = 0, rms = 0;  ///< of |y − t|
  double max_ulp = 0, mean_ulp = 0;           ///< |y − t| / ulp(t)
  std::int64_t correctly_rounded = 0;
  std::int64_t count = 0;  ///< elements compared; undecided ones are not
  std::int64_t undecided = 0;
  std::int64_t nan_mismatches = 0, inf_mismatches = 0, zero_sign_mismatches = 0, subnormal_mismatches = 0;
  std::int64_t worst =
      -1;  ///< flat index of the largest ulp error (a mismatch of kind ranks above any number; ties: the first)
};

struct PairValues {
  double mean_abs = 0, max_abs = 0;  ///< of |a − b| where both are finite
  std::int64_t identical = 0, of = 0;
  std::int64_t mismatches = 0;  ///< elements where only one is NaN or infinite, or their infinities differ
};

/// A number of a dtype, shown in decimal and hex.
struct Number {
  double value = 0;
  DType dtype = DType::float64;
};

struct Worst {
  std::vector<std::int64_t> index;
  std::vector<std::pair<std::string, Number>> inputs;  ///< of elementwise functions: the input elements; else empty
  Number output;
  Number truth;  ///< correctly rounded to the truth's dtype
  double truth_hi = 0, truth_lo = 0, truth_radius = 0;
};

/// A proven (or only matching) hypothesis.
struct CauseReport {
  std::string name;   ///< "summed left to right in float32"
  std::string cause;  ///< the cause's file name, "left_to_right"
  std::string node;   ///< the part of the function it explains: "cumulative_sum"
  std::int64_t matched = 0, of = 0;
  bool proven = false;       ///< all bits match, and they are odd enough not to match by chance
  double evidence_bits = 0;  ///< Σ log2(1 + float distance) between the replay and the correctly rounded result
  std::int64_t also = 0;     ///< other hypotheses that match every bit as well
  std::vector<std::string> also_names;
  std::string detail;
};

/// IEEE 754 conformance of a single basic operation, apart from the verdict.
struct Conformance {
  std::string op;
  bool conforms = false;
  std::int64_t wrong = 0, of = 0;
};

struct VerdictReport {
  Class verdict = Class::undetermined;
  std::string reason;         ///< one plain sentence
  double sound_share = 0;     ///< largest error / sound budget
  double probable_share = 0;  ///< largest error / probabilistic budget
};

struct BackendReport {
  std::string name, framework, version, mode, environment;
  bool recorded = false;
  DType dtype = DType::float32;
  Shape shape;
  MetricValues metrics;
  std::optional<Worst> worst;
  VerdictReport verdict;
  std::vector<CauseReport> causes;
  std::optional<Conformance> ieee754;
  std::int64_t unstable = 0;
  int repeats = 0;
  double seconds = 0;  ///< median per warm call on this machine; 0: not timed
  std::map<std::string, std::string> provenance;
  std::vector<std::string> notes;
};

struct PairReport {
  std::string a, b;
  PairValues values;
  PairClass verdict = PairClass::undetermined;
  double factor = 1;   ///< how much nearer the nearer one is (mean |error|); +∞ where its error is 0
  std::string reason;  ///< one plain sentence
};

struct InputReport {
  std::string name;
  DType dtype = DType::float32;
  Shape shape;
  std::string sha256;
  std::string source;  ///< the specification or file it came from
};

struct Skipped {
  std::string name, reason, remedy;
  bool failed = false;  ///< a worker failed (exit code 4), as against: not here, or unsupported
};

struct Tolerance {
  double rtol = 0, atol = 0;
  std::string basis;  ///< what the figures rest on
};

struct FunctionReport {
  std::string title;       ///< what the suite calls it; may be empty
  std::string expression;  ///< what is computed; of an uncertified port, its file
  bool certified = false;
  std::int64_t undecided = 0;
  std::int64_t refined = 0;  ///< elements whose truth the fast tiers left open, so that it was computed again
  std::int64_t count = 0;
  DType dtype = DType::float32;  ///< what ulp refers to
  std::vector<InputReport> inputs;
  std::vector<BackendReport> backends;
  std::vector<PairReport> pairs;
  std::vector<Skipped> skipped;
  std::optional<Tolerance> tolerance;
  std::string machine;  ///< processor, threads: what the times refer to
  std::string repro;    ///< a one-line command
};

}  // namespace roundoff
