// Writes outside its results, or to its argument, or leaves a result out.
#include <cmath>
#include <cstddef>

extern "C" void behind(const float* x, float* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) y[i] = std::exp(x[i]);
  y[n] = 1;
}
extern "C" void before(const float* x, float* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) y[i] = std::exp(x[i]);
  y[-1] = 1;
}
extern "C" void argument(const float* x, float* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) y[i] = std::exp(x[i]);
  const_cast<float*>(x)[0] = 1;
}
extern "C" void unfinished(const float* x, float* y, std::size_t n) {
  for (std::size_t i = 0; i + 1 < n; ++i) y[i] = std::exp(x[i]);
}
extern "C" void reads_on(const float* x, float* y, std::size_t n) {
  volatile float next = 0;
  for (std::size_t i = 0; i < n; ++i) {
    next = x[i + 1];
    y[i] = std::exp(x[i]);
  }
  (void)next;
}
