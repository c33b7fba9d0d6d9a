// A cause is a replay: a hypothesis about the arithmetic, evaluated to bits and compared with the backend's.
// ONE FILE PER CAUSE in this folder defines make_NAME() for NAME.cc.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backends/backend.h"
#include "metrics/metric.h"
#include "roundoff/report.h"

namespace roundoff {

/// Runs one op on the live backend with other arguments (same shapes and dtypes as the subject's): how structure is probed.
using Probe = std::function<Result<Array>(std::span<const Array> in)>;

/// What is to be explained: one node of one backend's run, from the backend's own bits of its arguments; or the whole function.
struct Subject {
  const Graph* graph = nullptr;   ///< as written (gradient nodes included), inferred
  int node = -1;                  ///< the node under explanation
  bool whole = false;             ///< the arguments are the graph's inputs, `node` is its output (always so where no trace exists)
  std::span<const Array> in;      ///< node: its arguments; whole: the graph's inputs in order of Graph::inputs()
  const Array* out = nullptr;     ///< the backend's bits
  const Array* exact = nullptr;   ///< the correctly rounded result from `in`
  BackendName backend;
  std::string version;
  Probe probe;                    ///< empty for recorded outputs and whole functions of several ops
  struct Other {
    std::string name;             ///< of another backend whose arguments of this node have the same bits
    const Array* out;
  };
  std::vector<Other> others;
};

struct Hypothesis {
  std::string name;    ///< "summed left to right in float32"
  std::string detail;  ///< parameters: "8 lanes, pairwise from 128"
  Class effect = Class::rounding;  ///< what it makes of the verdict: rounding, precision_mode, dtype or semantics
  std::function<Result<Array>()> replay;
};

struct Cause {
  std::string name;
  std::string summary;
  std::string source;  ///< paper, standard or library that does it
  /// The hypotheses that make sense for the subject; empty where none does. Cheap: the work is in replay().
  std::function<std::vector<Hypothesis>(const Subject&)> hypotheses;
};

[[nodiscard]] const std::vector<Cause>& all_causes();

/// A matching hypothesis with its evidence; `effect` goes to the verdict.
struct Finding {
  CauseReport report;
  Class effect = Class::rounding;
  int node = -1;
};

/// Replays every hypothesis of every cause on the subject. The first finding is the one to name (most specific evidence first, then the order of the
/// causes); a subject that is correctly rounded throughout has nothing to explain and gets the one finding "correctly rounded". Where
/// nothing matches: the best partial match, not proven, if it explains more than nine tenths; else nothing.
[[nodiscard]] Result<std::vector<Finding>> explain(const Subject& subject);

}  // namespace roundoff
