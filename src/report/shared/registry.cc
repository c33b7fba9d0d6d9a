#include <algorithm>

#include "report/view.h"

namespace roundoff {

namespace views {
std::vector<View> make_all();  // written by the build from the files of src/report
}

const std::vector<View>& all_views() {
  static const auto* const kViews = new std::vector<View>(views::make_all());
  return *kViews;
}

const View& view_named(std::string_view name) { return *std::ranges::find(all_views(), name, &View::name); }

}  // namespace roundoff
