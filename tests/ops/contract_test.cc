// What each op's file must say, how shapes and dtypes follow, and how evaluate() meets arguments of every kind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checker.h"

namespace roundoff::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// ---- the registry -----------------------------------------------------------------------------------------------

TEST(Registry, EveryOpSaysAllThereIsAboutIt) {
  EXPECT_GE(all_ops().size(), 58u);
  for (const auto& [name, op] : all_ops()) {
    SCOPED_TRACE(name);
    EXPECT_EQ(name, op.name);
    EXPECT_EQ(find_op(name), &op);
    EXPECT_FALSE(op.summary.empty());
    EXPECT_FALSE(op.special_values.empty());
    EXPECT_FALSE(op.allowance.source.empty());
    EXPECT_GE(op.allowance.ulps, 0);
    EXPECT_EQ(op.allowance.scale_ulps > 0, op.allowance.scale > 0);
    EXPECT_GE(op.arity_max, op.arity_min);
    for (const AttrSpec& spec : op.attrs) {
      EXPECT_FALSE(spec.name.empty());
      EXPECT_FALSE(spec.doc.empty()) << spec.name;
      if (spec.standard && !spec.choices.empty()) {
        EXPECT_THAT(spec.choices, ::testing::Contains(std::get<std::string>(*spec.standard)));
      }
    }
    for (const Variant& variant : op.variants) {
      EXPECT_FALSE(variant.name.empty());
      EXPECT_FALSE(variant.who.empty()) << variant.name;
      EXPECT_NE(variant.expression.empty(), variant.attrs.empty()) << variant.name;
    }
  }
}

TEST(Registry, ElementwiseOpsSampleEachArgumentAndDeriveByEach) {
  for (const auto& [name, op] : all_ops()) {
    const auto* f = std::get_if<Elementwise>(&op.body);
    if (f == nullptr) continue;
    SCOPED_TRACE(name);
    EXPECT_EQ(op.arity_min, f->arity);
    EXPECT_EQ(op.arity_max, f->arity);
    EXPECT_EQ(op.sample.size(), static_cast<std::size_t>(f->arity));
    for (const auto& intervals : op.sample) {
      EXPECT_FALSE(intervals.empty());
      for (const Interval& interval : intervals) EXPECT_LT(interval.lo, interval.hi);
    }
    const auto derivative = derivative_of(op, oracles().contains(name) ? oracles().at(name).attrs : Attrs{});
    EXPECT_TRUE(derivative.empty() || derivative.size() == static_cast<std::size_t>(f->arity));
  }
}

TEST(Registry, UnknownNamesAreNotFound) { EXPECT_EQ(find_op("no_such_op"), nullptr); }

// ---- dtypes and shapes ------------------------------------------------------------------------------------------

TEST(Infer, Broadcasts) {
  const auto both = [](Shape a, Shape b) { return broadcast(std::vector<Shape>{std::move(a), std::move(b)}); };
  EXPECT_THAT(*both({3, 1}, {4}), ElementsAre(3, 4));
  EXPECT_THAT(*both({}, {2, 2}), ElementsAre(2, 2));
  EXPECT_THAT(*both({1}, {0}), ElementsAre(0));
  EXPECT_THAT(*both({5, 1, 2}, {5, 7, 1}), ElementsAre(5, 7, 2));
  const auto failed = both({2, 3}, {4});
  ASSERT_FALSE(failed.ok());
  EXPECT_THAT(failed.error().what, HasSubstr("[2, 3] and [4]"));
}

TEST(Infer, PromotesAsTheArrayApiDoes) {
  const auto both = [](DType a, DType b) { return promote(std::vector<DType>{a, b}); };
  EXPECT_EQ(*both(DType::float16, DType::float64), DType::float64);
  EXPECT_EQ(*both(DType::float16, DType::bfloat16), DType::float32);
  EXPECT_EQ(*both(DType::int8, DType::uint8), DType::int16);
  EXPECT_EQ(*both(DType::uint16, DType::int64), DType::int64);
  EXPECT_EQ(*both(DType::uint32, DType::int8), DType::int64);
  EXPECT_EQ(*both(DType::int64, DType::float16), DType::float16);
  EXPECT_EQ(*both(DType::bool_, DType::uint8), DType::uint8);
  EXPECT_FALSE(both(DType::uint64, DType::int8).ok());
}

TEST(Infer, AsksForFloatingArguments) {
  const auto of = [](const char* name, std::vector<DType> in) { return infer_dtype(*find_op(name), in, {}); };
  EXPECT_THAT(of("exp", {DType::int32}).error().what, HasSubstr("exp takes floating"));
  EXPECT_EQ(*of("add", {DType::int32, DType::int8}), DType::int32);
  EXPECT_FALSE(of("add", {DType::bool_, DType::bool_}).ok());
  EXPECT_EQ(*of("less", {DType::float32, DType::float32}), DType::bool_);
  EXPECT_EQ(*of("where", {DType::bool_, DType::float16, DType::float32}), DType::float32);
  EXPECT_EQ(*infer_dtype(*find_op("astype"), std::vector{DType::float64}, {{"dtype", std::string("int8")}}),
            DType::int8);
}

