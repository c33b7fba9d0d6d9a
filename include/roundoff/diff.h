// The result model of `roundoff diff`: two sets of arrays, pair by pair. The views of report/diff/ read this and
// nothing else.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "roundoff/report.h"

namespace roundoff {

/// Kinds of values, in the order of DiffFigures::kinds.
enum class ValueKind : std::uint8_t { finite, positive_infinity, negative_infinity, nan };
[[nodiscard]] std::string name_of(ValueKind kind);  ///< "finite", "+inf", "-inf", "nan"

/// A share of the elements has |a − b| below `high` and the next one at or above `low`: neighbouring borders of the
/// histogram, an eighth of a binade apart.
struct Quantile {
  double share = 0;
  double low = 0, high = 0;
};

/// One element of both arrays.
struct DiffElement {
  std::vector<std::int64_t> index;
  std::string part;  ///< "real" or "imag" of a complex element, else ""
  Number a, b;
  std::string bits_a, bits_b;  ///< as stored, "0x3f800000"
  double abs = 0;              ///< |a − b|; +∞ where only one is a number
  double ulp = 0;
  std::int64_t float_distance = 0;
};

/// Figures over the elements where both are numbers, unless said otherwise. NaN stands for "no such figure".
/// ulp and float distance are those of `unit`, the narrower dtype of the two.
struct DiffFigures {
  std::int64_t of = 0;         ///< elements (of complex arrays: real and imaginary parts)
  std::int64_t numbers = 0;    ///< elements where both are finite
  std::int64_t identical = 0;  ///< same bits, or the same value across dtypes; every NaN equals every NaN
  DType unit = DType::float32;
  double mean_abs = 0, max_abs = 0, rms = 0;  ///< of |a − b|
  double max_relative = 0;                    ///< of |a − b| / max(|a|, |b|, relative_floor): at most 2
  double relative_floor = 0;                  ///< the least normal number of `unit`; 1 of integers
  double max_scaled = 0;                      ///< max |a − b| / root of the mean of b²
  double mean_ulp = 0, max_ulp = 0;           ///< of |a − b| / ulp(max(|a|, |b|))
  double mean_float_distance = 0;
  std::int64_t max_float_distance = 0;
  double cosine = 0;                                   ///< Σ a·b / √(Σ a² · Σ b²)
  double sqnr_db = 0;                                  ///< 10 log10(Σ b² / Σ (a − b)²); +∞ where a = b
  std::vector<Quantile> quantiles;                     ///< of |a − b|
  std::array<std::array<std::int64_t, 4>, 4> kinds{};  ///< [kind of a][kind of b], over all elements
  std::int64_t kind_mismatches = 0;                    ///< off the diagonal of `kinds`
  std::int64_t zero_sign_mismatches = 0;
  std::int64_t first_different = -1;  ///< flat index of the first element that is not identical
  std::int64_t worst_ulp = -1;        ///< flat index of the first element that has max_ulp
};

/// Elements that a tolerance refuses, each by the rule of the library it is named after.
struct Beyond {
  double rtol = 0, atol = 0;
  std::int64_t of = 0;                  ///< elements; a complex one is one, and compared by its modulus
  std::int64_t numpy = 0;               ///< np.testing.assert_allclose(a, b, rtol, atol)
  std::int64_t torch = 0;               ///< torch.testing.assert_close(a, b, rtol=rtol, atol=atol)
  std::optional<std::int64_t> max_ulp;  ///< the limit, where there is one
  std::int64_t ulp = 0;                 ///< np.testing.assert_array_max_ulp(a, b, max_ulp); parts of complex elements
};

/// A structure that the difference has, exactly: "reversed along axis 0".
struct DiffFinding {
  std::string finding;  ///< the file that found it, "reversed"
  std::string name;     ///< one plain sentence
  std::int64_t matched = 0, of = 0;
  std::string detail;
  Class verdict = Class::undetermined;  ///< what it proves; undetermined: it only says where the difference is
};

enum class Nearer : std::uint8_t { a, b, both, neither, unknown };
[[nodiscard]] std::string name_of(Nearer nearer);

struct TensorDiff {
  std::string a, b;  ///< their names; of single files the paths
  std::string dtype_a, dtype_b;
  Shape shape_a, shape_b, shape;  ///< as they are; and as compared, after --layout or --transpose
  std::string not_compared;       ///< why there are no figures; "" where there are
  DiffFigures figures;
  std::vector<DiffElement> worst;  ///< farthest apart first; what only one side has as a number ranks above all
  Beyond beyond;
  std::vector<DiffFinding> findings;
  Class verdict = Class::undetermined;
  Nearer nearer = Nearer::unknown;
  std::string reason;  ///< one plain sentence
  std::vector<CauseReport> causes;
  bool exceeds = false;  ///< the verdict or a tolerance makes the exit code 1
};

/// A tensor that only one side has.
struct Unpaired {
  std::string name, dtype;
  Shape shape;
  bool in_a = false;
};

struct DiffReport {
  std::string a, b;                 ///< the two paths
  std::vector<TensorDiff> tensors;  ///< in the order of a's file
  std::vector<Unpaired> unpaired;
  std::vector<std::string> notes;          ///< what was passed over, and why
  std::optional<FunctionReport> function;  ///< with --expr: both as recorded outputs against the truth
  std::string repro;
};

}  // namespace roundoff
