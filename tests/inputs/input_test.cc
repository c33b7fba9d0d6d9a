#include "inputs/input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "../io/scratch.h"
#include "inputs/generator.h"
#include "io/npy.h"

namespace roundoff {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string source_of(const std::string& text) {
  const auto spec = parse_input(text);
  return spec.ok() ? spec->source : "error: " + to_string(spec.error());
}

std::string error_of(const std::string& text) {
  const auto spec = parse_input(text);
  const auto array = spec.ok() ? make_input(*spec) : Result<Array>(spec.error());
  if (array.ok()) return "no error";
  EXPECT_FALSE(array.error().place.empty()) << text;
  EXPECT_FALSE(array.error().remedy.empty()) << text;
  return to_string(array.error());
}

TEST(Input, EveryArgumentIsSpelled) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"uniform(shape=1000)", "uniform(0,1,shape=1000,dtype=float32,seed=0)"},
      {" uniform ( -1 , 2.5 , shape = ( 2, 3 ) , seed = 4, ) ", "uniform(-1,2.5,shape=(2,3),dtype=float32,seed=4)"},
      {"uniform(hi=2,shape=2x3x4)", "uniform(0,2,shape=(2,3,4),dtype=float32,seed=0)"},
      {"uniform(0,1,10,float64,7)", "uniform(0,1,shape=10,dtype=float64,seed=7)"},
      {"uniform(shape=())", "uniform(0,1,shape=(),dtype=float32,seed=0)"},
      {"uniform(shape=(5,))", "uniform(0,1,shape=5,dtype=float32,seed=0)"},
      {"uniform(shape=0x3)", "uniform(0,1,shape=(0,3),dtype=float32,seed=0)"},
      {"uniform(shape=1e6,seed=18446744073709551615)",
       "uniform(0,1,shape=1000000,dtype=float32,seed=18446744073709551615)"},
      {"arange(100)", "arange(0,100,1,dtype=float32)"},
      {"arange(5, step=2)", "arange(0,5,2,dtype=float32)"},
      {"arange(1, 5)", "arange(1,5,1,dtype=float32)"},
      {"arange(stop=5)", "arange(0,5,1,dtype=float32)"},
      {"arange(0, 0x1.8p+1, .5, dtype=float64)", "arange(0,3,0.5,dtype=float64)"},
      {"linspace(-pi, pi, 11)", "linspace(-3.141592653589793,3.141592653589793,n=11,dtype=float32)"},
      {"constant(-0.0)", "constant(-0,shape=(),dtype=float32)"},
      {"constant(-inf, 3)", "constant(-inf,shape=3,dtype=float32)"},
      {"constant(nan)", "constant(nan,shape=(),dtype=float32)"},
      {"constant(9223372036854775807,dtype=int64)", "constant(9223372036854775807,shape=(),dtype=int64)"},
      {"constant(0x1p-1074,dtype=float64)", "constant(5e-324,shape=(),dtype=float64)"},
      {"constant(1e-3)", "constant(0.001,shape=(),dtype=float32)"},
      {"normal(shape=3)", "normal(0,1,shape=3,dtype=float32,seed=0)"},
      {"loguniform(shape=3,signed=False)", "loguniform(shape=3,dtype=float32,seed=0,signed=False)"},
      {"integers(1e3,5000,shape=3)", "integers(1000,5000,shape=3,dtype=int64,seed=0)"},
      {"special()", "special(dtype=float32,pairs=none)"},
      {"all(float16)", "all(dtype=float16)"},
      {"npy(\"a b.npy\", dtype=bfloat16)", "npy('a b.npy',dtype=bfloat16)"},
      {"npy('a/b=(c).npy', bfloat16)", "npy('a/b=(c).npy',dtype=bfloat16)"},
      {"x.npy", "x.npy"},
      {"data/x", "data/x"},
      {"odd(1)/x.npy", "odd(1)/x.npy"},
      {"../a=b.npy", "../a=b.npy"},
  };
  for (const auto& [text, spelled] : cases) {
    EXPECT_EQ(source_of("x=" + text), spelled);
    EXPECT_EQ(source_of("x=" + spelled), spelled) << "must read back as itself";
  }
  EXPECT_EQ(parse_input(" my_x2 = a.npy")->name, "my_x2");
}

TEST(Input, SpelledOutItIsTheSameArray) {
  for (const char* text :
       {"uniform(0x1.3p-3,1e3,shape=50)", "normal(0.1,1e-3,shape=50,dtype=float64)", "arange(0.1,3,0.1)",
        "special(float16,pairs=first)", "constant(-0.0,shape=2)", "integers(-3,3,shape=7)"}) {
    const Array direct = make_input({"x", text}).value();
    const Array spelled = make_input(*parse_input(std::string("x=") + text)).value();
    EXPECT_TRUE(same_bits(direct, spelled)) << text;
  }
}

