// The floating-point state of a thread: everything here computes with rounding to nearest and with subnormals kept.
#pragma once

#include <cfenv>
#include <string>

namespace roundoff {

/// Rounding to nearest with subnormals kept, for the life of the object; then what was before.
class StandardArithmetic {
 public:
  StandardArithmetic();
  ~StandardArithmetic();
  StandardArithmetic(const StandardArithmetic&) = delete;
  StandardArithmetic& operator=(const StandardArithmetic&) = delete;

  /// What foreign code has changed since, "rounding upwards, flushing subnormals"; "" where nothing. The state is
  /// standard again after.
  [[nodiscard]] std::string mend();

 private:
  std::fenv_t before_{};
};

/// Whether this thread takes subnormal numbers for zero, as arguments or as results.
[[nodiscard]] bool flushes_subnormals();

}  // namespace roundoff
