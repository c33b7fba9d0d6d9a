// When NumPy and PyTorch call two elements close: every operation in the arithmetic that they use.
// Sources: numpy/_core/numeric.py, isclose; aten/src/ATen/native/TensorCompare.cpp, isclose;
// torch/testing/_comparison.py.
#pragma once

#include "metrics/diff/element.h"

namespace roundoff {

/// A complex element.
struct Parts {
  double real = 0, imag = 0;
};

class Closeness {
 public:
  Closeness(DType a, DType b, double rtol, double atol);

  /// Whether np.testing.assert_allclose(a, b, rtol, atol) takes this pair of elements.
  [[nodiscard]] bool numpy(const Exact& a, const Exact& b) const;
  /// Whether torch.testing.assert_close(a, b, rtol=rtol, atol=atol) does.
  [[nodiscard]] bool torch(const Exact& a, const Exact& b) const;
  /// Of complex elements, both libraries compare moduli; `a` and `b` of the constructor are the dtypes of the parts.
  [[nodiscard]] bool numpy(const Parts& a, const Parts& b) const;
  [[nodiscard]] bool torch(const Parts& a, const Parts& b) const;
  /// The dtype in which both compare.
  [[nodiscard]] DType dtype() const { return dtype_; }

 private:
  struct Tolerance {
    double rtol = 0, atol = 0;
  };
  [[nodiscard]] bool within(double a, double b, const Tolerance& tolerance, double& apart) const;
  [[nodiscard]] double rounded(double x) const;
  [[nodiscard]] double modulus(double real, double imag) const;

  DType dtype_;
  const Format& format_;
  Tolerance numpy_, torch_;
  double slack_, floor_, most_;  ///< of a first, cheaper answer
};

}  // namespace roundoff
