#include "base/arithmetic.h"

#include <cstdint>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace roundoff {
namespace {

// The bits of the control register that flush results and arguments to zero.
#if defined(__SSE__)
constexpr std::uint64_t kFlushing = 0x8000 | 0x0040;  // FTZ, DAZ
std::uint64_t control() { return _mm_getcsr(); }
void set_control(std::uint64_t word) { _mm_setcsr(static_cast<unsigned>(word)); }
#elif defined(__aarch64__)
constexpr std::uint64_t kFlushing = std::uint64_t{1} << 24;  // FZ
std::uint64_t control() {
  std::uint64_t word = 0;
  asm volatile("mrs %0, fpcr" : "=r"(word));
  return word;
}
void set_control(std::uint64_t word) { asm volatile("msr fpcr, %0" : : "r"(word)); }
#else
constexpr std::uint64_t kFlushing = 0;
std::uint64_t control() { return 0; }
void set_control(std::uint64_t) {}
#endif

void make_standard() {
  std::fesetround(FE_TONEAREST);
  set_control(control() & ~kFlushing);
}

}  // namespace

bool flushes_subnormals() { return (control() & kFlushing) != 0; }

StandardArithmetic::StandardArithmetic() {
  std::fegetenv(&before_);
  make_standard();
}

StandardArithmetic::~StandardArithmetic() { std::fesetenv(&before_); }

std::string StandardArithmetic::mend() {
  std::string changes;
  switch (std::fegetround()) {
    case FE_TONEAREST:
      break;
    case FE_UPWARD:
      changes = "rounding upwards";
      break;
    case FE_DOWNWARD:
      changes = "rounding downwards";
      break;
    default:
      changes = "rounding towards zero";
      break;
  }
  if (flushes_subnormals()) changes += changes.empty() ? "flushing subnormals" : ", flushing subnormals";
  if (!changes.empty()) make_standard();
  return changes;
}

}  // namespace roundoff
