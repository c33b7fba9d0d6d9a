// From what a sweep kept to the result model.
#pragma once

#include "run/sweep/unit.h"

namespace roundoff::sweep {

/// The reports of one function in the order of `items`, all of that function.
[[nodiscard]] SweepFunction report_of(const Function& function, const Split& split, const SweepPlan& plan,
                                      const std::vector<const Item*>& items);

/// The plan as one command line, without what is not in a report.
[[nodiscard]] std::string repro_of(const SweepPlan& plan, const std::string& function, const std::string& backend);

}  // namespace roundoff::sweep
