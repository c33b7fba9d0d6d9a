// Outputs of an elementwise function against the certified truth, added to a Tally. See docs/sweep_truth.md.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "metrics/sweep/tally.h"
#include "ops/op.h"

namespace roundoff::sweep {

/// One op in one dtype. Not for use by two threads at once: each makes its own.
class Judge {
 public:
  /// Code::usage where the op is not elementwise or answers another dtype.
  [[nodiscard]] static Result<Judge> make(const Op& op, const Attrs& attrs, DType dtype);
  Judge(Judge&&) noexcept;
  Judge& operator=(Judge&&) noexcept;
  ~Judge();

  /// outputs[i] is what the function under test gave for the input of bit pattern first + i; for float32 and the
  /// 16-bit formats (as their bits), and ops of one argument. Inputs that are NaN are passed over. What is added is a
  /// function of the elements alone, however calls cut the patterns; longer runs are faster (whole multiples of 4096).
  void patterns(std::uint32_t first, std::span<const float> outputs, Tally& tally);
  void patterns(std::uint32_t first, std::span<const std::uint16_t> outputs, Tally& tally);

  /// One element of any dtype and arity, by balls: arguments and output are numbers of the dtype.
  void element(std::span<const double> arguments, double output, Tally& tally);

 private:
  struct State;
  explicit Judge(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The truth of one element: its correct rounding, and the enclosure itself for reports.
struct ElementTruth {
  Enclosure enclosure;
  double nearest = 0;  ///< NaN where undecided or NaN: see `decided`
  bool decided = false;
};
[[nodiscard]] ElementTruth truth_of(const Op& op, const Attrs& attrs, DType dtype, std::span<const double> arguments);

}  // namespace roundoff::sweep
