// SLEEF's faster functions of 128 bits: error below 3.5 ulp by its documentation. It has them for some functions only.
#include <fmt/format.h>

#include "backends/native/shared/sleef_lanes.h"

namespace roundoff::native {
namespace {

const ElementwiseTable& table() {
  static const ElementwiseTable kernels{
      {"log", both(Sleef_logf4_u35, Sleef_logd2_u35)},       {"log2", both(Sleef_log2f4_u35, Sleef_log2d2_u35)},
      {"exp2", both(Sleef_exp2f4_u35, Sleef_exp2d2_u35)},    {"sin", both(Sleef_sinf4_u35, Sleef_sind2_u35)},
      {"cos", both(Sleef_cosf4_u35, Sleef_cosd2_u35)},       {"tan", both(Sleef_tanf4_u35, Sleef_tand2_u35)},
      {"asin", both(Sleef_asinf4_u35, Sleef_asind2_u35)},    {"acos", both(Sleef_acosf4_u35, Sleef_acosd2_u35)},
      {"atan", both(Sleef_atanf4_u35, Sleef_atand2_u35)},    {"sinh", both(Sleef_sinhf4_u35, Sleef_sinhd2_u35)},
      {"cosh", both(Sleef_coshf4_u35, Sleef_coshd2_u35)},    {"tanh", both(Sleef_tanhf4_u35, Sleef_tanhd2_u35)},
      {"sqrt", both(Sleef_sqrtf4_u35, Sleef_sqrtd2_u35)},    {"atan2", both(Sleef_atan2f4_u35, Sleef_atan2d2_u35)},
      {"hypot", both(Sleef_hypotf4_u35, Sleef_hypotd2_u35)},
  };
  return kernels;
}

}  // namespace

NativeLibrary make_sleef_u35() {
  return {
      .name = "sleef_u35",
      .version = fmt::format("{}.{}.{}", SLEEF_VERSION_MAJOR, SLEEF_VERSION_MINOR, SLEEF_VERSION_PATCHLEVEL),
      .summary = "SLEEF's vector functions of 128 bits in their faster form (Sleef_sinf4_u35, Sleef_sind2_u35, …)",
      .supports = [](const Op& op, DType dtype,
                     const Attrs&) { return is_native_float(dtype) && table().contains(op.name); },
      .evaluate = [](const Node& node, std::span<const Array> in) { return evaluate_elementwise(table(), node, in); },
  };
}

}  // namespace roundoff::native
