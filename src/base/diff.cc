#include "roundoff/diff.h"

namespace roundoff {

std::string name_of(ValueKind kind) {
  switch (kind) {
    case ValueKind::finite:
      return "finite";
    case ValueKind::positive_infinity:
      return "+inf";
    case ValueKind::negative_infinity:
      return "-inf";
    case ValueKind::nan:
      return "nan";
  }
  return {};
}

std::string name_of(Nearer nearer) {
  switch (nearer) {
    case Nearer::a:
      return "a";
    case Nearer::b:
      return "b";
    case Nearer::both:
      return "both";
    case Nearer::neither:
      return "neither";
    case Nearer::unknown:
      return "unknown";
  }
  return {};
}

}  // namespace roundoff
