// A pair of arrays, front to back, in blocks of the kernels where they fit and one element at a time where not: which
// of them measured an element never shows in the figures.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "metrics/diff/wide.h"

namespace roundoff {

class PairScan {
 public:
  explicit PairScan(const PairRules& rules);

  /// Elements [index, index + a.size() / size of one) of both, in rising order of `index`. Need not be aligned.
  void add(std::int64_t index, std::span<const std::byte> a, std::span<const std::byte> b);
  /// What all of it comes to. Nothing may be added after.
  [[nodiscard]] PairState finish();

 private:
  using Floats = std::array<float, kPairBlock>;
  enum class Kind { same, near, far };

  void add_block(std::int64_t index, const float* a, const float* b, std::int64_t replaced);
  bool measure(std::int64_t index, const float* a, const float* b, std::int64_t replaced);
  bool try_kernel(Kind kind, const float* a, const float* b, PairFigures& figures);
  void take(std::int64_t index, const float* a, const float* b, std::int64_t replaced, PairFigures& figures);
  void look(std::int64_t index, const float* a, const float* b, const PairFigures& figures);
  void refuse(const float* a, const float* b, const PairFigures& figures);
  void clean(std::int64_t index, const float* a, const float* b, std::int64_t replaced);
  void refuse_moduli(const std::byte* a, const std::byte* b, std::int64_t count);
  void add_exactly(std::int64_t index, const std::byte* a, const std::byte* b, std::int64_t count);
  const float* floats(DType dtype, const std::byte* from, std::int64_t count, Floats& scratch) const;

  PairState state_;
  WideScan wide_;
  bool in_blocks_ = false;  ///< the dtype is one that float32 holds
  int shift_ = 0;           ///< log2 of the unit's ulp in those of float32
  float least_ = 0;         ///< magnitudes below this are not the kernels'
  std::uint32_t offset_ = 0;
  Kind kind_ = Kind::same;  ///< of the block before: the next one is likely such a one
  int exponent_ = 0;
  int far_blocks_ = 0;
  alignas(64) Floats scratch_a_{}, scratch_b_{}, clean_a_{}, clean_b_{};
  std::array<std::array<std::uint16_t, kPairBlock>, 2> bins_{};
  std::size_t filling_ = 0;
  bool pending_ = false;
  std::vector<std::uint32_t> counts_;
  std::int64_t counted_ = 0;
};

}  // namespace roundoff
