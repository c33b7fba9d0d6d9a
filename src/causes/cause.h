// A cause is a replay: a hypothesis about the arithmetic, evaluated to bits and compared with the backend's.
// ONE FILE PER CAUSE in this folder defines make_NAME() for NAME.cc; what several causes share lives in causes/replay/.
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

/// Runs one op on the live backend with other arguments (same shapes and dtypes as the subject's): how structure is
/// probed.
using Probe = std::function<Result<Array>(std::span<const Array> in)>;

/// What is to be explained: one node of one backend's run, from the backend's own bits of its arguments; or the whole
/// function.
struct Subject {
  const Graph* graph = nullptr;  ///< as written (gradient nodes included), inferred
  int node = -1;                 ///< the node under explanation
  bool whole = false;  ///< the arguments are the graph's inputs, `node` is its output (always so where no trace exists)
  std::span<const Array> in;     ///< node: its arguments; whole: the graph's inputs in order of Graph::inputs()
  const Array* out = nullptr;    ///< the backend's bits
  const Array* exact = nullptr;  ///< the correctly rounded result from `in`
  BackendName backend;
  std::string version;
  Probe probe;  ///< takes what `in` is; empty for recorded outputs, and where the caller has nothing to run
  struct Other {
    std::string name;  ///< of another backend whose arguments of this node have the same bits
    const Array* out;
  };
  std::vector<Other> others;
};

struct Hypothesis {
  std::string name;                ///< "summed left to right in float32"
  std::string detail = {};         ///< parameters: "8 lanes, pairwise from 128"
  Class effect = Class::rounding;  ///< what it makes of the verdict: rounding, precision_mode, dtype or semantics
  /// The bits that the hypothesis predicts for a subject: the one that it was made for, or the same node with other
  /// arguments of the same shapes (further evidence). An Error: it cannot be evaluated there.
  std::function<Result<Array>(const Subject&)> replay = {};
  /// Where a full replay is dear: a look at a part of the result; false rules the hypothesis out. May be absent.
  std::function<bool(const Subject&)> screen = {};
  /// Bound to these very arrays: further inputs neither confirm nor refute it.
  bool only_here = false;
  /// The plain arithmetic that the hypothesis denies. Where it gives other bits than the replay, these are evidence
  /// too, so that a wider accumulator shows even in sums that it rounds correctly. May be absent.
  std::function<Result<Array>(const Subject&)> against = {};
};

struct Cause {
  std::string name;
  std::string summary;
  std::string source;  ///< paper, standard or library that does it
  /// Where several hypotheses match every bit, the cause of the lowest rank is named: what says most about the
  /// arithmetic comes first.
  int rank = 50;
  /// Speaks of the whole function, not of its last op. The others see, of a whole function of several ops, that op
  /// alone, with the arguments that op by op correct rounding gives.
  bool whole_function = false;
  /// Dear: asked only where no other cause matches every bit.
  bool last_resort = false;
  /// The hypotheses that make sense for the subject; empty where none does. Cheap, except where structure is found by
  /// running the probe.
  std::function<std::vector<Hypothesis>(const Subject&)> hypotheses = {};
};

[[nodiscard]] const std::vector<Cause>& all_causes();

/// A matching hypothesis with its evidence; `effect` goes to the verdict.
struct Finding {
  CauseReport report;
  Class effect = Class::rounding;
  int node = -1;
};

/// Replays every hypothesis of every cause on the subject and answers at most one finding: what all bits agree with.
/// `also` counts the other hypotheses that match as well, bits of other backends left out where there is a better name.
/// It is proven when the evidence, Σ log2(1 + float distance) between the replay and the correctly rounded result,
/// reaches 12 bits more than log2 of the hypotheses tried: chance then does as well once in 4096. Thin evidence is
/// thickened by running the probe on up to 64 further seeded inputs, which can also refute. A subject that is correctly
/// rounded throughout has nothing to explain and gets the finding "correctly rounded". Where nothing matches, the
/// finding is not proven and its name begins with "unexplained": with the nearest hypothesis, if it explains more than
/// nine tenths of all elements and of those that are not correctly rounded; else, for sums and scans, with the elements
/// that are correctly rounded as what matches; else nothing. Errors: Code::usage where the subject is incomplete or its
/// shapes do not fit its node.
[[nodiscard]] Result<std::vector<Finding>> explain(const Subject& subject);

}  // namespace roundoff
