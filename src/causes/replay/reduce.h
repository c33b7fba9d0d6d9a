// Replays of reductions and scans: an order, and the dtype of the accumulator.
#pragma once

#include <string_view>
#include <vector>

#include "causes/replay/fibers.h"
#include "causes/replay/orders.h"
#include "causes/replay/scans.h"
#include "causes/replay/subject.h"

namespace roundoff::replay {

/// Whether the node is a sum, a mean or a product of float numbers, whose replay is an order.
[[nodiscard]] bool is_reduction(const Subject& subject);
/// Whether the node is a running sum or product of float numbers.
[[nodiscard]] bool is_scan(const Subject& subject);

/// Which order each fiber takes: most libraries treat whole vectors of neighbouring fibers otherwise than what is left.
struct FiberOrders {
  Order order;  ///< of fiber f where f mod period < body
  std::int64_t period = 1;
  std::int64_t body = 1;
  Order rest = LeftToRight{};  ///< of the others
};

/// What makes a mean of a sum of n numbers.
enum class Finish {
  divide,            ///< sum / n, in the accumulator's dtype (and nothing, where the op is no mean)
  divide_rounded,    ///< the sum rounded to the result's dtype, then divided by n there
  times_reciprocal,  ///< sum · (1 / n), a compiler's idea of a division by a constant
  vectors_of_4,  ///< the sum rounded, then · (1 / n) in full vectors of so many outputs; the last ones divided by n
  vectors_of_8,
};
[[nodiscard]] std::string_view words(Finish finish);  ///< "", "the sum rounded before the division", …
/// The finishes that are worth trying.
[[nodiscard]] std::vector<Finish> finishes_of(const Subject& subject, DType accumulator);

struct Reducing {
  FiberOrders orders;
  DType accumulator = DType::float32;
  Finish finish = Finish::divide;
};

/// The node with its fibers added up (or multiplied).
[[nodiscard]] Result<Array> replay_reduction(const Subject& subject, const Reducing& how);
/// Only the first `count` fibers: whether they have the subject's bits.
[[nodiscard]] bool first_fibers_agree(const Subject& subject, const Reducing& how, std::int64_t count);

/// The node with its fibers scanned in `accumulator`, each element rounded to the result's dtype.
[[nodiscard]] Result<Array> replay_scan(const Subject& subject, const Scan& scan, DType accumulator);

/// "summed", "averaged", "multiplied".
[[nodiscard]] std::string_view verb_of(const Subject& subject);

}  // namespace roundoff::replay
