// Any bytes: the reader answers with an array or an Error; what it reads survives being written and read again.
#include <cstdlib>
#include <string>

#include "io/npy.h"
#include "io/shared/exercise.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using roundoff::DType;
  const auto bytes = std::as_bytes(std::span(data, size));
  static const roundoff::TensorFormat& format = roundoff::exercise::format_named("npy");
  roundoff::exercise::open_and_read(format, data, size);
  for (const auto as : {std::optional<DType>(), std::optional<DType>(DType::bfloat16)}) {
    const auto array = roundoff::read_npy(bytes, "fuzz.npy", as);
    if (!array.ok()) {
      if (array.error().place.empty() || array.error().remedy.empty()) std::abort();
      continue;
    }
    std::string again = roundoff::npy_preamble(array->dtype(), array->shape());
    again.append(reinterpret_cast<const char*>(array->bytes().data()), array->bytes().size());
    const auto back = roundoff::read_npy(std::as_bytes(std::span(again)), "again.npy", array->dtype());
    if (!back.ok() || !roundoff::same_bits(*array, *back)) std::abort();
  }
  return 0;
}
