#include "run/compare.h"

#include <algorithm>
#include <filesystem>

#include "run/function.h"

namespace roundoff {
namespace {

constexpr std::chrono::milliseconds kTimingOfAFunction{2000};
constexpr std::chrono::milliseconds kTimingOfAll{8000};

/// Inputs of the command line that no function has.
Status check_unused(const Plan& plan, const std::vector<Function>& functions) {
  for (const Binding& b : plan.inputs) {
    const bool used = std::ranges::any_of(functions, [&](const Function& f) { return f.inputs.contains(b.name); });
    if (used) continue;
    std::string names;
    for (const Function& f : functions) {
      for (const auto& [name, array] : f.ordered) names += (names.empty() ? "" : ", ") + name;
    }
    return Error{Code::usage, "no function has an input '" + b.name + "'", "--input",
                 names.empty() ? "there are no inputs" : "inputs: " + names};
  }
  return {};
}

std::string folder_of(const Plan& plan, std::size_t index) {
  return plan.functions.size() == 1 ? plan.save
                                    : (std::filesystem::path(plan.save) / std::to_string(index + 1)).string();
}

}  // namespace

Status compare(const Plan& plan, const std::vector<Environment>& environments, Workers& workers,
               const Listener& listener) {
  if (plan.functions.size() != 1 && !plan.recorded.empty()) {
    return Error{Code::usage, "--recorded belongs to one function", "--recorded", "write it into a suite"};
  }
  std::vector<Function> functions;
  for (const FunctionPlan& function : plan.functions) {
    ROUNDOFF_TRY(Function prepared, prepare(plan, function, environments, workers));
    functions.push_back(std::move(prepared));
  }
  ROUNDOFF_CHECK(check_unused(plan, functions));
  ROUNDOFF_CHECK(execute(functions, plan, workers, listener.progress));
  std::chrono::milliseconds left = kTimingOfAll;
  for (std::size_t i = 0; i < functions.size(); ++i) {
    if (!plan.save.empty()) ROUNDOFF_CHECK(save(functions[i], folder_of(plan, i)));
    const auto begin = std::chrono::steady_clock::now();
    time_calls(functions[i], plan, workers, std::min(left, kTimingOfAFunction));
    left -=
        std::min(left, std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin));
  }
  for (Function& function : functions) {
    listener.report(report_of(function, plan, workers));
    function = {};  // its arrays are not needed any more
  }
  return {};
}

}  // namespace roundoff
