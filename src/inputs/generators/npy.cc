// A .npy file whose dtype must be stated: npy('x.npy', dtype=bfloat16). A plain path needs none of this.
#include "io/npy.h"

#include "inputs/generator.h"

namespace roundoff::generators {

Generator make_npy() {
  std::vector<DType> any = number_dtypes();
  any.insert(any.end(), {DType::int8, DType::int16, DType::uint8, DType::uint16, DType::uint32, DType::uint64});
  return {.name = "npy",
          .summary = "a .npy file; dtype=bfloat16 reads two-byte voids and uint16 as bfloat16",
          .parameters = {{"path", ArgumentKind::text}, {"dtype", ArgumentKind::dtype}},
          .dtypes = any,
          .make =
              [](const Arguments& arguments) {
                return read_npy(arguments.get<std::string>("path"), arguments.get<DType>("dtype"));
              },
          .arrange = {}};
}

}  // namespace roundoff::generators
