// A file that holds one array, stored as it is in memory but for order.
#pragma once

#include <memory>
#include <utility>

#include "io/shared/stored.h"

namespace roundoff {

class SingleTensor : public TensorFile {
 public:
  SingleTensor(TensorInfo info, Region region, StoredOrder order)
      : info_(std::move(info)), region_(std::move(region)), order_(order) {}
  [[nodiscard]] std::span<const TensorInfo> tensors() const override { return {&info_, 1}; }
  [[nodiscard]] Result<std::unique_ptr<TensorReader>> open(std::size_t /*index*/) const override {
    return read_region(info_, region_, order_);
  }

 private:
  TensorInfo info_;
  Region region_;
  StoredOrder order_;
};

}  // namespace roundoff
