// How SLEEF's vector functions are called on arrays.
#pragma once

#include <sleef.h>

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "backends/native.h"

namespace roundoff::native {

// Runs f on whole vectors; the last one is filled up with ones.
template <class T, class R, class... X>
Kernel<T> lanes(R (*f)(X...)) {
  using V = std::remove_const_t<R>;  // as SLEEF declares pure functions
  return [f](std::span<const T* const> in, T* out, std::size_t n) {
    constexpr std::size_t kLanes = sizeof(V) / sizeof(T);
    for (std::size_t i = 0; i < n; i += kLanes) {
      const std::size_t bytes = std::min(kLanes, n - i) * sizeof(T);
      const auto load = [&](const T* from) {
        T numbers[kLanes];
        std::fill_n(numbers, kLanes, T{1});
        std::memcpy(numbers, from + i, bytes);
        V v;
        std::memcpy(&v, numbers, sizeof v);
        return v;
      };
      V result;
      if constexpr (sizeof...(X) == 1) {
        result = f(load(in[0]));
      } else {
        result = f(load(in[0]), load(in[1]));
      }
      std::memcpy(out + i, &result, bytes);
    }
  };
}

template <class F, class D>
ElementwiseKernel both(F* f32, D* f64) {
  return {lanes<float>(f32), lanes<double>(f64)};
}

}  // namespace roundoff::native
