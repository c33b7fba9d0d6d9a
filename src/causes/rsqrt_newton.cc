// sqrt and rsqrt from the processor's approximate reciprocal square root, refined by Newton steps.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "base/text.h"
#include "causes/replay/rsqrt.h"
#include "causes/replay/subject.h"

namespace roundoff::causes {
namespace {

using replay::Maker;
constexpr float kSmallestNormal = std::numeric_limits<float>::min();

enum class Form {
  half_x_of_square,  ///< r · (1.5 − (x/2)·(r·r))
  half_x_times_r,    ///< r · (1.5 − ((x/2)·r)·r)
  three_minus,       ///< (r/2) · (3 − (x·r)·r)
  residual,          ///< r − (r/2)·((x·r)·r − 1)
};
constexpr std::array<std::pair<Form, const char*>, 4> kForms{{{Form::half_x_of_square, "r·(1.5 − (x/2)·r²)"},
                                                              {Form::half_x_times_r, "r·(1.5 − ((x/2)·r)·r)"},
                                                              {Form::three_minus, "(r/2)·(3 − (x·r)·r)"},
                                                              {Form::residual, "r − (r/2)·((x·r)·r − 1)"}}};

struct Recipe {
  bool reciprocal;  ///< the op is rsqrt: no final multiplication by x
  Maker maker;
  int steps;
  Form form;
  bool fused;      ///< multiply-adds where the form has them
  bool x_first;    ///< the last step refines x·r: (x·r)·c, else x·(r·c)
  bool flush;      ///< subnormal arguments and results of every operation count as zero
  bool least_too;  ///< of rsqrt: the smallest normal number counts as zero as well (a comparison with <= instead of <)
  std::int64_t body;  ///< elements before the exact scalar tail
};

float flushed(const Recipe& recipe, float x) {
  return recipe.flush && std::abs(x) < kSmallestNormal ? std::copysign(0.0f, x) : x;
}

/// The operations of a recipe: flushing, and fused or not.
struct Machine {
  const Recipe& recipe;
  [[nodiscard]] float times(float a, float b) const { return flushed(recipe, flushed(recipe, a) * flushed(recipe, b)); }
  /// c + a·b, a·b − c and the like: the caller puts the signs.
  [[nodiscard]] float times_plus(float a, float b, float c) const {
    return flushed(recipe, recipe.fused ? std::fma(a, b, flushed(recipe, c)) : times(a, b) + flushed(recipe, c));
  }
};

/// One Newton step is r·c (but `residual`, which is a sum): the factor c.
float factor(const Machine& m, float x, float r) {
  switch (m.recipe.form) {
    case Form::half_x_of_square:
      return m.times_plus(-m.times(x, 0.5f), m.times(r, r), 1.5f);
    case Form::half_x_times_r:
      return m.times_plus(-m.times(m.times(x, 0.5f), r), r, 1.5f);
    case Form::three_minus:
      return m.times_plus(-m.times(x, r), r, 3.0f);
    default:
      return m.times_plus(m.times(x, r), r, -1.0f);
  }
}

float refined(const Machine& m, float x, float r) {
  const float c = factor(m, x, r);
  if (m.recipe.form == Form::residual) return m.times_plus(-m.times(r, 0.5f), c, r);
  return m.times(m.recipe.form == Form::three_minus ? m.times(r, 0.5f) : r, c);
}

/// What the forms cannot do at 0 (and below the smallest normal number) libraries mask; `residual` keeps the
/// approximation where a step gives NaN.
float masked(const Recipe& recipe, float x, float approximation, float result) {
  if (recipe.form == Form::residual) return std::isnan(result) ? approximation : result;
  const bool tiny = x >= 0 && (x < kSmallestNormal || (recipe.least_too && x == kSmallestNormal));
  return !tiny ? result : recipe.reciprocal ? std::numeric_limits<float>::infinity() : 0.0f;
}

float body_element(const Recipe& recipe, float argument) {
  const Machine m{recipe};
  const float x = flushed(recipe, argument);
  const float approximation = replay::approximate_rsqrt(recipe.maker, x);
  float r = approximation;
  const int before_last = recipe.x_first ? recipe.steps - 1 : recipe.steps;
  for (int i = 0; i < before_last; ++i) r = refined(m, x, r);
  if (recipe.reciprocal || recipe.form == Form::residual) r = masked(recipe, x, approximation, r);
  if (recipe.reciprocal) return r;
  if (!recipe.x_first) return masked(recipe, x, approximation, m.times(x, r));
  const float c = factor(m, x, r);
  const float start = recipe.form == Form::three_minus ? m.times(m.times(x, r), 0.5f) : m.times(x, r);
  return masked(recipe, x, approximation, m.times(start, c));
}

float tail_element(const Recipe& recipe, float x) {
  const float root = std::sqrt(flushed(recipe, x));
  return recipe.reciprocal ? 1.0f / root : root;
}

float element(const Recipe& recipe, const Array& x, std::int64_t i) {
  const float value = x.as<float>()[static_cast<std::size_t>(i)];
  return i < recipe.body ? body_element(recipe, value) : tail_element(recipe, value);
}

Result<Array> run(const Subject& subject, const Recipe& recipe) {
  ROUNDOFF_TRY(const std::vector<Array> in, replay::arguments_of(subject));
  ROUNDOFF_TRY(Array out, Array::make(DType::float32, in[0].shape()));
  for (std::int64_t i = 0; i < out.size(); ++i)
    out.as_mutable<float>()[static_cast<std::size_t>(i)] = element(recipe, in[0], i);
  return out;
}

/// The first and last elements: a hypothesis that is false fails among them or is looked at in full.
bool worth_a_run(const Subject& subject, const Recipe& recipe) {
  const Result<std::vector<Array>> in = replay::arguments_of(subject);
  if (!in) return false;
  const std::int64_t n = subject.out->size(), some = std::min<std::int64_t>(n, 64);
  const auto agrees = [&](std::int64_t i) {
    const float a = element(recipe, (*in)[0], i), b = subject.out->as<float>()[static_cast<std::size_t>(i)];
    return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b) || (std::isnan(a) && std::isnan(b));
  };
  for (std::int64_t i = 0; i < some; ++i) {
    if (!agrees(i) || !agrees(n - 1 - i)) return false;
  }
  return true;
}

std::string detail_of(const Recipe& recipe, std::int64_t n) {
  std::string detail;
  if (recipe.steps > 0) {
    const auto* form = std::ranges::find(kForms, recipe.form, &std::pair<Form, const char*>::first);
    detail = fmt::format("{}{}, {}, ", form->second, recipe.x_first ? " with x·r for r at the end" : "",
                         recipe.fused ? "fused" : "separate multiply and add");
  }
  if (recipe.flush) detail += "subnormals flushed, ";
  if (recipe.least_too) detail += "the smallest normal number counts as zero, ";
  return detail + (recipe.body == n ? "no scalar tail"
                                    : fmt::format("vectors up to element {}, exact tail of {}", grouped(recipe.body),
                                                  n - recipe.body));
}

Hypothesis hypothesis_of(const Recipe& recipe, std::int64_t n) {
  constexpr std::array<const char*, 3> kSteps{"no Newton step", "one Newton step", "two Newton steps"};
  return {fmt::format("{} with {}, {} RSQRTPS", recipe.reciprocal ? "rsqrt(x)" : "x·rsqrt(x)",
                      kSteps[static_cast<std::size_t>(recipe.steps)], recipe.maker == Maker::intel ? "Intel" : "AMD"),
          detail_of(recipe, n), Class::precision_mode, [recipe](const Subject& s) { return run(s, recipe); },
          [recipe](const Subject& s) { return worth_a_run(s, recipe); }};
}

/// Whether flushing could show: subnormal arguments, or so large ones that r·r is subnormal.
bool flushing_shows(const Array& x) {
  return std::ranges::any_of(x.as<float>(), [](float v) {
    const float a = std::abs(v);
    return (a != 0 && a < 2 * kSmallestNormal) || (std::isfinite(a) && a > 0x1p124f);
  });
}

std::vector<Hypothesis> hypotheses(const Subject& subject) {
  const std::string_view op = replay::op_of(subject);
  if ((op != "sqrt" && op != "rsqrt") || subject.out->dtype() != DType::float32) return {};
  const Result<std::vector<Array>> in = replay::arguments_of(subject);
  if (!in || (*in)[0].dtype() != DType::float32 || (*in)[0].size() != subject.out->size()) return {};
  const std::int64_t n = subject.out->size();
  std::vector<std::int64_t> bodies;
  for (const std::int64_t width : {1, 4, 8, 16}) {
    if (std::ranges::find(bodies, n - n % width) == bodies.end()) bodies.push_back(n - n % width);
  }
  const std::vector<bool> flushes =
      flushing_shows((*in)[0]) ? std::vector<bool>{true, false} : std::vector<bool>{false};
  const bool has_least =
      op == "rsqrt" && std::ranges::find((*in)[0].as<float>(), kSmallestNormal) != (*in)[0].as<float>().end();
  std::vector<Hypothesis> all;
  const auto add = [&](Recipe recipe) {
    for (const Maker maker : {Maker::intel, Maker::amd}) {
      for (const bool flush : flushes) {
        for (const std::int64_t body : bodies) {
          recipe.maker = maker;
          recipe.flush = flush;
          recipe.body = body;
          recipe.least_too = false;
          all.push_back(hypothesis_of(recipe, n));
          recipe.least_too = true;
          if (has_least && recipe.form != Form::residual) all.push_back(hypothesis_of(recipe, n));
        }
      }
    }
  };
  const bool reciprocal = op == "rsqrt";
  for (const int steps : {1, 2}) {
    for (const auto& [form, text] : kForms) {
      for (const bool fused : {false, true}) {
        add({reciprocal, Maker::intel, steps, form, fused, false, false, false, n});
        if (!reciprocal && form != Form::residual)
          add({reciprocal, Maker::intel, steps, form, fused, true, false, false, n});
      }
    }
  }
  add({reciprocal, Maker::intel, 0, Form::half_x_of_square, false, false, false, false, n});
  return all;
}

}  // namespace

Cause make_rsqrt_newton() {
  return {.name = "rsqrt_newton",
          .summary = "Square roots made of the processor's approximate reciprocal square root and Newton steps.",
          .source = "Eigen's psqrt and prsqrt (TensorFlow 1.x); Intel and AMD approximations modelled bit for bit",
          .rank = 5,
          .hypotheses = hypotheses};
}

}  // namespace roundoff::causes
