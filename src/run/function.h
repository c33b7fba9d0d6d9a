// One function on its way through the pipeline. Inside the room only: the result model is roundoff/report.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backends/resolve.h"
#include "run/plan.h"
#include "run/workers.h"
#include "verdict/verdict.h"

namespace roundoff {

/// One backend of one function.
struct Entry {
  std::string label;
  BackendName name;
  const NativeLibrary* native = nullptr;
  bool recorded = false;
  bool extra = false;  ///< a port's function in a further environment of its framework, which nobody asked for by name
  std::optional<Result<Run>> run;   ///< nullopt: has not answered yet
  std::optional<Result<Run>> wide;  ///< of an uncertified port: the same code in float64
  std::optional<Truth> own_truth;   ///< made of `wide`
  bool done = false;                ///< measured, or known to have failed
  std::string unfit;                ///< why an answer cannot be compared: another shape than the function's
  MetricValues metrics;
  Standing standing;
  [[nodiscard]] bool answered() const { return run && run->ok() && unfit.empty(); }
};

struct Function {
  FunctionPlan plan;      ///< with what the command line says, inputs spelled out
  bool certified = true;  ///< there is an expression
  Graph graph;            ///< as written, inferred; empty where not certified
  Graph plain;            ///< the same without gradient nodes
  Inputs inputs;
  std::vector<std::pair<std::string, Array>> ordered;  ///< the same in the order of the graph's inputs or of the plan
  std::vector<InputReport> input_reports;
  std::vector<Entry> entries;
  std::vector<Skipped> skipped;
  std::optional<Truth> truth;

  /// The truth that an entry is compared with; nullptr where there is none.
  [[nodiscard]] const Truth* truth_of(const Entry& entry) const {
    if (certified) return truth ? &*truth : nullptr;
    return entry.own_truth ? &*entry.own_truth : nullptr;
  }
  /// The op, where the function is one op of inputs and constants; else nullptr.
  [[nodiscard]] const Node* single_op() const;
  /// The names of the graph's inputs, in its order.
  [[nodiscard]] std::vector<std::string> graph_inputs() const;
  /// What a function is called in progress lines.
  [[nodiscard]] const std::string& text() const { return plan.port.empty() ? plan.expression : plan.port; }
};

/// Inputs made, expression read, backends chosen, recorded outputs loaded. Nothing has been run; a port has been read.
[[nodiscard]] Result<Function> prepare(const Plan& plan, const FunctionPlan& function,
                                       const std::vector<Environment>& environments, Workers& workers);

/// Outputs from elsewhere: a .npy file, or a listing of one number a line ('#' begins a comment) for the dtype and
/// shape of the function.
[[nodiscard]] Result<Array> read_recorded(const std::string& path, DType dtype, const Shape& shape);

/// Code::input at `place` where an array cannot be an output of that dtype and shape.
[[nodiscard]] Status check_recorded(const Array& array, DType dtype, const Shape& shape, const std::string& place);

using Say = std::function<void(const std::string&)>;

/// Runs every backend of every function, workers side by side, and certifies the truths meanwhile; a line for each
/// backend as soon as both its answer and the truth are there. Then metrics and standing are filled in. The Error is a
/// truth's.
[[nodiscard]] Status execute(std::vector<Function>& functions, const Plan& plan, Workers& workers, const Say& say);

/// Times warm calls, one backend at a time with nothing else running, for at most `limit`; what is left then stays
/// untimed.
void time_calls(Function& function, const Plan& plan, Workers& workers, std::chrono::milliseconds limit);

struct Explanation {
  std::vector<Finding> findings;
  std::string note;  ///< on what it rests, where that is not plain
};

/// The causes of each entry's bits, in the order of the entries; empty for those that have none or did not answer.
[[nodiscard]] std::vector<Explanation> explain_all(const Function& function, const Plan& plan, Workers& workers);

/// Truths of the variants of the function: each op in turn as other frameworks mean it. Those that cannot be certified
/// are left out.
[[nodiscard]] std::vector<std::pair<std::string, Truth>> variant_truths(const Function& function);

/// The truth for the inputs with their subnormals taken as 0; nullopt where they have none, or it cannot be certified.
[[nodiscard]] std::optional<Truth> truth_without_subnormals(const Function& function);

/// Metrics, causes and truths to the result model.
[[nodiscard]] FunctionReport report_of(const Function& function, const Plan& plan, Workers& workers);

/// Writes inputs, outputs and truth: docs/saved.md says which files.
[[nodiscard]] Status save(const Function& function, const std::string& directory);

/// "AMD EPYC 9B14, 2 threads"
[[nodiscard]] std::string machine_text();

}  // namespace roundoff
