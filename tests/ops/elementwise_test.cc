// Every elementwise op against the second engine, bit for bit.
#include <gtest/gtest.h>

#include "checker.h"

namespace roundoff::testing {
namespace {

constexpr std::size_t kInputs = 10'000;

const Elementwise& body(const std::string& name) { return std::get<Elementwise>(find_op(name)->body); }

class AgainstMpfr : public ::testing::TestWithParam<std::string> {};

TEST_P(AgainstMpfr, AgreesBitForBit) {
  const std::string name = GetParam().substr(0, GetParam().find(' '));
  const Oracle& oracle = oracles().at(GetParam());
  for (const DType dtype : {DType::float32, DType::float64}) {
    const auto inputs = inputs_for(*find_op(name), dtype, kInputs, 20261123);
    const auto found = compare(body(name), oracle, inputs, dtype);
    EXPECT_EQ(found.count, 0u) << name_of(dtype) << found.first;
  }
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& [name, oracle] : oracles()) all.push_back(name);
  return all;
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Ops, AgainstMpfr, ::testing::ValuesIn(names()), test_name);

TEST(Oracles, NoElementwiseOpGoesWithout) {
  for (const auto& [name, op] : all_ops()) {
    EXPECT_TRUE(!std::holds_alternative<Elementwise>(op.body) || oracles().contains(name)) << name;
  }
}

}  // namespace
}  // namespace roundoff::testing
