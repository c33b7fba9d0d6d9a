// How a stack of products is walked: rows of the left argument on threads, columns of the right one packed in panels.
#pragma once

#include <algorithm>

#include "base/parallel.h"
#include "kernels/dot.h"
#include "ops/op.h"
#include "truth/values.h"

namespace roundoff::truth {

inline constexpr std::int64_t kRows = 32;           // rows that share a panel while it is in the cache
inline constexpr std::int64_t kProducts = 1 << 16;  // products that make a thread worth while

/// One argument of one product of the stack: `lines` rows (or columns) of k elements. They are packed in groups of
/// `width` lines that lie side by side.
struct Side {
  std::int64_t base, line_stride, k_stride, lines, k, width;
  [[nodiscard]] std::int64_t index(std::int64_t line, std::int64_t i) const {
    return base + line * line_stride + i * k_stride;
  }
  [[nodiscard]] std::size_t place(std::int64_t line, std::int64_t i) const {
    return static_cast<std::size_t>((line / width * k + i) * width + line % width);
  }
  [[nodiscard]] std::size_t group(std::int64_t first_line) const {
    return static_cast<std::size_t>(first_line / width * k * width);
  }
  [[nodiscard]] std::size_t room() const { return static_cast<std::size_t>((lines + width - 1) / width * width * k); }
  /// The same from line `first` on, `count` lines.
  [[nodiscard]] Side part(std::int64_t first, std::int64_t count) const {
    Side side = *this;
    side.base += first * line_stride;
    side.lines = count;
    return side;
  }
};

inline Side left_side(const Contraction::Plan& plan, std::int64_t batch) {
  return {plan.left_batch[static_cast<std::size_t>(batch)], plan.left_row, plan.left_col, plan.m, plan.k, 1};
}
inline Side right_side(const Contraction::Plan& plan, std::int64_t batch) {
  return {plan.right_batch[static_cast<std::size_t>(batch)], plan.right_col, plan.right_row, plan.n, plan.k, kPanel};
}

/// Runs `body(batch, first row, last row)` over all rows of all products, on threads; `prepare(batch)` comes first,
/// once for each.
template <class Prepare, class Body>
void over_rows(const Contraction::Plan& plan, Prepare prepare, Body body) {
  const std::int64_t product = std::max<std::int64_t>(1, plan.n * plan.k);
  const auto one = [&](auto& right, std::int64_t batch) {
    right = prepare(batch);
    parallel_balls(plan.m, std::max<std::int64_t>(1, kProducts / product), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; row += kRows) body(right, batch, row, std::min(end, row + kRows));
    });
  };
  using Right = decltype(prepare(0));
  if (plan.batch < thread_count()) {
    Right right;
    for (std::int64_t batch = 0; batch < plan.batch; ++batch) one(right, batch);
    return;
  }
  parallel_balls(plan.batch, std::max<std::int64_t>(1, kProducts / (product * plan.m)),
                 [&](std::int64_t begin, std::int64_t end) {
                   Right right;
                   for (std::int64_t batch = begin; batch < end; ++batch) one(right, batch);
                 });
}

}  // namespace roundoff::truth
