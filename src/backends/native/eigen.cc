// Eigen: array expressions, reductions, scans and products as its user writes them, compiled for the baseline of the
// processor's family.
#include <fmt/format.h>

#include <Eigen/Dense>
#include <unsupported/Eigen/CXX11/Tensor>
#include <unsupported/Eigen/SpecialFunctions>

#include "backends/native.h"

namespace roundoff::native {
namespace {

template <class T>
using Vector = Eigen::Array<T, Eigen::Dynamic, 1>;
template <class T>
using In = Eigen::Map<const Vector<T>>;
template <class T>
using Table = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// An expression over whole arrays, in both formats.
template <class T, class F>
Kernel<T> kernel(F f) {
  return [f](std::span<const T* const> in, T* out, std::size_t n) {
    const auto size = static_cast<Eigen::Index>(n);
    const auto array = [&](std::size_t i) { return In<T>(in[i], size); };
    Eigen::Map<Vector<T>> result(out, size);
    if constexpr (std::is_invocable_v<F, In<T>>) {
      result = f(array(0));
    } else if constexpr (std::is_invocable_v<F, In<T>, In<T>>) {
      result = f(array(0), array(1));
    } else {
      result = f(array(0), array(1), array(2));
    }
  };
}

template <class F>
ElementwiseKernel both(F f) {
  return {kernel<float>(f), kernel<double>(f)};
}

// A condition as ones and zeros.
template <class F>
ElementwiseKernel test(F f) {
  const auto numbers = [f](const auto& x, const auto& y) {
    return f(x, y).template cast<typename std::decay_t<decltype(x)>::Scalar>();
  };
  return both(numbers);
}

ElementwiseTable functions() {
  return {
      {"exp", both([](const auto& x) { return x.exp(); })},
      {"expm1", both([](const auto& x) { return x.expm1(); })},
      {"log", both([](const auto& x) { return x.log(); })},
      {"log1p", both([](const auto& x) { return x.log1p(); })},
      {"log2", both([](const auto& x) { return x.log2(); })},
      {"log10", both([](const auto& x) { return x.log10(); })},
      {"sin", both([](const auto& x) { return x.sin(); })},
      {"cos", both([](const auto& x) { return x.cos(); })},
      {"tan", both([](const auto& x) { return x.tan(); })},
      {"asin", both([](const auto& x) { return x.asin(); })},
      {"acos", both([](const auto& x) { return x.acos(); })},
      {"atan", both([](const auto& x) { return x.atan(); })},
      {"sinh", both([](const auto& x) { return x.sinh(); })},
      {"cosh", both([](const auto& x) { return x.cosh(); })},
      {"tanh", both([](const auto& x) { return x.tanh(); })},
      {"asinh", both([](const auto& x) { return x.asinh(); })},
      {"acosh", both([](const auto& x) { return x.acosh(); })},
      {"atanh", both([](const auto& x) { return x.atanh(); })},
      {"sigmoid", both([](const auto& x) { return x.logistic(); })},
      {"erf", both([](const auto& x) { return Eigen::erf(x); })},
      {"erfc", both([](const auto& x) { return Eigen::erfc(x); })},
      {"lgamma", both([](const auto& x) { return Eigen::lgamma(x); })},
      {"digamma", both([](const auto& x) { return Eigen::digamma(x); })},
  };
}

ElementwiseTable arithmetic() {
  return {
      {"sqrt", both([](const auto& x) { return x.sqrt(); })},
      {"rsqrt", both([](const auto& x) { return x.rsqrt(); })},
      {"square", both([](const auto& x) { return x.square(); })},
      {"reciprocal", both([](const auto& x) { return x.inverse(); })},
      {"negative", both([](const auto& x) { return -x; })},
      {"abs", both([](const auto& x) { return x.abs(); })},
      {"floor", both([](const auto& x) { return x.floor(); })},
      {"ceil", both([](const auto& x) { return x.ceil(); })},
      {"round", both([](const auto& x) { return x.rint(); })},
      {"sign", both([](const auto& x) { return x.sign(); })},
      {"relu", both([](const auto& x) { return x.max(0); })},
      {"add", both([](const auto& x, const auto& y) { return x + y; })},
      {"subtract", both([](const auto& x, const auto& y) { return x - y; })},
      {"multiply", both([](const auto& x, const auto& y) { return x * y; })},
      {"divide", both([](const auto& x, const auto& y) { return x / y; })},
      {"pow", both([](const auto& x, const auto& y) { return x.pow(y); })},
      {"maximum", both([](const auto& x, const auto& y) { return x.max(y); })},
      {"minimum", both([](const auto& x, const auto& y) { return x.min(y); })},
      {"less", test([](const auto& x, const auto& y) { return x < y; })},
      {"less_equal", test([](const auto& x, const auto& y) { return x <= y; })},
      {"greater", test([](const auto& x, const auto& y) { return x > y; })},
      {"greater_equal", test([](const auto& x, const auto& y) { return x >= y; })},
      {"equal", test([](const auto& x, const auto& y) { return x == y; })},
      {"not_equal", test([](const auto& x, const auto& y) { return x != y; })},
      {"where",
       both([](const auto& condition, const auto& x, const auto& y) { return (condition != 0).select(x, y); })},
  };
}

const ElementwiseTable& table() {
  static const ElementwiseTable kernels = [] {
    ElementwiseTable all = functions();
    all.merge(arithmetic());
    return all;
  }();
  return kernels;
}

// What a fiber op does to a vector, and to all columns of a table at once.
template <class T>
struct Reduction {
  T (*whole)(const In<T>&);
  void (*columns)(const Eigen::Map<const Table<T>>&, Eigen::Map<Eigen::Array<T, 1, Eigen::Dynamic>>&);
};

template <class T, class F>
Reduction<T> reduction(F) {
  return {[](const In<T>& x) -> T { return F{}(x); },
          [](const Eigen::Map<const Table<T>>& x, Eigen::Map<Eigen::Array<T, 1, Eigen::Dynamic>>& out) {
            out = F{}(x.colwise());
          }};
}

template <class T>
const std::map<std::string, Reduction<T>, std::less<>>& reductions() {
  static const std::map<std::string, Reduction<T>, std::less<>> all{
      {"sum", reduction<T>([](const auto& x) { return x.sum(); })},
      {"prod", reduction<T>([](const auto& x) { return x.prod(); })},
      {"mean", reduction<T>([](const auto& x) { return x.mean(); })},
      {"max", reduction<T>([](const auto& x) { return x.maxCoeff(); })},
      {"min", reduction<T>([](const auto& x) { return x.minCoeff(); })},
  };
  return all;
}

Error empty_fiber(const Node& node) { return {Code::usage, "Eigen reduces no empty axis", node.name, ""}; }

template <class T>
Result<Array> reduce(const Node& node, const Array& in) {
  ROUNDOFF_TRY(const Fibers fibers, fibers_of(node, in, node.dtype));
  if (fibers.n == 0) return empty_fiber(node);
  const Reduction<T>& reduction = reductions<T>().at(node.name);
  ROUNDOFF_TRY(Array out, Array::make(node.dtype, node.shape));
  const T* from = fibers.array.as<T>().data();
  T* to = out.as_mutable<T>().data();
  for (std::int64_t o = 0; o < fibers.outer; ++o, from += fibers.n * fibers.inner, to += fibers.inner) {
    if (fibers.inner == 1) {
      *to = reduction.whole(In<T>(from, fibers.n));
    } else if (fibers.inner > 1) {
      Eigen::Map<Eigen::Array<T, 1, Eigen::Dynamic>> result(to, fibers.inner);
      reduction.columns(Eigen::Map<const Table<T>>(from, fibers.n, fibers.inner), result);
    }
  }
  return out;
}

template <class T>
Result<Array> scan(const Node& node, const Array& in) {
  ROUNDOFF_TRY(const Fibers fibers, fibers_of(node, in, node.dtype));
  ROUNDOFF_TRY(Array out, Array::make(node.dtype, node.shape));
  if (out.size() == 0) return out;
  using Tensor = Eigen::Tensor<T, 3, Eigen::RowMajor>;
  const Eigen::TensorMap<const Tensor> from(fibers.array.as<T>().data(), fibers.outer, fibers.n, fibers.inner);
  Eigen::TensorMap<Tensor> to(out.as_mutable<T>().data(), fibers.outer, fibers.n, fibers.inner);
  if (node.name == "cumulative_sum") {
    to = from.cumsum(1);
  } else {
    to = from.cumprod(1);
  }
  return out;
}

template <class T, class F>
void with_matrix(const T* data, std::int64_t rows, std::int64_t cols, const MatrixView& view, F&& f) {
  const Eigen::OuterStride<> stride(view.stride);
  if (view.by_rows) {
    using Rows = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    f(Eigen::Map<const Rows, 0, Eigen::OuterStride<>>(data + view.offset, rows, cols, stride));
  } else {
    using Cols = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor>;
    f(Eigen::Map<const Cols, 0, Eigen::OuterStride<>>(data + view.offset, rows, cols, stride));
  }
}

template <class T>
void multiply(const Product& p, const T* left, const T* right, T* out) {
  using Strided = Eigen::Map<const Eigen::Matrix<T, Eigen::Dynamic, 1>, 0, Eigen::InnerStride<>>;
  using Plain = Eigen::Map<const Eigen::Matrix<T, Eigen::Dynamic, 1>>;
  const Strided x(left + p.left.offset, p.k, Eigen::InnerStride<>(p.left_step));
  const Strided y(right + p.right.offset, p.k, Eigen::InnerStride<>(p.right_step));
  if (p.m == 1 && p.n == 1) {
    const bool plain = p.left_step == 1 && p.right_step == 1;
    *out = plain ? Plain(x.data(), p.k).dot(Plain(y.data(), p.k)) : x.dot(y);
  } else if (p.n == 1) {
    Eigen::Map<Eigen::Matrix<T, Eigen::Dynamic, 1>> result(out, p.m);
    with_matrix(left, p.m, p.k, p.left, [&](const auto& a) { result.noalias() = a * y; });
  } else if (p.m == 1) {
    Eigen::Map<Eigen::Matrix<T, 1, Eigen::Dynamic>> result(out, p.n);
    with_matrix(right, p.k, p.n, p.right, [&](const auto& b) { result.noalias() = x.transpose() * b; });
  } else {
    Eigen::Map<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> result(out, p.m, p.n);
    with_matrix(left, p.m, p.k, p.left, [&](const auto& a) {
      with_matrix(right, p.k, p.n, p.right, [&](const auto& b) { result.noalias() = a * b; });
    });
  }
}

template <class T>
Result<Array> evaluate(const Node& node, std::span<const Array> in) {
  if (std::holds_alternative<Contraction>(node.op->body)) return evaluate_contraction<T>(node, in, multiply<T>);
  return std::get<Fiber>(node.op->body).scan ? scan<T>(node, in[0]) : reduce<T>(node, in[0]);
}

bool supports(const Op& op, DType dtype, const Attrs&) {
  if (!is_native_float(dtype)) return false;
  return table().contains(op.name) || reductions<float>().contains(op.name) ||
         std::holds_alternative<Contraction>(op.body) || op.name == "cumulative_sum" || op.name == "cumulative_prod";
}

}  // namespace

NativeLibrary make_eigen() {
  return {
      .name = "eigen",
      .version = fmt::format("{}.{}.{}", EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION),
      .summary =
          "array expressions, reductions, scans and products of C++ templates, with the instructions of the baseline",
      .supports = supports,
      .evaluate =
          [](const Node& node, std::span<const Array> in) {
            if (std::holds_alternative<Elementwise>(node.op->body)) return evaluate_elementwise(table(), node, in);
            return with_type(node.dtype, [&](auto zero) { return evaluate<decltype(zero)>(node, in); });
          },
      .provenance = {{"instructions", Eigen::SimdInstructionSetsInUse()}},
  };
}

}  // namespace roundoff::native
