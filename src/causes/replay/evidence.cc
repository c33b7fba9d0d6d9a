#include "causes/replay/evidence.h"

#include <cmath>

#include "base/exact_sum.h"
#include "base/format.h"

namespace roundoff::replay {
namespace {

std::uint64_t split_mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

}  // namespace

double evidence_bits(const Array& replay, const Array& exact) {
  if (!is_float(replay.dtype())) return static_cast<double>(replay.size() - count_same_bits(replay, exact));
  const double precision = format_of(replay.dtype()).precision;
  ExactSum bits;
  for (std::int64_t i = 0; i < replay.size(); ++i) {
    const double a = replay.get(i), b = exact.get(i);
    if (a == b || (std::isnan(a) && std::isnan(b))) continue;
    bits.add(std::isnan(a) || std::isnan(b)
                 ? precision
                 : std::log2(1.0 + static_cast<double>(float_distance(replay.dtype(), a, b))));
  }
  return bits.rounded();
}

double threshold_bits(std::int64_t tried) { return 12.0 + std::log2(static_cast<double>(tried < 1 ? 1 : tried)); }

Result<std::vector<Array>> further_inputs(std::span<const Array> in, std::uint64_t draw) {
  std::vector<Array> out;
  for (std::size_t a = 0; a < in.size(); ++a) {
    if (!is_float(in[a].dtype())) {
      out.push_back(in[a]);
      continue;
    }
    ROUNDOFF_TRY(Array scaled, Array::make(in[a].dtype(), in[a].shape()));
    const std::uint64_t stream = split_mix(split_mix(draw) + a);
    for (std::int64_t i = 0; i < scaled.size(); ++i) {
      const double factor =
          0.5 + std::ldexp(static_cast<double>(split_mix(stream + static_cast<std::uint64_t>(i)) >> 12), -53);
      const double x = in[a].get(i);
      scaled.set(i, x == 0 ? factor : x * factor);
    }
    out.push_back(std::move(scaled));
  }
  return out;
}

}  // namespace roundoff::replay
