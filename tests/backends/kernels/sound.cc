// A kernel that does nothing wrong, in both forms.
#include <cmath>
#include <cstddef>

extern "C" float f(float x) { return std::exp(x); }
extern "C" void array(const float* x, float* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) y[i] = std::exp(x[i]);
}
extern "C" double wide(double x) { return std::exp(x); }
extern "C" float quotient(float x, float y) { return x / y; }
