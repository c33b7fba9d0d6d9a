#include "report/sweep/view.h"

namespace roundoff {

namespace sweep_views {
std::vector<SweepView> make_all();  // written by the build from the files of src/report/sweep
}

const std::vector<SweepView>& all_sweep_views() {
  static const auto* const kViews = new std::vector<SweepView>(sweep_views::make_all());
  return *kViews;
}

}  // namespace roundoff
