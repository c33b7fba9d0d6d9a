#include <algorithm>

#include "base/text.h"
#include "run/compare.h"

namespace roundoff {
namespace {

const std::vector<Class>& all_classes() {
  static const std::vector<Class> all{
      Class::identical, Class::rounding,  Class::large_rounding,   Class::ill_conditioned, Class::precision_mode,
      Class::dtype,     Class::semantics, Class::nondeterministic, Class::unexplained,     Class::undetermined};
  return all;
}

}  // namespace

void ExitCode::add(const FunctionReport& report) {
  open_ = open_ || report.undecided > 0 || !report.certified;
  const bool failed = std::ranges::any_of(report.skipped, &Skipped::failed);
  failed_ = failed_ || failed;
  bare_ = bare_ || (report.backends.empty() && !failed);
  for (const BackendReport& backend : report.backends) beyond_ = beyond_ || fail_on_.contains(backend.verdict.verdict);
}

int ExitCode::value() const {
  if (bare_) return static_cast<int>(Code::environment);
  if (failed_) return static_cast<int>(Code::worker);
  if (beyond_) return 1;
  return open_ ? static_cast<int>(Code::undecided) : 0;
}

std::set<Class> default_fail_on() {
  std::set<Class> out;
  for (const Class c : all_classes()) {
    if (beyond_rounding(c)) out.insert(c);
  }
  return out;
}

Result<std::set<Class>> parse_fail_on(std::string_view text) {
  std::set<Class> out;
  if (text == "none") return out;
  std::vector<std::string> names;
  for (const Class c : all_classes()) names.push_back(name_of(c));
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    const std::string word(text.substr(at, comma - at));
    at = comma + 1;
    const auto found = std::ranges::find(names, word);
    if (found == names.end()) {
      const std::vector<std::string> near = nearest(word, names);
      return Error{Code::usage, "'" + word + "' is no verdict", "--fail-on",
                   near.empty() ? "verdicts: " + either(names) : "did you mean " + either(near) + "?"};
    }
    out.insert(all_classes()[static_cast<std::size_t>(found - names.begin())]);
  }
  return out;
}

}  // namespace roundoff
