// Arrays from anywhere, pair by pair.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "io/tensors.h"
#include "io/whole.h"
#include "metrics/diff/state.h"
#include "roundoff/diff.h"
#include "run/compare.h"

namespace roundoff {

/// What a's tensors are called in b: a glob ("layers.*.w" → "h.*.weight", each * standing for the same text) or
/// "/regex/" with $1, $2, ….
struct NameRule {
  std::string from, to;
};
/// Lines of "FROM -> TO" (or "FROM TO" where neither holds a blank); '#' begins a comment. Code::input names the line.
[[nodiscard]] Result<std::vector<NameRule>> read_name_map(const std::string& path);
/// The name after the first rule that fits it; itself where none does.
[[nodiscard]] Result<std::string> renamed(const std::vector<NameRule>& rules, const std::string& name);

struct DiffPlan {
  std::string a, b;
  OpenOptions open;
  std::vector<NameRule> map;
  std::vector<std::size_t> axes;  ///< of a, as permuted() takes them; empty: as they are
  std::optional<double> rtol, atol;
  std::optional<std::int64_t> max_ulp;
  bool findings = true;
  std::size_t worst = 5;
  std::string expression;  ///< empty: the arrays alone
  Plan compare;            ///< with an expression: inputs and what else compare() wants
  std::string repro;
};

/// The axes of "NHWC:NCHW". Code::usage where the sides are not the same letters, each once.
[[nodiscard]] Result<std::vector<std::size_t>> axes_of_layout(std::string_view text);
/// The axes of "0,3,1,2".
[[nodiscard]] Result<std::vector<std::size_t>> axes_of_list(std::string_view text);

struct DiffListener {
  std::function<void(const std::string&)> progress;
};

/// Opens both, pairs their tensors and measures each pair; with an expression also compares both with its truth.
[[nodiscard]] Result<DiffReport> diff(const DiffPlan& plan, const std::vector<Environment>& environments,
                                      Workers& workers, const DiffListener& listener);

/// 1: a verdict among `fail_on`, a tolerance that was asked for is exceeded, another shape, or a tensor without a
/// partner; 5: nothing of that, but arrays that differ and nobody said how far they may; 0.
[[nodiscard]] int exit_code_of(const DiffReport& report, const DiffPlan& plan, const std::set<Class>& fail_on);

/// Tolerances that torch.testing.assert_close has for a dtype: rtol, atol.
[[nodiscard]] std::pair<double, double> default_tolerance(DType unit);

/// A tensor that is measured.
struct DiffSide {
  const TensorFile* file = nullptr;
  std::size_t index = 0;
  Result<WholeTensor> whole;  ///< an Error of Code::resource: it is too large to set aside, and is read in parts
  [[nodiscard]] const TensorInfo& info() const { return file->tensors()[index]; }
};
/// Opens it. What is compressed or in another order is read once here, so that nothing after it reads it anew.
[[nodiscard]] Result<DiffSide> open_side(const TensorFile& file, std::size_t index);

/// With an expression: the truth, and what it makes of the only pair, into the report.
[[nodiscard]] Status add_truth(DiffReport& report, const DiffPlan& plan, const TensorFile& a, const TensorFile& b,
                               const std::pair<std::size_t, std::size_t>& pair,
                               const std::vector<Environment>& environments, Workers& workers,
                               const DiffListener& listener);

/// The numbers that it holds: two of a complex element.
[[nodiscard]] inline std::int64_t components_of(const TensorInfo& info) {
  return info.count * (info.type.complex ? 2 : 1);
}
/// All elements of both, in one reading, by as many threads as both can be read by.
[[nodiscard]] Result<PairState> measure_sides(const DiffSide& a, const DiffSide& b, const PairRules& rules,
                                              const std::function<void(std::int64_t)>& done);
/// The stored elements [index, index + 1) of a side.
[[nodiscard]] Result<std::uint64_t> stored_bits(const DiffSide& side, std::int64_t component);

}  // namespace roundoff
