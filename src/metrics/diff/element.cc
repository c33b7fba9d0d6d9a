#include "metrics/diff/element.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>

namespace roundoff {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t kFarthest = std::int64_t{1} << 62;

template <class T>
T stored(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <class T>
Exact exact(T value) {
  const auto high = static_cast<double>(value);
  if constexpr (std::is_integral_v<T> && sizeof(T) == 8) {
    return {high, static_cast<double>(static_cast<Wide>(value) - static_cast<Wide>(high))};
  }
  return {high, 0};
}

template <class Load>
void load_all(std::size_t size, const std::byte* from, std::span<Exact> to, Load load) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = load(from + i * size);
}

Wide integer(const Exact& x) { return static_cast<Wide>(x.high) + static_cast<Wide>(x.low); }

}  // namespace

void load_exact(DType dtype, const std::byte* from, std::span<Exact> to) {
  const auto as = [&](auto type) {
    using T = decltype(type);
    load_all(sizeof(T), from, to, [](const std::byte* at) { return exact(stored<T>(at)); });
  };
  switch (dtype) {
    case DType::bool_:
      return load_all(1, from, to, [](const std::byte* at) {
        return Exact{stored<std::uint8_t>(at) != 0 ? 1.0 : 0.0, 0};
      });
    case DType::int8:
      return as(std::int8_t{});
    case DType::int16:
      return as(std::int16_t{});
    case DType::int32:
      return as(std::int32_t{});
    case DType::int64:
      return as(std::int64_t{});
    case DType::uint8:
      return as(std::uint8_t{});
    case DType::uint16:
      return as(std::uint16_t{});
    case DType::uint32:
      return as(std::uint32_t{});
    case DType::uint64:
      return as(std::uint64_t{});
    case DType::float16:
      return load_all(2, from, to, [](const std::byte* at) {
        return Exact{float16_to_double(stored<std::uint16_t>(at)), 0};
      });
    case DType::bfloat16:
      return load_all(2, from, to, [](const std::byte* at) {
        return Exact{bfloat16_to_double(stored<std::uint16_t>(at)), 0};
      });
    case DType::float8_e4m3fn:
    case DType::float8_e5m2:
      return load_all(1, from, to, [dtype](const std::byte* at) {
        return Exact{float8_to_double(dtype, stored<std::uint8_t>(at)), 0};
      });
    case DType::float32:
      return as(float{});
    case DType::float64:
      return as(double{});
  }
}

Exact load_exact(DType dtype, const std::byte* from) {
  Exact element;
  load_exact(dtype, from, {&element, 1});
  return element;
}

DiffUnit unit_of(DType a, DType b) {
  if (!is_float(a) && !is_float(b)) return {size_of(a) <= size_of(b) ? a : b, true, 1};
  DType narrower = is_float(a) ? a : b;
  if (is_float(a) && is_float(b) && format_of(b).precision < format_of(a).precision) narrower = b;
  return {narrower, false, format_of(narrower).min_normal()};
}

double distance_of(const Exact& a, const Exact& b) {
  if (a.low == 0 && b.low == 0) return std::fabs(a.high - b.high);
  if (std::fabs(a.high) > 0x1p64 || std::fabs(b.high) > 0x1p64 || a.high != std::nearbyint(a.high) ||
      b.high != std::nearbyint(b.high)) {
    return std::fabs((a.high - b.high) + (a.low - b.low));  // a 64-bit integer and a float that is none
  }
  const Wide apart = integer(a) - integer(b);
  return static_cast<double>(apart < 0 ? -apart : apart);
}

double ulps_of(const DiffUnit& unit, const Exact& a, const Exact& b) {
  const double apart = distance_of(a, b);
  if (unit.integer || apart == 0) return apart;
  const double larger = std::max(std::fabs(a.high), std::fabs(b.high));
  return apart / ulp(format_of(unit.dtype), larger);
}

std::int64_t ordinals_apart(const DiffUnit& unit, const Exact& a, const Exact& b) {
  if (!unit.integer) return float_distance(unit.dtype, a.high, b.high);
  const Wide apart = integer(a) - integer(b);
  return static_cast<std::int64_t>(std::min<Wide>(apart < 0 ? -apart : apart, kFarthest));
}

}  // namespace roundoff
