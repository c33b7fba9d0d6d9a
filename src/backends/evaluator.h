// One elementwise op of one backend, called on array after array: what a sweep measures. The same call may be made
// again, and differently laid out, to see whether the bits depend on that.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backends/backend.h"

namespace roundoff {

/// How the arrays of a call lie in memory.
enum class Layout {
  plain,   ///< as the library likes it best
  shifted  ///< one element behind such a place
};

/// One thread's: not safe to share.
class Evaluator {
 public:
  virtual ~Evaluator() = default;
  /// Results from arguments of one shape [n], n at most kMostElements. Code::worker where it fails.
  [[nodiscard]] virtual Result<Array> evaluate(std::span<const Array> in, Layout layout) = 0;
  /// What it did beside computing, sorted, each thing once: "leaves the thread rounding upwards".
  [[nodiscard]] virtual std::vector<std::string> notes() const { return {}; }

  static constexpr std::size_t kMostElements = 16384;
};

/// The op as a library of this program evaluates it. `node` has the op, its attributes and the result's dtype; its
/// shape is filled in for each call. The library must support it.
[[nodiscard]] std::unique_ptr<Evaluator> native_evaluator(const NativeLibrary& library, const Node& node);

}  // namespace roundoff