TEST(Infer, AxesAreSortedCheckedAndNonNegative) {
  const auto of = [](AttrValue axis, std::size_t rank) { return axes_of({{"axis", std::move(axis)}}, rank); };
  EXPECT_THAT(*of(std::monostate{}, 3), ElementsAre(0, 1, 2));
  EXPECT_THAT(*axes_of({}, 2), ElementsAre(0, 1));
  EXPECT_THAT(*of(std::int64_t{-1}, 3), ElementsAre(2));
  EXPECT_THAT(*of(std::vector<std::int64_t>{2, -3}, 3), ElementsAre(0, 2));
  EXPECT_FALSE(of(std::int64_t{3}, 3).ok());
  EXPECT_FALSE(of(std::int64_t{INT64_MIN}, 3).ok());
  EXPECT_FALSE(of(std::vector<std::int64_t>{1, -2}, 3).ok());
}

TEST(Units, GrowInTheWorstCaseOrByTheRoot) {
  const Unit worst{0x1p-24, 0x1p-149, false}, probable{0x1p-24, 0x1p-149, true};
  EXPECT_EQ(worst.growth(100), 100);
  EXPECT_NEAR(probable.growth(10'000), 300, 1e-9);
  EXPECT_EQ(probable.growth(4), 4);
  EXPECT_EQ(worst.add_up(10, 1), 10);
  EXPECT_NEAR(probable.add_up(10, 1), 3, 1e-12);
}

// ---- evaluate ---------------------------------------------------------------------------------------------------

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();

Ball number(double x) {
  Ball ball;
  ball.set_double(x);
  return ball;
}

Ball around(double x, slong radius_exponent) {
  Ball ball = number(x);
  mag_set_ui_2exp_si(arb_radref(ball.arb()), 1, radius_exponent);
  return ball;
}

Ball of(Kind kind) {
  Ball ball;
  ball.set_kind(kind);
  return ball;
}

Ball apply(const char* name, const std::vector<Ball>& x, const Attrs& attrs = {}) {
  std::vector<const Ball*> in;
  for (const Ball& each : x) in.push_back(&each);
  Ball out;
  evaluate(std::get<Elementwise>(find_op(name)->body), out, in, attrs, 128);
  return out;
}

std::optional<double> value(const Ball& ball) { return rounded(ball, format_of(DType::float64)); }

TEST(Evaluate, MayWriteOverItsArgument) {
  Ball x = number(3);
  const Ball* in[] = {&x, &x};
  evaluate(std::get<Elementwise>(find_op("multiply")->body), x, in, {}, 128);
  EXPECT_EQ(value(x), 9);
}

TEST(Evaluate, SpecialValuesMeetInexactNumbers) {
  EXPECT_EQ(value(apply("add", {number(kInfinity), around(3, -200)})), kInfinity);
  EXPECT_TRUE(same(*value(apply("multiply", {number(-0.0), around(3, -200)})), -0.0));
  EXPECT_TRUE(same(*value(apply("multiply", {number(0.0), around(0, -200)})), 0.0));
  EXPECT_EQ(value(apply("divide", {around(-3, -200), number(0.0)})), -kInfinity);
  EXPECT_EQ(apply("divide", {around(0, -200), number(0.0)}).kind(), Kind::undecided);
  EXPECT_EQ(value(apply("pow", {around(2, -200), number(kInfinity)})), kInfinity);
  EXPECT_EQ(apply("pow", {around(1, -200), number(kInfinity)}).kind(), Kind::undecided);
  EXPECT_EQ(apply("pow", {around(0, 1), number(kInfinity)}).kind(), Kind::undecided);
  EXPECT_EQ(value(apply("pow", {number(1), around(5, 3)})), 1);
  EXPECT_TRUE(std::isnan(*value(apply("add", {number(kNotANumber), around(3, -200)}))));
  EXPECT_EQ(apply("add", {number(1), of(Kind::undecided)}).kind(), Kind::undecided);
}

TEST(Evaluate, PassesInexactArgumentsOnUnchanged) {
  const Ball third = apply("divide", {number(1), number(3)});
  EXPECT_TRUE(arb_equal(apply("maximum", {third, number(-kInfinity)}).arb(), third.arb()));
  EXPECT_TRUE(arb_equal(apply("logaddexp", {number(-kInfinity), third}).arb(), third.arb()));
  EXPECT_TRUE(arb_equal(apply("remainder", {third, number(kInfinity)}).arb(), third.arb()));
  EXPECT_EQ(apply("remainder", {third, number(-kInfinity)}).kind(), Kind::neg_inf);
  EXPECT_TRUE(arb_equal(apply("where", {number(0), number(kNotANumber), third}).arb(), third.arb()));
  EXPECT_EQ(apply("where", {third, number(-0.0), third}).kind(), Kind::neg_zero);
  EXPECT_EQ(apply("where", {around(0, -3), number(1), number(kInfinity)}).kind(), Kind::undecided);
  EXPECT_TRUE(std::isnan(*value(apply("maximum", {number(kNotANumber), of(Kind::undecided)}))));
}

TEST(Evaluate, HugeNumbersStayRigorous) {
  const Ball huge = of(Kind::huge_pos), negative = of(Kind::huge_neg);
  EXPECT_EQ(apply("add", {huge, number(1)}).kind(), Kind::huge_pos);
  EXPECT_EQ(apply("add", {huge, number(-1)}).kind(), Kind::undecided);
  EXPECT_EQ(apply("add", {huge, negative}).kind(), Kind::undecided);
  EXPECT_EQ(apply("multiply", {huge, number(-2)}).kind(), Kind::huge_neg);
  EXPECT_EQ(apply("multiply", {huge, number(0.5)}).kind(), Kind::undecided);
  EXPECT_EQ(value(apply("multiply", {huge, number(0)})), 0);
  EXPECT_EQ(apply("exp", {huge}).kind(), Kind::huge_pos);
  EXPECT_TRUE(same(*value(apply("exp", {negative})), 0.0));
  EXPECT_TRUE(same(*value(apply("divide", {number(-1), huge})), -0.0));
  EXPECT_EQ(value(apply("tanh", {huge})), 1);
  EXPECT_EQ(value(apply("atan", {negative})), -0x1.921fb54442d18p+0);
  EXPECT_EQ(apply("sqrt", {huge}).kind(), Kind::undecided);
  EXPECT_TRUE(std::isnan(*value(apply("sqrt", {negative}))));
  EXPECT_EQ(apply("sin", {huge}).kind(), Kind::undecided);
  EXPECT_EQ(apply("lgamma", {negative}).kind(), Kind::undecided);
  EXPECT_EQ(apply("pow", {number(-2), huge}).kind(), Kind::undecided);
  EXPECT_EQ(value(apply("pow", {number(0.5), huge})), 0);
  EXPECT_EQ(value(apply("less", {number(1e300), huge})), 1);
  EXPECT_EQ(value(apply("maximum", {number(1e300), huge})), kInfinity);
  EXPECT_EQ(value(apply("sigmoid", {apply("exp", {number(1e30)})})), 1);
}

TEST(Evaluate, TowersNeitherHangNorLie) {
  const Ball giant = apply("exp", {number(40)});
  EXPECT_EQ(apply("exp", {apply("exp", {giant})}).kind(), Kind::huge_pos);
  EXPECT_EQ(value(apply("exp", {apply("negative", {apply("exp", {giant})})})), 0);
  for (const auto& [name, op] : all_ops()) {
    const auto* f = std::get_if<Elementwise>(&op.body);
    if (f == nullptr) continue;
    for (const slong exponent : {slong{2000}, slong{1} << 25, slong{1} << 60, -(slong{1} << 60)}) {
      for (const int sign : {1, -1}) {
        Ball x = number(0.75 * sign), out;
        arb_mul_2exp_si(x.arb(), x.arb(), exponent);
        const std::vector<const Ball*> in(static_cast<std::size_t>(f->arity), &x);
        evaluate(*f, out, in, oracles().contains(name) ? oracles().at(name).attrs : Attrs{}, 128);  // returns at all
      }
    }
  }
}

/// Every kind of argument in every place: nothing is asked of the answer but that Ball and Enclosure agree on it.
TEST(Evaluate, EveryCombinationOfKinds) {
  std::vector<Ball> all = {number(0),       number(2),    number(-0.5),   number(-0.0),    around(3, -40),
                           around(-3, -40), around(0, 1), around(1, -60), around(0.5, -2), number(kInfinity)};
  for (const Kind kind : {Kind::nan, Kind::neg_inf, Kind::huge_pos, Kind::huge_neg, Kind::undecided})
    all.push_back(of(kind));
  for (const auto& [name, op] : all_ops()) {
    const auto* f = std::get_if<Elementwise>(&op.body);
    if (f == nullptr) continue;
    SCOPED_TRACE(name);
    const Attrs attrs = oracles().contains(name) ? oracles().at(name).attrs : Attrs{};
    std::vector<std::size_t> at(static_cast<std::size_t>(f->arity), 0);
    for (std::size_t k = 0; k < at.size();) {
      std::vector<const Ball*> in;
      for (const std::size_t index : at) in.push_back(&all[index]);
      Ball out;
      evaluate(*f, out, in, attrs, 128);
      EXPECT_TRUE(!out.real() || arb_is_finite(out.arb()));
      const auto large = value(out), small = rounded(enclosure_of(out), format_of(DType::float64));
      if (large && small) {
        EXPECT_TRUE(same(*large, *small));
      }
      for (k = 0; k < at.size() && ++at[k] == all.size(); ++k) at[k] = 0;
    }
  }
}

}  // namespace
}  // namespace roundoff::testing
