#include "ops/op.h"

namespace roundoff {

namespace ops {
std::vector<Op> make_all();  // written by the build from the files of src/ops
}

const std::map<std::string, Op, std::less<>>& all_ops() {
  static const auto* const kOps = [] {
    auto* map = new std::map<std::string, Op, std::less<>>;
    for (Op& op : ops::make_all()) {
      if (const auto* f = std::get_if<Elementwise>(&op.body)) op.arity_min = op.arity_max = f->arity;
      std::string name = op.name;
      map->emplace(std::move(name), std::move(op));
    }
    return map;
  }();
  return *kOps;
}

const Op* find_op(std::string_view name) {
  const auto it = all_ops().find(name);
  return it == all_ops().end() ? nullptr : &it->second;
}

}  // namespace roundoff
