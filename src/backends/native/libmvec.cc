// libmvec: glibc's functions on vectors, as a vectorising compiler calls them, in the widest form that this processor
// runs. The last, partial vector is filled up with ones.
//
// Names and calling convention: "Vector Function ABI" for x86-64: _ZGV, the instruction set (b: SSE, d: AVX2), N, the
// number of lanes, a v for each vector argument.
#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <gnu/libc-version.h>

#include "backends/native.h"

namespace roundoff::native {
namespace {

#if defined(__x86_64__)

// The functions that glibc has for vectors since 2.35, under the names of the scalar ones.
constexpr std::array kUnary{"exp",  "exp2", "expm1", "log",  "log2", "log10", "log1p", "sin",   "cos", "tan", "asin",
                            "acos", "atan", "sinh",  "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc"};
constexpr std::array kBinary{"pow", "atan2", "hypot"};

bool wide() { return __builtin_cpu_supports("avx2") != 0; }

template <class T>
struct Registers;
template <>
struct Registers<float> {
  using narrow = __m128;
  using wide = __m256;
};
template <>
struct Registers<double> {
  using narrow = __m128d;
  using wide = __m256d;
};

// The two callers differ in the registers alone, and each must be compiled for those that it passes.

template <class T>
void call_narrow(void* symbol, std::span<const T* const> in, T* out, std::size_t n) {
  using V = typename Registers<T>::narrow;
  constexpr std::size_t kLanes = sizeof(V) / sizeof(T);
  for (std::size_t i = 0; i < n; i += kLanes) {
    const std::size_t lanes = std::min(kLanes, n - i);
    V x[2];
    for (std::size_t k = 0; k < in.size(); ++k) {
      T numbers[kLanes];
      std::fill_n(numbers, kLanes, T{1});
      std::copy_n(in[k] + i, lanes, numbers);
      std::memcpy(&x[k], numbers, sizeof(V));
    }
    const V result =
        in.size() == 1 ? reinterpret_cast<V (*)(V)>(symbol)(x[0]) : reinterpret_cast<V (*)(V, V)>(symbol)(x[0], x[1]);
    std::memcpy(out + i, &result, lanes * sizeof(T));
  }
}

template <class T>
__attribute__((target("avx2"))) void call_wide(void* symbol, std::span<const T* const> in, T* out, std::size_t n) {
  using V = typename Registers<T>::wide;
  constexpr std::size_t kLanes = sizeof(V) / sizeof(T);
  for (std::size_t i = 0; i < n; i += kLanes) {
    const std::size_t lanes = std::min(kLanes, n - i);
    V x[2];
    for (std::size_t k = 0; k < in.size(); ++k) {
      T numbers[kLanes];
      std::fill_n(numbers, kLanes, T{1});
      std::copy_n(in[k] + i, lanes, numbers);
      std::memcpy(&x[k], numbers, sizeof(V));
    }
    const V result =
        in.size() == 1 ? reinterpret_cast<V (*)(V)>(symbol)(x[0]) : reinterpret_cast<V (*)(V, V)>(symbol)(x[0], x[1]);
    std::memcpy(out + i, &result, lanes * sizeof(T));
  }
}

template <class T>
std::string prefix_of(std::size_t arity) {
  const std::size_t lanes = (wide() ? 32 : 16) / sizeof(T);
  return fmt::format("_ZGV{}N{}{}_", wide() ? 'd' : 'b', lanes, std::string(arity, 'v'));
}

template <class T>
Kernel<T> kernel_of(void* library, const std::string& name, std::size_t arity) {
  const std::string symbol = prefix_of<T>(arity) + name + (sizeof(T) == 4 ? "f" : "");
  void* function = dlsym(library, symbol.c_str());
  if (function == nullptr) return {};
  const auto call = wide() ? call_wide<T> : call_narrow<T>;
  return [=](std::span<const T* const> in, T* out, std::size_t n) { call(function, in, out, n); };
}

ElementwiseTable make_table() {
  ElementwiseTable table;
  void* library = dlopen("libmvec.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return table;
  const auto add = [&](const char* name, std::size_t arity) {
    ElementwiseKernel kernel{kernel_of<float>(library, name, arity), kernel_of<double>(library, name, arity)};
    if (kernel.f32 && kernel.f64) table.emplace(name, std::move(kernel));
  };
  for (const char* name : kUnary) add(name, 1);
  for (const char* name : kBinary) add(name, 2);
  return table;
}

std::string variant() { return prefix_of<float>(1) + "expf"; }

#else

ElementwiseTable make_table() { return {}; }
std::string variant() { return "none on this processor"; }

#endif

const ElementwiseTable& table() {
  static const ElementwiseTable kTable = make_table();
  return kTable;
}

}  // namespace

NativeLibrary make_libmvec() {
  return {
      .name = "libmvec",
      .version = gnu_get_libc_version(),
      .summary = "glibc's vector functions, called as a vectorising compiler calls them (" + variant() + ", …)",
      .supports = [](const Op& op, DType dtype,
                     const Attrs&) { return is_native_float(dtype) && table().contains(op.name); },
      .evaluate = [](const Node& node, std::span<const Array> in) { return evaluate_elementwise(table(), node, in); },
      .provenance = {{"variant", variant()}},
  };
}

}  // namespace roundoff::native
