// What an op is. ONE FILE PER OP in this folder defines make_NAME() for NAME.cc and says all there is about it;
// the build lists the files, so a new op is one new file. Helpers that several ops share live in ops/shared/.
#pragma once

#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "balls/ball.h"
#include "balls/rational.h"
#include "kernels/double_double.h"
#include "roundoff/array.h"

namespace roundoff {

// ---- attributes -------------------------------------------------------------------------------------------------

/// None, an integer, a number, a flag, a word, or a list of integers. A list element may be none (open slice ends):
/// kNoneInt.
using AttrValue = std::variant<std::monostate, std::int64_t, double, bool, std::string, std::vector<std::int64_t>>;
inline constexpr std::int64_t kNoneInt = INT64_MIN;

/// Attributes of one node, complete: defaults are filled in when the graph is built.
using Attrs = std::map<std::string, AttrValue, std::less<>>;

[[nodiscard]] std::int64_t int_attr(const Attrs& attrs, std::string_view name, std::int64_t none = 0);
[[nodiscard]] double number_attr(const Attrs& attrs, std::string_view name);
[[nodiscard]] bool flag_attr(const Attrs& attrs, std::string_view name);
[[nodiscard]] std::string word_attr(const Attrs& attrs, std::string_view name);
[[nodiscard]] std::vector<std::int64_t> list_attr(const Attrs& attrs, std::string_view name);

enum class AttrType { axis, integer, number, flag, word, dtype, ints };  ///< axis: none, an integer or a list

struct AttrSpec {
  std::string name = {};
  AttrType type = AttrType::word;
  std::optional<AttrValue> standard = {};  ///< the default; nullopt where the caller must say
  std::string doc = {};
  std::vector<std::string> choices = {};  ///< for words
};

// ---- accuracy ---------------------------------------------------------------------------------------------------

/// What an honest implementation may add to the exact result of exact arguments.
struct Allowance {
  double ulps = 0;          ///< of the result (for reductions and contractions: of the final rounding; see budget)
  double scale_ulps = 0;    ///< a second, weaker allowance, in ulps of `scale`; 0 where there is none
  double scale = 0;         ///< the magnitude that the weaker allowance refers to (1 for a sigmoid)
  bool ieee754 = false;     ///< a basic operation: correctly rounded by the standard; conformance is reported apart
  std::string source = {};  ///< where the figure comes from
};

/// The arithmetic that a budget walk models: unit u, and how k roundings add up.
struct Unit {
  double u;       ///< 2^-p of the node's dtype; 0 to propagate the inputs' radii only
  double eta;     ///< smallest subnormal: the absolute error of an underflow
  bool probable;  ///< false: worst case, k; true: min(k, 3·√k) (Higham & Mary 2019, with λ = 3)
  [[nodiscard]] double growth(double k) const;
  /// The same rule for radii that add: Σ r, or min(Σ r, 3·√(Σ r²)).
  [[nodiscard]] double add_up(double sum, double sum_of_squares) const;
};

// ---- the four shapes of an op -----------------------------------------------------------------------------------

/// out[i] = f(a[i], b[i], …) under broadcasting.
struct Elementwise {
  int arity = 1;
  /// f on balls at working precision `prec` bits, valid for wide balls too (that is how budgets propagate). Arguments
  /// are all Kind::real. Sets Kind::nan where all of the ball lies outside the domain, undecided where only a part
  /// does.
  std::function<void(Ball& out, std::span<const Ball* const> in, const Attrs& attrs, long prec)> ball = {};
  /// Consulted first wherever every argument is exactly a double, and wherever some argument is NaN, ±∞ or ±0; inexact
  /// arguments then come as doubles on both sides of their ball, and the answer counts where it is the same for all of
  /// them. nullopt: nothing special here.
  std::function<std::optional<double>(std::span<const double> x, const Attrs& attrs)> special = {};
  /// ball takes arguments of every Kind, because it may pass one on unchanged (maximum, where). Then special is asked
  /// about exact arguments only.
  bool any_kind = false;
  /// The same on exact rationals, for an op that never leaves them (absent: it does); nullopt where it has no value (x
  /// / 0). How steps and ties are decided that balls can only approach.
  std::function<std::optional<Rational>(std::span<const Rational> x, const Attrs& attrs)> rational = {};
  /// The double-double tier, rigorous: f of the arguments' intervals, which are between 2^-300 and 2^300 in size (lower
  /// parts 0 or above 2^-420). A radius that is not finite where it has no answer: the element goes to `ball`. What it
  /// adds of its own is below 2^-78 of the result's or an argument's size, whichever is larger. May be absent.
  DoubleDouble (*pair)(const DoubleDouble* x) = nullptr;
};

/// Slices along the reduced or scanned axes: a fiber of n elements in, 1 (reduction) or n (scan) elements out.
struct Fiber {
  bool scan = false;
  /// Arguments may be of any Kind.
  std::function<void(std::span<Ball> out, std::span<const Ball> in, const Attrs& attrs, long prec)> ball = {};
  /// Double-double tier, rigorous; false where this fiber must go to balls (special values, ranges). May be absent.
  std::function<bool(std::span<Enclosure> out, std::span<const Enclosure> in, const Attrs& attrs)> enclose = {};
  /// Radius of an honest result round `out_mid`, where input i is mid[i] ± rad[i]: propagation plus what evaluation in
  /// `unit` adds, in any order of summation. An upper bound, rounding of this computation included.
  std::function<void(std::span<double> out_rad, std::span<const double> out_mid, std::span<const double> mid,
                     std::span<const double> rad, const Unit& unit, const Attrs& attrs)>
      budget = {};
  /// On exact rationals, as in Elementwise; false where there is no value.
  std::function<bool(std::span<Rational> out, std::span<const Rational> in, const Attrs& attrs)> rational = {};
};

/// out[b,i,j] = Σ_k left[b,i,k] · right[b,k,j], after the op's own view of its arguments as such stacks.
struct Contraction {
  struct Plan {
    std::int64_t batch, m, n, k;
    /// Flat index of left[b,i,k] = left_batch[b] + i·left_row + k·left_col, and likewise right[b,k,j].
    std::vector<std::int64_t> left_batch, right_batch;
    std::int64_t left_row, left_col, right_row, right_col;
  };
  std::function<Plan(const Shape& left, const Shape& right, const Attrs& attrs)> plan = {};
};

/// Every output element is one input element, unchanged.
struct Movement {
  struct Source {
    std::int32_t input;
    std::int64_t index;
  };
  std::function<std::vector<Source>(std::span<const Shape> in, const Shape& out, const Attrs& attrs)> map = {};
};

// ---- the op -----------------------------------------------------------------------------------------------------

struct Interval {
  double lo, hi;
};

/// What other frameworks mean by the same name: the function with other attributes, or another op.
struct Variant {
  std::string name = {};        ///< "ddof 1", "GELU by tanh"
  std::string expression = {};  ///< over x1, x2, …, as the expression parser reads it, or
  Attrs attrs = {};             ///< the attributes that differ
  std::string who = {};         ///< who means it, and the document that says so
};

/// f(−x) = f(x), or −f(x).
enum class Parity { none, even, odd };

/// Where f never falls (or never rises) over the whole interval, its ends included. A zero at an end has the end's
/// sign.
struct Monotone {
  double lo, hi;
  bool rising;
};

/// f is monotone (not strictly, perhaps) on (−∞, below] and on [above, ∞), special values apart: NaNs where it is on
/// neither.
struct Tails {
  double below = std::numeric_limits<double>::quiet_NaN(), above = std::numeric_limits<double>::quiet_NaN();
};

/// How an elementwise function of one real argument runs: what sweeps hold neighbouring and mirrored outputs against,
/// and enclose blocks of contiguous floats by. All of it may be absent.
struct Course {
  Parity parity = Parity::none;
  std::vector<Monotone> monotone = {};
  Tails tails = {};
  /// out[k], for 0 < k < length, encloses f^(k)(t) / k! for every t in the ball x[0], where x is x[0] + 1·z; out[0] is
  /// of no use (the op's own ball has it to full relative precision). Coefficients that are not finite say nothing.
  /// nullptr: f is no smooth function (steps, comparisons).
  void (*series)(arb_poly_t out, const arb_poly_t x, const Attrs& attrs, slong length, slong prec) = nullptr;
};

struct Op {
  std::string name = {};     ///< as in the array API standard, or as in ONNX in snake case
  std::string summary = {};  ///< one line for the reference page
  std::variant<Elementwise, Fiber, Contraction, Movement> body = {};
  std::vector<AttrSpec> attrs = {};
  Allowance allowance = {};
  std::string special_values = {};  ///< the contract at NaN, infinities, zeros and outside the domain, with its source
  std::vector<std::vector<Interval>> sample =
      {};  ///< per argument: intervals worth sampling; empty: all finite numbers
  /// Adjoint of each argument as an expression over g (the output's adjoint), out, x1, x2, …, and the helpers
  /// expand(e), total(e), average(e), flip(e), transposed(e), count, correction (see graph/differentiate.h). "0":
  /// constant almost everywhere. Empty: not differentiable.
  std::vector<std::string> derivative = {};
  /// The same where it depends on attributes (then `derivative` is empty).
  std::function<std::vector<std::string>(const Attrs&)> derivative_for = {};
  Course course = {};
  std::vector<Variant> variants = {};
  /// Shape of the result; by default broadcasting (elementwise) or what the axis attributes say (fiber).
  std::function<Result<Shape>(std::span<const Shape>, const Attrs&)> shape = {};
  /// dtype of the result; by default the promotion of the arguments' dtypes.
  std::function<Result<DType>(std::span<const DType>, const Attrs&)> dtype = {};
  int arity_min = 1,
      arity_max = 1;  ///< the number of arguments (concat takes many); elementwise: all_ops() takes it from the body
};

/// Every op, by name. The list is made by the build from this folder.
[[nodiscard]] const std::map<std::string, Op, std::less<>>& all_ops();
[[nodiscard]] const Op* find_op(std::string_view name);

/// Shape and dtype of a node from those of its arguments: the op's own rules or the defaults.
[[nodiscard]] Result<Shape> infer_shape(const Op& op, std::span<const Shape> in, const Attrs& attrs);
[[nodiscard]] Result<DType> infer_dtype(const Op& op, std::span<const DType> in, const Attrs& attrs);

/// The adjoints that the op's file writes, for these attributes. Empty: not differentiable.
[[nodiscard]] std::vector<std::string> derivative_of(const Op& op, const Attrs& attrs);

[[nodiscard]] Result<Shape> broadcast(std::span<const Shape> shapes);
[[nodiscard]] Result<DType> promote(std::span<const DType> dtypes);
/// The axes that a fiber op runs over, sorted and non-negative: attribute `axis`, none meaning all of them.
[[nodiscard]] Result<std::vector<std::int64_t>> axes_of(const Attrs& attrs, std::size_t rank);

/// f on possibly special arguments: special() first, then the ball. What every tier and every replay calls.
void evaluate(const Elementwise& f, Ball& out, std::span<const Ball* const> in, const Attrs& attrs, long prec);

}  // namespace roundoff
