// How functions of one real argument run: where they rise or fall, and whether they mirror. What neighbouring and
// mirrored outputs are held against.
#pragma once

#include <vector>

#include "ops/op.h"

namespace roundoff {

/// f(−x) = f(x), or −f(x).
enum class Parity { none, even, odd };

/// Where f never falls (or never rises) over the whole interval, its ends included. A zero at an end has the end's
/// sign.
struct Monotone {
  double lo, hi;
  bool rising;
};

struct Course {
  Parity parity = Parity::none;
  std::vector<Monotone> monotone = {};
};

/// Of an op with its usual attributes; nothing is claimed of an op that has others or several arguments.
[[nodiscard]] const Course& course_of(const Op& op);

}  // namespace roundoff
