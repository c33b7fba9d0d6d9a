#include "base/arithmetic.h"

#include <gtest/gtest.h>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace roundoff {
namespace {

TEST(StandardArithmetic, HoldsForItsLifeAndRestores) {
  std::fesetround(FE_UPWARD);
  {
    const StandardArithmetic arithmetic;
    EXPECT_EQ(std::fegetround(), FE_TONEAREST);
  }
  EXPECT_EQ(std::fegetround(), FE_UPWARD);
  std::fesetround(FE_TONEAREST);
}

TEST(StandardArithmetic, NamesWhatWasChangedAndMendsIt) {
  StandardArithmetic arithmetic;
  EXPECT_EQ(arithmetic.mend(), "");
  std::fesetround(FE_DOWNWARD);
  EXPECT_EQ(arithmetic.mend(), "rounding downwards");
  EXPECT_EQ(std::fegetround(), FE_TONEAREST);
#if defined(__SSE__)
  std::fesetround(FE_TOWARDZERO);
  _mm_setcsr(_mm_getcsr() | 0x8040);
  EXPECT_EQ(arithmetic.mend(), "rounding towards zero, flushing subnormals");
  volatile float subnormal = 1e-40F;
  EXPECT_NE(subnormal * 0.5F, 0.0F);
#endif
  EXPECT_EQ(arithmetic.mend(), "");
}

}  // namespace
}  // namespace roundoff
