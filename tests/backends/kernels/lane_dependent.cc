// A vector body of eight lanes and a tail that computes otherwise.
#include <cmath>
#include <cstddef>

extern "C" void array(const float* x, float* y, std::size_t n) {
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    for (std::size_t k = 0; k < 8; ++k) y[i + k] = std::exp(x[i + k]);
  }
  for (; i < n; ++i) y[i] = static_cast<float>(std::exp2(static_cast<double>(x[i] * 1.44269504f)));
}
