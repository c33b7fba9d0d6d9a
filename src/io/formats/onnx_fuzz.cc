// Any bytes as a onnx file: tensors that can be read, or an Error that says where and what to do.
#include "io/shared/exercise.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const roundoff::TensorFormat& format = roundoff::exercise::format_named("onnx");
  roundoff::exercise::open_and_read(format, data, size);
  return 0;
}
