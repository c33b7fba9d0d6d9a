// Gives other bits the second time.
#include <cmath>

static unsigned calls = 0;
extern "C" float f(float x) {
  const float y = std::exp(x);
  return ++calls % 3 == 0 ? std::nextafter(y, 2 * y) : y;
}
