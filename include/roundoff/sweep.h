// The result model of a sweep: one function of one backend over many inputs. Views read this and nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "roundoff/report.h"

namespace roundoff {

/// One input of a sweep, with what the backend made of it. `truth` is the correctly rounded value.
struct SweepPoint {
  std::vector<Number> inputs;
  Number output;
  Number truth;
  double ulps = 0;  ///< signed (y − t) / ulp(t); NaN where there is no such figure
};

/// The largest error among the inputs of one sign and binade.
struct SweepBinade {
  bool negative = false;
  int exponent = 0;  ///< of the first argument: 2^exponent ≤ |x| < 2^(exponent+1); zero and subnormals: emin − 1
  std::int64_t count = 0;  ///< inputs whose error is a number
  double mean_ulp = 0;     ///< mean |error|; NaN where count is 0
  double max_ulp = 0;      ///< largest |error|; NaN where count is 0
  std::optional<SweepPoint> worst;
};

/// Inputs whose signed error in ulp lies in [low, high).
struct SweepBin {
  double low = 0, high = 0;
  std::int64_t count = 0;
};

/// A kind of contract that a function breaks: inputs where it does, and the first of them.
struct SweepBreak {
  std::string kind;  ///< "nan", "infinity", "zero-sign", "overflow", "underflow"
  std::string text;  ///< "NaN where the truth is a number"
  std::int64_t count = 0;
  std::optional<SweepPoint> example;
};

/// A property of neighbouring or mirrored inputs.
struct SweepRelation {
  bool checked = false;    ///< the function has the property somewhere in the range
  std::int64_t count = 0;  ///< pairs that break it
  std::int64_t of = 0;     ///< pairs looked at
  /// The first breaking pair in the order of the sweep: outputs and inputs; no truth.
  std::vector<SweepPoint> example;
};

/// Whether the same input gave other bits in another call.
struct SweepRepeat {
  std::int64_t count = 0;             ///< inputs that did
  std::int64_t of = 0;                ///< inputs tried
  std::optional<SweepPoint> example;  ///< `output` as first computed, `truth` as computed again
};

struct SweepFlushes {
  std::int64_t inputs = 0;   ///< subnormal arguments that gave what zero gives, where the truth differs
  std::int64_t outputs = 0;  ///< results of zero where the correctly rounded one is subnormal
};

/// Another backend of the same sweep.
struct SweepTwin {
  std::string backend;
  std::int64_t chunks = 0, of = 0;  ///< chunks with the same bits throughout
};

struct SweepReport {
  std::string op;       ///< "exp", or "gelu(x, approximate='tanh')"
  std::string backend;  ///< as asked for: "glibc:vector", "./mine.so:fn"
  std::string version;
  DType dtype = DType::float32;
  std::vector<std::string> ranges;  ///< one for each argument
  bool exhaustive = false;          ///< every input of the range was tried
  bool sampled = false;             ///< the inputs are a sample; else each of the range, in so far as it was reached
  std::uint64_t seed = 0;           ///< of the sample
  std::int64_t count = 0, of = 0;   ///< inputs tried, and inputs of the plan
  std::int64_t chunks = 0, chunks_of = 0;

  std::int64_t measured = 0;  ///< inputs whose error is a number: output and truth are finite
  std::int64_t correctly_rounded = 0;
  std::int64_t undecided = 0;                                          ///< inputs whose truth stayed open at the cap
  std::int64_t above_half = 0, above_1 = 0, above_2 = 0, above_4 = 0;  ///< |error| in ulp
  double mean_ulp = 0;                                                 ///< of |error|; NaN where measured is 0
  std::optional<SweepPoint> worst;                                     ///< of the largest |error|; the first of equals
  std::vector<SweepBinade> binades;         ///< by ascending x: negative ones by falling exponent, then positive
  std::vector<SweepBin> histogram;          ///< ascending
  std::vector<SweepBreak> contract_breaks;  ///< those that occur
  SweepRelation monotonicity, symmetry;
  SweepRepeat unstable;  ///< the very same call again
  SweepRepeat layout;    ///< alone, in a short array, at another alignment
  SweepFlushes flushes;
  std::vector<SweepTwin> twins;
  std::string digest;          ///< of all outputs; the same for any split, order and number of threads
  std::int64_t published = 0;  ///< published worst cases among the inputs

  double allowance = 0;  ///< ulps that an honest implementation may be off; 0: none stated
  std::string allowance_source;
  bool beyond = false;                ///< says more than rounding: exit code 1
  std::vector<std::string> findings;  ///< plain sentences, most important first

  double seconds = 0;  ///< of this machine, all runs of the state together; 0: not timed
  std::map<std::string, std::string> provenance;
  std::vector<std::string> notes;
  std::map<std::string, std::int64_t> tiers;  ///< inputs by the tier that certified them
  std::string repro;                          ///< a one-line command
};

/// All backends of one op, and those that do not have it.
struct SweepFunction {
  std::string op;
  DType dtype = DType::float32;
  std::vector<SweepReport> reports;
  std::vector<Skipped> skipped;
};

}  // namespace roundoff
