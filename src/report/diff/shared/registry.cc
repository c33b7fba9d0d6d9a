#include "report/diff/view.h"

namespace roundoff {

namespace diff_views {
std::vector<DiffView> make_all();  // written by the build from the files of src/report/diff
}

const std::vector<DiffView>& all_diff_views() {
  static const auto* const kViews = new std::vector<DiffView>(diff_views::make_all());
  return *kViews;
}

}  // namespace roundoff
