#include "io/whole.h"

#include <utility>

#include "io/shared/spool.h"

namespace roundoff {

Result<WholeTensor> WholeTensor::open(const TensorFile& file, std::size_t index, std::int64_t most_aside) {
  const TensorInfo& info = file.tensors()[index];
  const auto size = static_cast<std::size_t>(info.bytes);
  WholeTensor out;
  ROUNDOFF_TRY(out.reader_, file.open(index));
  ROUNDOFF_TRY(out.bytes_, out.reader_->next(size));
  if (out.bytes_.size() == size) return out;
  if (info.bytes > most_aside) {
    return Error{Code::resource,
                 "its elements lie in another order or compressed, and at most " + std::to_string(most_aside) +
                     " bytes are set aside",
                 info.place, "save it in C order, uncompressed"};
  }
  ROUNDOFF_CHECK(out.reader_->seek(0));
  ROUNDOFF_TRY(out.aside_, spool(*out.reader_, info));
  out.bytes_ = out.aside_.bytes;
  return out;
}

}  // namespace roundoff
