#include "roundoff/report.h"

namespace roundoff {

std::string name_of(Class c) {
  switch (c) {
    case Class::identical:
      return "identical";
    case Class::rounding:
      return "rounding";
    case Class::large_rounding:
      return "large-rounding";
    case Class::ill_conditioned:
      return "ill-conditioned";
    case Class::precision_mode:
      return "precision-mode";
    case Class::dtype:
      return "dtype";
    case Class::semantics:
      return "semantics";
    case Class::nondeterministic:
      return "nondeterministic";
    case Class::unexplained:
      return "unexplained";
    case Class::undetermined:
      return "undetermined";
  }
  return {};
}

std::string name_of(PairClass c) {
  switch (c) {
    case PairClass::identical:
      return "identical";
    case PairClass::both_rounding:
      return "both-rounding";
    case PairClass::a_nearer:
      return "a-nearer";
    case PairClass::b_nearer:
      return "b-nearer";
    case PairClass::same_cause:
      return "same-cause";
    case PairClass::neither:
      return "neither";
    case PairClass::undetermined:
      return "undetermined";
  }
  return {};
}

bool beyond_rounding(Class c) {
  switch (c) {
    case Class::identical:
    case Class::rounding:
    case Class::large_rounding:
    case Class::ill_conditioned:
    case Class::undetermined:
      return false;
    case Class::precision_mode:
    case Class::dtype:
    case Class::semantics:
    case Class::nondeterministic:
    case Class::unexplained:
      return true;
  }
  return true;
}

}  // namespace roundoff
