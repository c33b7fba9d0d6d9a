// OpenBLAS: matrix and inner products by its BLAS entries, on as many threads and with the kernels that it chooses.
#include <cblas.h>
#include <fmt/format.h>

#include <limits>

#include "backends/native.h"

namespace roundoff::native {
namespace {

CBLAS_TRANSPOSE transposition(const MatrixView& view) { return view.by_rows ? CblasNoTrans : CblasTrans; }

template <class T>
void multiply(const Product& p, const T* left, const T* right, T* out) {
  constexpr bool kSingle = std::is_same_v<T, float>;
  const auto narrow = [](std::int64_t x) { return static_cast<blasint>(x); };
  const blasint m = narrow(p.m), n = narrow(p.n), k = narrow(p.k);
  const blasint lda = narrow(p.left.stride), ldb = narrow(p.right.stride);
  const blasint x_step = narrow(p.left_step), y_step = narrow(p.right_step);
  left += p.left.offset;
  right += p.right.offset;
  const auto pick = []([[maybe_unused]] auto single, [[maybe_unused]] auto twice) {
    if constexpr (kSingle) {
      return single;
    } else {
      return twice;
    }
  };
  if (m == 1 && n == 1) {
    *out = pick(cblas_sdot, cblas_ddot)(k, left, x_step, right, y_step);
  } else if (k == 1) {
    const blasint rows = p.left.by_rows ? lda : 1, cols = p.right.by_rows ? 1 : ldb;
    pick(cblas_sger, cblas_dger)(CblasRowMajor, m, n, T{1}, left, rows, right, cols, out, n);
  } else if (n == 1) {
    const bool rows = p.left.by_rows;
    pick(cblas_sgemv, cblas_dgemv)(rows ? CblasRowMajor : CblasColMajor, CblasNoTrans, m, k, T{1}, left, lda, right,
                                   y_step, T{0}, out, 1);
  } else if (m == 1) {
    const bool rows = p.right.by_rows;
    pick(cblas_sgemv, cblas_dgemv)(rows ? CblasRowMajor : CblasColMajor, CblasTrans, k, n, T{1}, right, ldb, left,
                                   x_step, T{0}, out, 1);
  } else {
    pick(cblas_sgemm, cblas_dgemm)(CblasRowMajor, transposition(p.left), transposition(p.right), m, n, k, T{1}, left,
                                   lda, right, ldb, T{0}, out, n);
  }
}

Result<Array> evaluate(const Node& node, std::span<const Array> in) {
  for (const Array& array : in) {
    if (array.size() > std::numeric_limits<blasint>::max()) {
      return Error{Code::usage, fmt::format("{} elements are more than OpenBLAS counts", array.size()), node.name, ""};
    }
  }
  return with_type(node.dtype,
                   [&](auto zero) { return evaluate_contraction<decltype(zero)>(node, in, multiply<decltype(zero)>); });
}

// "OpenBLAS 0.3.21 DYNAMIC_ARCH …" -> "0.3.21"
std::string version() {
  const std::string_view config = openblas_get_config();
  const std::size_t begin = std::min(config.find(' '), config.size() - 1) + 1;
  return std::string(config.substr(begin, config.find(' ', begin) - begin));
}

}  // namespace

NativeLibrary make_openblas() {
  return {
      .name = "openblas",
      .version = version(),
      .summary = "matrix products by gemm, gemv, dot and ger, with the kernels that it chooses for this processor",
      .supports = [](const Op& op, DType dtype,
                     const Attrs&) { return is_native_float(dtype) && std::holds_alternative<Contraction>(op.body); },
      .evaluate = evaluate,
      .provenance = {{"blas", openblas_get_config()},
                     {"blas core", openblas_get_corename()},
                     {"threads", std::to_string(openblas_get_num_threads())}},
  };
}

}  // namespace roundoff::native
