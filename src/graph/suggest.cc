#include "graph/suggest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"
#include "ops/op.h"

namespace roundoff {
namespace {

struct Alias {
  std::string_view name, op;
};

// Names of NumPy, PyTorch, TensorFlow and SciPy for ops that the array API standard (or ONNX) names otherwise. They are
// never accepted: the same name can mean another function elsewhere.
constexpr std::array kAliases = std::to_array<Alias>({
    {"absolute", "abs"},
    {"amax", "max"},
    {"amin", "min"},
    {"arccos", "acos"},
    {"arccosh", "acosh"},
    {"arcsin", "asin"},
    {"arcsinh", "asinh"},
    {"arctan", "atan"},
    {"arctan2", "atan2"},
    {"arctanh", "atanh"},
    {"cast", "astype"},
    {"cat", "concat"},
    {"concatenate", "concat"},
    {"cumprod", "cumulative_prod"},
    {"cumsum", "cumulative_sum"},
    {"div", "divide"},
    {"dot", "matmul"},
    {"expit", "sigmoid"},
    {"fabs", "abs"},
    {"fix", "trunc"},
    {"fmax", "maximum"},
    {"fmin", "minimum"},
    {"fmod", "remainder"},
    {"gammaln", "lgamma"},
    {"inv", "reciprocal"},
    {"ln", "log"},
    {"logistic", "sigmoid"},
    {"mm", "matmul"},
    {"mod", "remainder"},
    {"mul", "multiply"},
    {"neg", "negative"},
    {"permute", "permute_dims"},
    {"power", "pow"},
    {"reduce_logsumexp", "logsumexp"},
    {"reduce_max", "max"},
    {"reduce_mean", "mean"},
    {"reduce_min", "min"},
    {"reduce_prod", "prod"},
    {"reduce_std", "std"},
    {"reduce_sum", "sum"},
    {"reduce_variance", "var"},
    {"rint", "round"},
    {"sgn", "sign"},
    {"sub", "subtract"},
    {"transpose", "permute_dims"},
    {"true_divide", "divide"},
});

}  // namespace

std::string suggest_op(std::string_view name) {
  const std::string_view last = name.substr(name.rfind('.') + 1);
  if (find_op(last) != nullptr) return fmt::format("did you mean {}?", last);
  const auto* alias = std::find_if(kAliases.begin(), kAliases.end(), [last](const Alias& a) { return a.name == last; });
  if (alias != kAliases.end() && find_op(alias->op) != nullptr) return fmt::format("did you mean {}?", alias->op);
  std::vector<std::string> names;
  for (const auto& [op_name, op] : all_ops()) names.push_back(op_name);
  const std::vector<std::string> near = nearest(last, names);
  if (near.empty()) return "`roundoff ops` lists the ops";
  return fmt::format("did you mean {}?", either(near));
}

std::string shortened(std::string_view text) {
  constexpr std::size_t kMost = 40;
  return text.size() <= kMost ? std::string(text) : std::string(text.substr(0, kMost)) + "…";
}

}  // namespace roundoff