TEST(Input, MistakesAreNamedWithTheirColumn) {
  EXPECT_THAT(error_of("uniform(shape=3)"), HasSubstr("no input is named"));
  EXPECT_THAT(error_of("=a.npy"), HasSubstr("no input is named"));
  EXPECT_THAT(error_of("2x=a.npy"), HasSubstr("no input is named"));
  EXPECT_THAT(error_of(""), HasSubstr("NAME="));
  EXPECT_THAT(error_of("x="), AllOf(HasSubstr("input x"), HasSubstr("column 3")));
  EXPECT_THAT(error_of("x=data"), HasSubstr("neither a generator call nor a .npy file"));
  EXPECT_THAT(error_of("x=data.npz"), HasSubstr("neither a generator call nor a .npy file"));
  EXPECT_THAT(error_of("x=unifrom(shape=3)"), AllOf(HasSubstr("column 3"), HasSubstr("did you mean uniform?")));
  EXPECT_THAT(error_of("x=gamma(shape=3)"), AllOf(HasSubstr("no generator is called 'gamma'"), HasSubstr("linspace")));
  EXPECT_THAT(error_of("x=uniform(shpae=3)"), AllOf(HasSubstr("column 11"), HasSubstr("did you mean shape?")));
  EXPECT_THAT(error_of("x=uniform()"), HasSubstr("uniform lacks shape"));
  EXPECT_THAT(error_of("x=arange(start=3)"), HasSubstr("arange lacks stop"));
  EXPECT_THAT(error_of("x=uniform(0,1,3,float32,0,9)"), AllOf(HasSubstr("column 27"), HasSubstr("at most 5")));
  EXPECT_THAT(error_of("x=uniform(0,lo=1,shape=3)"), HasSubstr("lo is given twice"));
  EXPECT_THAT(error_of("x=uniform(shape=3,1)"), AllOf(HasSubstr("column 19"), HasSubstr("positional")));
  EXPECT_THAT(error_of("x=uniform(0,,shape=3)"), HasSubstr("argument is missing"));
  EXPECT_THAT(error_of("x=uniform(,shape=3)"), HasSubstr("argument is missing"));
  EXPECT_THAT(error_of("x=uniform(shape=3"), HasSubstr("close the parenthesis"));
  EXPECT_THAT(error_of("x=uniform(shape=(3)"), HasSubstr("close the parenthesis"));
  EXPECT_THAT(error_of("x=uniform(shape=3) 4"), HasSubstr("text after the call"));
  EXPECT_THAT(error_of("x=uniform(shape=3)4)"), HasSubstr("text after the call"));
  EXPECT_THAT(error_of("x=npy('a.npy)"), HasSubstr("close the quote"));
  EXPECT_THAT(error_of("x=npy(a, float32)"), HasSubstr("quotes"));
  EXPECT_THAT(error_of("x=uniform(shape=3,dtype=float8)"),
              AllOf(HasSubstr("dtype is 'float8'"), HasSubstr("bfloat16")));
  EXPECT_THAT(error_of("x=all(dtype=float32)"), HasSubstr("write float16 or bfloat16"));
  EXPECT_THAT(error_of("x=special(pairs=third)"), HasSubstr("none, first or second"));
  EXPECT_THAT(error_of("x=loguniform(shape=3,signed=maybe)"), HasSubstr("True or False"));
  for (const char* seed : {"-1", "1.5", "18446744073709551616", "0x1", ""}) {
    EXPECT_THAT(error_of("x=uniform(shape=3,seed=" + std::string(seed) + ")"), HasSubstr("2^64 - 1")) << seed;
  }
  for (const char* number :
       {"1e400", "1e-400", "--1", "+-1", "1_0", "0x", "0x-1", "0xinf", "nano", "1,5x", "one", "1e", "0x1p5000"}) {
    EXPECT_THAT(error_of("x=constant(" + std::string(number) + ")"), HasSubstr("column")) << number;
  }
  for (const char* shape :
       {"-1", "(2,-3)", "2x", "x3", "(,)", "(2,,3)", "1.5", "nan", "(2;3)", "(2", "1e300", "((2),3)"}) {
    EXPECT_THAT(error_of("x=uniform(shape=" + std::string(shape) + ")"), HasSubstr("column")) << shape;
  }
}

