// Exact rationals: what decides steps, ties and comparisons that balls can only approach, as in floor((x / 3) * 3).
#pragma once

#include <gmpxx.h>

namespace roundoff {

using Rational = mpq_class;

}  // namespace roundoff
