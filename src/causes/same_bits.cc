// The bits of another backend whose arguments were the same: it says who agrees, not why.
#include "causes/replay/subject.h"

namespace roundoff::causes {
namespace {

std::vector<Hypothesis> hypotheses(const Subject& subject) {
  std::vector<Hypothesis> all;
  for (const Subject::Other& other : subject.others) {
    all.push_back({.name = "same bits as " + other.name,
                   .replay = [out = *other.out](const Subject&) -> Result<Array> { return out; },
                   .only_here = true});
  }
  return all;
}

}  // namespace

Cause make_same_bits() {
  return {.name = "same_bits",
          .summary = "The op's bits are those of another backend, from arguments of the same bits.",
          .source = "the other backends of the same comparison",
          .rank = 90,
          .hypotheses = hypotheses};
}

}  // namespace roundoff::causes
