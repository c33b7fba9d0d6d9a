// The tensors of a file with their axes in another order.
#pragma once

#include <memory>
#include <vector>

#include "io/tensors.h"

namespace roundoff {

/// The tensors of `file` that have axes.size() axes, axis axes[i] of the stored one as axis i; the others as they are,
/// which notes() says. Read in blocks; what is no mapping is set aside first. Code::input where no tensor has so many
/// axes. `axes` holds 0 … axes.size() − 1, each once.
[[nodiscard]] Result<std::unique_ptr<TensorFile>> permuted(std::unique_ptr<TensorFile> file,
                                                           std::vector<std::size_t> axes);

}  // namespace roundoff
