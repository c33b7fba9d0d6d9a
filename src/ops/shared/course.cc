#include "ops/course.h"

#include <limits>

namespace roundoff {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

const std::map<std::string, Course, std::less<>>& courses() {
  static const std::vector<Monotone> kRises{{-kInf, kInf, true}}, kFalls{{-kInf, kInf, false}};
  static const std::vector<Monotone> kRisesFromZero{{0, kInf, true}}, kValley{{-kInf, -0.0, false}, {0, kInf, true}};
  static const std::map<std::string, Course, std::less<>> kCourses{
      {"abs", {Parity::even, kValley}},
      {"acos", {Parity::none, {{-1, 1, false}}}},
      {"acosh", {Parity::none, {{1, kInf, true}}}},
      {"asin", {Parity::odd, {{-1, 1, true}}}},
      {"asinh", {Parity::odd, kRises}},
      {"atan", {Parity::odd, kRises}},
      {"atanh", {Parity::odd, {{-1, 1, true}}}},
      {"ceil", {Parity::none, kRises}},
      {"cos", {Parity::even, {}}},
      {"cosh", {Parity::even, kValley}},
      {"erf", {Parity::odd, kRises}},
      {"erfc", {Parity::none, kFalls}},
      {"exp", {Parity::none, kRises}},
      {"exp2", {Parity::none, kRises}},
      {"expm1", {Parity::none, kRises}},
      {"floor", {Parity::none, kRises}},
      {"log", {Parity::none, kRisesFromZero}},
      {"log10", {Parity::none, kRisesFromZero}},
      {"log1p", {Parity::none, {{-1, kInf, true}}}},
      {"log2", {Parity::none, kRisesFromZero}},
      {"negative", {Parity::odd, kFalls}},
      {"reciprocal", {Parity::odd, {{-kInf, -0.0, false}, {0, kInf, false}}}},
      {"relu", {Parity::none, kRises}},
      {"round", {Parity::odd, kRises}},
      {"rsqrt", {Parity::none, {{0, kInf, false}}}},
      {"sigmoid", {Parity::none, kRises}},
      {"sign", {Parity::odd, kRises}},
      {"sin", {Parity::odd, {}}},
      {"sinh", {Parity::odd, kRises}},
      {"softplus", {Parity::none, kRises}},
      {"sqrt", {Parity::none, kRisesFromZero}},
      {"square", {Parity::even, kValley}},
      {"tan", {Parity::odd, {}}},
      {"tanh", {Parity::odd, kRises}},
      {"trunc", {Parity::odd, kRises}},
  };
  return kCourses;
}

}  // namespace

const Course& course_of(const Op& op) {
  static const Course kNone;
  const auto found = courses().find(op.name);
  return found != courses().end() && op.attrs.empty() ? found->second : kNone;
}

}  // namespace roundoff
