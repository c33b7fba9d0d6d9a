#include "report/shared/numbers.h"

#include <cmath>

#include "base/format.h"

namespace roundoff::views {

nlohmann::ordered_json figure(double x) {
  if (std::isnan(x)) return nullptr;
  if (std::isinf(x)) return x > 0 ? "inf" : "-inf";
  return x;
}

nlohmann::ordered_json exact(double x) {
  nlohmann::ordered_json value = std::isnan(x) ? nlohmann::ordered_json("nan") : figure(x);
  return {{"value", std::move(value)}, {"hex", hex(x)}};
}

}  // namespace roundoff::views
