// The bits of a library inside the program on the same arguments; or, weaker, those of another backend.
#include <fmt/format.h>

#include "causes/replay/subject.h"

namespace roundoff::causes {
namespace {

Hypothesis kernel_of(const NativeLibrary& library) {
  return {.name = "same kernel as " + library.name,
          .detail = library.version.empty() ? "" : fmt::format("{} {}", library.name, library.version),
          .replay = [evaluate = library.evaluate](const Subject& s) -> Result<Array> {
            ROUNDOFF_TRY(const std::vector<Array> in, replay::arguments_of(s));
            return evaluate(replay::node_of(s), in);
          }};
}

std::vector<Hypothesis> hypotheses(const Subject& subject) {
  const Node& node = replay::node_of(subject);
  if (node.role != Node::Role::op || replay::is_a<Movement>(subject)) return {};
  std::vector<Hypothesis> all;
  for (const NativeLibrary& library : native_libraries()) {
    if (library.name == subject.backend.framework || !library.supports(*node.op, node.dtype, node.attrs)) continue;
    all.push_back(kernel_of(library));
  }
  return all;
}

}  // namespace

Cause make_same_kernel() {
  return {.name = "same_kernel",
          .summary = "The op's bits are those of a native library's kernel on the same arguments.",
          .source = "glibc's libm, Eigen, SLEEF, OpenBLAS as the build found them",
          .rank = 40,
          .hypotheses = hypotheses};
}

}  // namespace roundoff::causes
