// Formats that belong to a framework, read by a worker that has it: PyTorch's .pt, TensorFlow's checkpoints and
// SavedModels, Keras's HDF5. ONE ENTRY of the table in framework_files.cc PER FORMAT.
#pragma once

#include <memory>
#include <vector>

#include "backends/worker_pool.h"
#include "io/tensors.h"

namespace roundoff {

/// For OpenOptions::further. Nothing starts before a file of such a format is opened; then its framework's first
/// environment is asked, and Code::environment says what would install it where it is not here. The pool must outlive
/// the files and their readers.
[[nodiscard]] std::vector<TensorFormat> framework_formats(WorkerPool& pool);

}  // namespace roundoff
