// Another dtype inside: computed in it, arguments cut to it, or results kept in it.
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "base/format.h"
#include "causes/replay/products.h"

namespace roundoff::causes {
namespace {

using replay::Cut;

constexpr std::int64_t kMostElements = 200'000;  // of functions that no sample can stand for
constexpr std::int64_t kSample = 64;

/// All floating numbers of the function moved to one dtype, every op correctly rounded there; the result as the backend
/// gave its own.
Result<Array> computed_in(const Subject& subject, DType dtype) {
  ROUNDOFF_TRY(std::vector<Array> in, replay::cast_floats(subject.in, dtype));
  const DType own = replay::node_of(subject).dtype;
  Array out;
  if (subject.whole) {
    const Graph graph = replay::in_dtype(*subject.graph, own, dtype);
    ROUNDOFF_TRY(std::vector<Array> value, replay::evaluate(graph, in));
    out = value[static_cast<std::size_t>(graph.output)];
  } else {
    const replay::Alone one = replay::alone(subject, std::move(in), dtype);
    ROUNDOFF_TRY(out, correctly_rounded(one.graph, one.graph.output, one.in));
  }
  return cast(out, subject.out->dtype());
}

/// The op on arguments cut by `cut`, correctly rounded.
Result<Array> on_cut(const Subject& subject, Cut cut) {
  ROUNDOFF_TRY(std::vector<Array> in, replay::arguments_of(subject));
  for (Array& array : in) {
    ROUNDOFF_TRY(Array narrowed, Array::make(array.dtype(), array.shape()));
    for (std::int64_t i = 0; i < array.size(); ++i)
      narrowed.set(i, replay::cut_to(cut, static_cast<float>(array.get(i))));
    array = std::move(narrowed);
  }
  return correctly_rounded(*subject.graph, subject.node, in);
}

/// Whether a sample of an elementwise subject agrees with `replay`; other subjects are looked at in full, unless large.
bool sample_agrees(const Subject& subject, const std::function<Result<Array>(const Subject&)>& replay) {
  if (!replay::is_a<Elementwise>(subject) || !replay::is_one_op(subject)) return subject.out->size() <= kMostElements;
  const Result<replay::Sampled> sample = replay::sampled(subject, kSample);
  if (!sample) return false;
  Result<Array> out = Array::make(subject.out->dtype(), {static_cast<std::int64_t>(sample->places.size())});
  if (!out) return false;
  const std::size_t size = size_of(out->dtype());
  for (std::size_t i = 0; i < sample->places.size(); ++i) {
    const auto from = subject.out->bytes().subspan(static_cast<std::size_t>(sample->places[i]) * size, size);
    std::ranges::copy(from, out->mutable_bytes().begin() + static_cast<std::ptrdiff_t>(i * size));
  }
  Subject small = replay::with_arrays(subject, sample->in, *out, *out);
  small.graph = &sample->graph;
  small.node = sample->graph.output;
  small.whole = false;
  const Result<Array> replayed = replay(small);
  return replayed && count_same_bits(*replayed, *out) == out->size();
}

Hypothesis hypothesis(std::string name, Class effect, const std::function<Result<Array>(const Subject&)>& replay) {
  return {.name = std::move(name), .effect = effect, .replay = replay, .screen = [replay](const Subject& s) {
            return sample_agrees(s, replay);
          }};
}

/// Whether every number of the array is one of a narrower dtype.
bool all_are(const Array& array, DType dtype) {
  for (std::int64_t i = 0; i < array.size(); ++i) {
    const double x = array.get(i);
    if (x == x && round_to(format_of(dtype), x) != x) return false;
  }
  return true;
}

/// What a result kept in `dtype` gives: the output itself, if it looks so. Any output made of few bits (zeros, whole
/// numbers) is one of a narrow dtype's; so each must lie within two floats of that dtype from the exact result, and of
/// many an eighth must use its last bit.
Result<Array> kept_in(const Subject& subject, DType dtype) {
  constexpr std::int64_t kNear = 2;
  ROUNDOFF_TRY(const Array kept, cast(*subject.out, dtype));
  ROUNDOFF_TRY(const Array exact, cast(*subject.exact, dtype));
  std::int64_t numbers = 0, odd = 0;
  for (std::int64_t i = 0; i < kept.size(); ++i) {
    const double a = kept.get(i), b = exact.get(i);
    if (std::isnan(a) && std::isnan(b)) continue;
    if (std::isnan(a) || std::isnan(b) || float_distance(dtype, a, b) > kNear)
      return Error{Code::input, fmt::format("[{}] is no {} result", i, name_of(dtype)), "other_dtype", ""};
    if (a == 0 || std::isinf(a)) continue;
    ++numbers;
    odd += static_cast<std::int64_t>(kept.bits(i) & 1u);
  }
  if (8 * odd < numbers - 8) return Error{Code::input, "the last bit is hardly used", "other_dtype", ""};
  return cast(kept, subject.out->dtype());
}

bool wider(DType a, DType b) { return format_of(a).precision > format_of(b).precision; }

void add_dtypes(const Subject& subject, std::vector<Hypothesis>& all) {
  const DType own = replay::node_of(subject).dtype, given = subject.out->dtype();
  for (const DType dtype : {DType::float64, DType::float32, DType::bfloat16, DType::float16}) {
    if (dtype == own && given == own) continue;
    // One op in a wider dtype, rounded once more, is the correctly rounded result but for rare double rounding.
    if (wider(dtype, given) && replay::is_one_op(subject)) continue;
    if (wider(given, dtype) && !all_are(*subject.out, dtype)) continue;
    const std::string then = dtype == given        ? ""
                             : wider(dtype, given) ? fmt::format(", rounded to {}", name_of(given))
                                                   : fmt::format(", stored in {}", name_of(given));
    all.push_back(hypothesis(fmt::format("computed in {}{}", name_of(dtype), then), Class::dtype,
                             [dtype](const Subject& s) { return computed_in(s, dtype); }));
    if (!wider(given, dtype)) continue;
    all.push_back({.name = fmt::format("{} results stored in {}", name_of(dtype), name_of(given)),
                   .effect = Class::dtype,
                   .replay = [dtype](const Subject& s) { return kept_in(s, dtype); }});
  }
}

std::vector<Hypothesis> hypotheses(const Subject& subject) {
  const Node& node = replay::node_of(subject);
  if (subject.graph->has_gradient() || !is_float(node.dtype) || !is_float(subject.out->dtype()) ||
      replay::is_a<Movement>(subject))
    return {};
  std::vector<Hypothesis> all;
  if (!replay::is_a<Contraction>(subject) || subject.out->dtype() != node.dtype) add_dtypes(subject, all);
  const bool cuts = node.dtype == DType::float32 && replay::is_one_op(subject) && !replay::is_a<Contraction>(subject);
  for (const Cut cut : {Cut::bfloat16, Cut::tf32_nearest, Cut::tf32_away, Cut::tf32_truncate}) {
    if (cuts)
      all.push_back(hypothesis(std::string(replay::name_of(cut)), Class::precision_mode,
                               [cut](const Subject& s) { return on_cut(s, cut); }));
  }
  return all;
}

}  // namespace

Cause make_other_dtype() {
  return {.name = "other_dtype",
          .summary = "Computed in another dtype than the result's, or from arguments cut to a narrower one.",
          .source = "NumPy's and PyTorch's promotion rules; NVIDIA A100 architecture paper (TF32)",
          .rank = 45,
          .whole_function = true,
          .hypotheses = hypotheses};
}

}  // namespace roundoff::causes
