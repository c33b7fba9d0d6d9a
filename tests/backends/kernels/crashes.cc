// Reads through a null pointer at one argument; aborts at another; ends the process at a third.
#include <cmath>
#include <cstdlib>

extern "C" float f(float x) {
  if (x == 1.5f) {
    const float* volatile nowhere = nullptr;
    return *nowhere;
  }
  return std::exp(x);
}
extern "C" float aborting(float x) {
  if (x == 1.5f) std::abort();
  return std::exp(x);
}
extern "C" float leaving(float x) {
  if (x == 1.5f) std::_Exit(0);
  return std::exp(x);
}