TEST(Input, HostileTextIsRefusedQuickly) {
  EXPECT_THAT(error_of("x=uniform(" + std::string(100'000, '(')), HasSubstr("limit is 8192"));
  EXPECT_THAT(error_of("x=uniform(" + std::string(8000, '(')), HasSubstr("close the parenthesis"));
  EXPECT_THAT(error_of("x=uniform(" + std::string(8000, ',') + ")"), HasSubstr("argument is missing"));
  std::string many = "1";
  for (int i = 0; i < 70; ++i) many += "x1";
  EXPECT_THAT(error_of("x=uniform(shape=" + many + ")"), HasSubstr("at most 64 sizes"));
  EXPECT_THAT(error_of("x=" + std::string(1'000'000, 'u') + "(1)"), HasSubstr("limit is 8192"));
}

TEST(Input, LimitsHoldBeforeMemoryIsTaken) {
  EXPECT_THAT(error_of("x=uniform(shape=2147483649,dtype=float16)"), HasSubstr("2147483648 elements"));
  EXPECT_THAT(error_of("x=uniform(shape=1073741825,dtype=float64)"), HasSubstr("8589934592 bytes"));
  EXPECT_THAT(error_of("x=uniform(shape=4294967296x4294967296)"), HasSubstr("limit is 2147483648"));
  EXPECT_THAT(error_of("x=arange(1e15)"), HasSubstr("limit"));
  EXPECT_THAT(error_of("x=arange(0,1,1e-300)"), HasSubstr("2^48"));
  EXPECT_THAT(error_of("x=linspace(0,1,9e15)"), HasSubstr("limit is 2147483648"));
}

TEST(Input, ArgumentsThatMakeNoSense) {
  EXPECT_THAT(error_of("x=arange(0,10,0)"), HasSubstr("argument 'step'"));
  EXPECT_THAT(error_of("x=arange(inf)"), HasSubstr("not finite"));
  EXPECT_THAT(error_of("x=arange(0,1,0.5,dtype=int32)"), HasSubstr("argument 'dtype'"));
  EXPECT_THAT(error_of("x=arange(3000000000,3000000002,dtype=int32)"), HasSubstr("int32 does not hold"));
  EXPECT_THAT(error_of("x=uniform(1,0,shape=3)"), HasSubstr("hi lies below lo"));
  EXPECT_THAT(error_of("x=uniform(-1e308,1e308,shape=3)"), HasSubstr("not finite"));
  EXPECT_THAT(error_of("x=uniform(nan,1,shape=3)"), HasSubstr("not finite"));
  EXPECT_THAT(error_of("x=normal(0,-1,shape=3)"), HasSubstr("argument 'std'"));
  EXPECT_THAT(error_of("x=integers(3,3,shape=3)"), HasSubstr("argument 'hi'"));
  EXPECT_THAT(error_of("x=integers(0,1.5,shape=3)"), HasSubstr("no integer"));
  EXPECT_THAT(error_of("x=integers(0,3,shape=3,dtype=bool)"), HasSubstr("bool does not hold"));
  EXPECT_THAT(error_of("x=constant(1.5,dtype=int64)"), HasSubstr("argument 'value'"));
}

TEST(Input, Files) {
  const testing::Scratch scratch;
  Array a = Array::make(DType::bfloat16, {2}).value();
  a.set(0, 1.5);
  ASSERT_TRUE(write_npy(scratch.path("a.npy"), a).ok());
  const auto unasked = make_input({"x", scratch.path("a.npy")});
  ASSERT_FALSE(unasked.ok());
  EXPECT_EQ(unasked.error().code, Code::input);
  EXPECT_THAT(to_string(unasked.error()),
              AllOf(HasSubstr("input x"), HasSubstr("a.npy"), HasSubstr("npy('FILE', dtype=bfloat16)")));
  const auto spec = parse_input("x=npy('" + scratch.path("a.npy") + "', dtype=bfloat16)");
  const auto read = make_input(*spec);
  ASSERT_TRUE(read.ok()) << to_string(read.error());
  EXPECT_TRUE(same_bits(*read, a));
  EXPECT_THAT(error_of("x=" + scratch.folder().string() + "/"), HasSubstr("directory"));
  EXPECT_THAT(error_of("x=none.npy"), HasSubstr("No such file"));
}

TEST(Input, DigestIsOfTheBytes) {  // sha256 of 00 00 80 3f, and of nothing
  const auto digest = [](const char* source) { return digest_of(make_input({"x", source}).value()); };
  EXPECT_EQ(digest("constant(1)"), "e00e5eb9444182f352323374ef4e08ebcb784725fdd4fd612d7730540b3e0c8c");
  EXPECT_EQ(digest("constant(1,shape=0)"), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace roundoff
