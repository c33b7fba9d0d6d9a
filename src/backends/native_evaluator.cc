#include <set>

#include "backends/evaluator.h"
#include "base/arithmetic.h"

namespace roundoff {
namespace {

class NativeEvaluator final : public Evaluator {
 public:
  NativeEvaluator(const NativeLibrary& library, const Node& node) : library_(library), node_(node) {}

  /// Arrays come from the allocator at one alignment, so `layout` makes no difference here; a shorter array does.
  Result<Array> evaluate(std::span<const Array> in, Layout) override {
    node_.shape = in[0].shape();
    StandardArithmetic arithmetic;
    auto out = library_.evaluate(node_, in);
    if (const std::string changed = arithmetic.mend(); !changed.empty()) notes_.insert("leaves the thread " + changed);
    return out;
  }

  std::vector<std::string> notes() const override { return {notes_.begin(), notes_.end()}; }

 private:
  const NativeLibrary& library_;
  Node node_;
  std::set<std::string> notes_;
};

}  // namespace

std::unique_ptr<Evaluator> native_evaluator(const NativeLibrary& library, const Node& node) {
  return std::make_unique<NativeEvaluator>(library, node);
}

}  // namespace roundoff
