#include "verdict/words.h"

#include <fmt/format.h>

#include <cmath>

#include "base/text.h"

namespace roundoff {

std::string share_words(double share) {
  if (share < 0.01) return "less than 1 %";
  if (share <= 1) return fmt::format("{:.0f} %", std::ceil(share * 100));
  return factor_words(share) + " times";
}

std::string factor_words(double factor) {
  if (factor < 9.95) return fmt::format("{:.1f}", factor);
  if (factor < 99.5) return fmt::format("{:.0f}", factor);
  if (factor < 1e6) {
    const double digit = std::pow(10, std::floor(std::log10(factor)) - 1);
    return grouped(std::llround(std::round(factor / digit) * digit));
  }
  return std::isinf(factor) ? "infinitely many" : fmt::format("{:.1e}", factor);
}

std::string elements(std::int64_t n) { return n == 1 ? "1 element" : grouped(n) + " elements"; }

}  // namespace roundoff
