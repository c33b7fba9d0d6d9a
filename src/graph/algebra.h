// Builds the nodes of derivatives: calls by name, shapes made to fit, and simplifications that change no value.
#pragma once

#include <string_view>
#include <vector>

#include "graph/builder.h"

namespace roundoff {

class Algebra {
 public:
  explicit Algebra(Builder& builder) : builder_(builder) {}

  /// Nodes made from here on carry this column.
  void set_column(int column) { column_ = column; }
  [[nodiscard]] const Node& node(int index) const { return builder_[index]; }
  [[nodiscard]] const Shape& shape(int index) const { return builder_[index].shape; }

  /// The op, its missing attributes at their defaults. 0 + x, x − 0, 1 · x, x / 1, x ** 1, x ** 0 and sums, differences
  /// and products of integer constants are simplified.
  Result<int> call(std::string_view op, std::vector<int> in, Attrs attrs = {});
  /// Exactly `value` in a graph of this dtype: a constant, or a sum or product of constants where the dtype does not
  /// hold it.
  Result<int> constant(double value, DType dtype);
  /// `value` (0 or 1) in every element.
  Result<int> filled(double value, DType dtype, const Shape& shape);

  Result<int> reshape(int x, const Shape& shape);
  Result<int> broadcast_to(int x, const Shape& shape);
  Result<int> astype(int x, DType dtype);
  Result<int> sum(int x, std::vector<std::int64_t> axes, bool keepdims);
  Result<int> reversed(int x, const std::vector<std::int64_t>& axes);
  /// x[start : start + length] along the axis.
  Result<int> part(int x, std::size_t axis, std::int64_t start, std::int64_t length);
  Result<int> concat(std::vector<int> parts, std::size_t axis);
  /// The adjoint of broadcasting: x summed over the axes along which `shape` was spread; or x spread to `shape`.
  Result<int> fitted(int x, const Shape& shape);

 private:
  /// The constant that x is in every element, if it is one.
  [[nodiscard]] std::optional<int> uniform(int x) const;
  [[nodiscard]] bool is(int x, double value) const;
  /// What the call of two elementwise arguments comes to, if it is something simpler; else spares the call spread
  /// constants.
  Result<std::optional<int>> simplified(Node& call);
  std::optional<int> folded(std::string_view op, const Node& left, const Node& right);
  int literal(double value, DType dtype);

  Builder& builder_;
  int column_ = 0;
};

}  // namespace roundoff
