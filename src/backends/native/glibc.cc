// glibc's libm: its scalar functions, called by their symbols; and the basic operations as the compiler makes them.
#include <gnu/libc-version.h>

#include <cmath>

#include "backends/native.h"

namespace roundoff::native {
namespace {

template <class T>
using Unary = T (*)(T);
template <class T>
using Binary = T (*)(T, T);

ElementwiseKernel unary(Unary<float> f32, Unary<double> f64) { return {each(f32), each(f64)}; }
ElementwiseKernel binary(Binary<float> f32, Binary<double> f64) { return {each(f32), each(f64)}; }

// The same expression in both formats.
template <class F>
ElementwiseKernel both(F) {
  if constexpr (std::is_invocable_v<F, float>) {
    return {each(static_cast<Unary<float>>([](float x) { return static_cast<float>(F{}(x)); })),
            each(static_cast<Unary<double>>([](double x) { return static_cast<double>(F{}(x)); }))};
  } else {
    return {each(static_cast<Binary<float>>([](float x, float y) { return static_cast<float>(F{}(x, y)); })),
            each(static_cast<Binary<double>>([](double x, double y) { return static_cast<double>(F{}(x, y)); }))};
  }
}

template <class T>
T choose(T condition, T x, T y) {
  return condition != 0 ? x : y;
}

// lgamma writes the global signgam; the reentrant form does not.
float log_gamma(float x) {
  int sign = 0;
  return lgammaf_r(x, &sign);
}
double log_gamma(double x) {
  int sign = 0;
  return lgamma_r(x, &sign);
}

const ElementwiseTable& table() {
  static const ElementwiseTable kernels{
      {"exp", unary(::expf, ::exp)},
      {"exp2", unary(::exp2f, ::exp2)},
      {"expm1", unary(::expm1f, ::expm1)},
      {"log", unary(::logf, ::log)},
      {"log2", unary(::log2f, ::log2)},
      {"log10", unary(::log10f, ::log10)},
      {"log1p", unary(::log1pf, ::log1p)},
      {"sin", unary(::sinf, ::sin)},
      {"cos", unary(::cosf, ::cos)},
      {"tan", unary(::tanf, ::tan)},
      {"asin", unary(::asinf, ::asin)},
      {"acos", unary(::acosf, ::acos)},
      {"atan", unary(::atanf, ::atan)},
      {"sinh", unary(::sinhf, ::sinh)},
      {"cosh", unary(::coshf, ::cosh)},
      {"tanh", unary(::tanhf, ::tanh)},
      {"asinh", unary(::asinhf, ::asinh)},
      {"acosh", unary(::acoshf, ::acosh)},
      {"atanh", unary(::atanhf, ::atanh)},
      {"erf", unary(::erff, ::erf)},
      {"erfc", unary(::erfcf, ::erfc)},
      {"lgamma", unary(log_gamma, log_gamma)},
      {"sqrt", unary(::sqrtf, ::sqrt)},
      {"abs", unary(::fabsf, ::fabs)},
      {"floor", unary(::floorf, ::floor)},
      {"ceil", unary(::ceilf, ::ceil)},
      {"trunc", unary(::truncf, ::trunc)},
      {"round", unary(::rintf, ::rint)},
      {"pow", binary(::powf, ::pow)},
      {"atan2", binary(::atan2f, ::atan2)},
      {"hypot", binary(::hypotf, ::hypot)},
      {"sign", both([](auto x) { return x > 0   ? 1
                                        : x < 0 ? -1
                                                : x; })},
      {"negative", both([](auto x) { return -x; })},
      {"square", both([](auto x) { return x * x; })},
      {"reciprocal", both([](auto x) { return 1 / x; })},
      {"add", both([](auto x, auto y) { return x + y; })},
      {"subtract", both([](auto x, auto y) { return x - y; })},
      {"multiply", both([](auto x, auto y) { return x * y; })},
      {"divide", both([](auto x, auto y) { return x / y; })},
      {"less", both([](auto x, auto y) { return x < y; })},
      {"less_equal", both([](auto x, auto y) { return x <= y; })},
      {"greater", both([](auto x, auto y) { return x > y; })},
      {"greater_equal", both([](auto x, auto y) { return x >= y; })},
      {"equal", both([](auto x, auto y) { return x == y; })},
      {"not_equal", both([](auto x, auto y) { return x != y; })},
      {"where", {each(choose<float>), each(choose<double>)}},
  };
  return kernels;
}

}  // namespace

NativeLibrary make_glibc() {
  return {
      .name = "glibc",
      .version = gnu_get_libc_version(),
      .summary = "libm's scalar functions by their symbols (expf, exp, …); basic operations as the compiler makes them",
      .supports = [](const Op& op, DType dtype,
                     const Attrs&) { return is_native_float(dtype) && table().contains(op.name); },
      .evaluate = [](const Node& node, std::span<const Array> in) { return evaluate_elementwise(table(), node, in); },
  };
}

}  // namespace roundoff::native
