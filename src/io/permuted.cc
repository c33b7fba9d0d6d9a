#include "io/permuted.h"

#include <algorithm>
#include <limits>
#include <mutex>
#include <utility>

#include "io/shared/stored.h"
#include "io/shared/transposition.h"
#include "io/whole.h"

namespace roundoff {
namespace {

class PermutedFile : public TensorFile {
 public:
  PermutedFile(std::unique_ptr<TensorFile> file, std::vector<std::size_t> axes)
      : file_(std::move(file)),
        axes_(std::move(axes)),
        tensors_(file_->tensors().begin(), file_->tensors().end()),
        notes_(file_->notes().begin(), file_->notes().end()) {
    std::size_t as_they_are = 0;
    for (TensorInfo& info : tensors_) {
      if (!turned(info)) {
        ++as_they_are;
        continue;
      }
      const Shape stored = info.shape;
      for (std::size_t i = 0; i < axes_.size(); ++i) info.shape[i] = stored[axes_[i]];
    }
    if (as_they_are > 0) {
      notes_.push_back(std::to_string(as_they_are) + " of " + std::to_string(tensors_.size()) + " tensors have not " +
                       std::to_string(axes_.size()) + " axes: compared with their axes as they are");
    }
  }

  [[nodiscard]] std::span<const TensorInfo> tensors() const override { return tensors_; }
  [[nodiscard]] std::span<const std::string> notes() const override { return notes_; }
  [[nodiscard]] Result<std::unique_ptr<TensorReader>> open(std::size_t index) const override {
    const TensorInfo& info = tensors_[index];
    if (!turned(info) || info.count == 0) return file_->open(index);
    ROUNDOFF_TRY(std::shared_ptr<const WholeTensor> stored, source(index));
    const Shape strides = c_strides(file_->tensors()[index].shape);
    std::vector<std::int64_t> from;
    for (const std::size_t axis : axes_) from.push_back(strides[axis]);
    const std::span<const std::byte> bytes = stored->bytes();
    return read_rearranged(info, {bytes, [stored = std::move(stored)] { return stored->check(); }}, std::move(from));
  }

 private:
  [[nodiscard]] bool turned(const TensorInfo& info) const { return info.shape.size() == axes_.size(); }

  /// The stored tensor, which the readers of all threads share; the last one is kept.
  [[nodiscard]] Result<std::shared_ptr<const WholeTensor>> source(std::size_t index) const {
    const std::lock_guard lock(guard_);
    if (!source_ || held_ != index) {
      source_.reset();
      ROUNDOFF_TRY(WholeTensor whole, WholeTensor::open(*file_, index, std::numeric_limits<std::int64_t>::max()));
      source_ = std::make_shared<const WholeTensor>(std::move(whole));
      held_ = index;
    }
    return source_;
  }

  std::unique_ptr<TensorFile> file_;
  std::vector<std::size_t> axes_;
  std::vector<TensorInfo> tensors_;
  std::vector<std::string> notes_;
  mutable std::mutex guard_;
  mutable std::size_t held_ = 0;
  mutable std::shared_ptr<const WholeTensor> source_;
};

}  // namespace

Result<std::unique_ptr<TensorFile>> permuted(std::unique_ptr<TensorFile> file, std::vector<std::size_t> axes) {
  const std::span<const TensorInfo> tensors = file->tensors();
  const auto fits = [&](const TensorInfo& info) { return info.shape.size() == axes.size(); };
  if (!tensors.empty() && std::ranges::none_of(tensors, fits)) {
    return Error{Code::input,
                 "has " + std::to_string(tensors.front().shape.size()) + " axes, and " + std::to_string(axes.size()) +
                     " are to be permuted",
                 tensors.front().place, "--layout and --transpose name every axis of a"};
  }
  return std::unique_ptr<TensorFile>(std::make_unique<PermutedFile>(std::move(file), std::move(axes)));
}

}  // namespace roundoff
