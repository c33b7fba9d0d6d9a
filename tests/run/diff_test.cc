#include "run/diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "../io/scratch.h"
#include "fake_workers.h"
#include "io/npy.h"

namespace roundoff {
namespace {

std::string path_of(const std::string& name) {
  static const testing::Scratch scratch;
  return scratch.path(name);
}

Array floats(Shape shape, const std::vector<float>& values) {
  Array array = Array::make(DType::float32, std::move(shape)).value();
  std::copy(values.begin(), values.end(), array.as_mutable<float>().begin());
  return array;
}

std::string saved(const std::string& name, const Array& array) {
  EXPECT_TRUE(write_npy(path_of(name), array).ok());
  return path_of(name);
}

Result<DiffReport> run(const DiffPlan& plan) {
  WorkerPool pool({});
  PoolWorkers workers(pool);
  return diff(plan, {}, workers, {[](const std::string&) {}});
}

DiffPlan plan_of(const std::string& a, const std::string& b) {
  DiffPlan plan;
  plan.a = a;
  plan.b = b;
  return plan;
}

TEST(NameMap, GlobsAndRegularExpressions) {
  std::ofstream(path_of("names.map")) << "# comment\nlayers.*.weight -> h.*.w\n/conv(\\d+)/ -> c$1\n";
  const std::vector<NameRule> rules = read_name_map(path_of("names.map")).value();
  EXPECT_EQ(renamed(rules, "layers.12.weight").value(), "h.12.w");
  EXPECT_EQ(renamed(rules, "conv7").value(), "c7");
  EXPECT_EQ(renamed(rules, "other").value(), "other");
  std::ofstream(path_of("bad.map")) << "/(/ -> x\n";
  EXPECT_FALSE(read_name_map(path_of("bad.map")).ok());
  std::ofstream(path_of("worse.map")) << "lonely\n";
  EXPECT_FALSE(read_name_map(path_of("worse.map")).ok());
}

TEST(Axes, LayoutsAndLists) {
  EXPECT_EQ(axes_of_layout("NHWC:NCHW").value(), (std::vector<std::size_t>{0, 3, 1, 2}));
  EXPECT_EQ(axes_of_list("1,0").value(), (std::vector<std::size_t>{1, 0}));
  for (const char* bad : {"NHWC", "NH:NC", "NN:NN", ":"}) EXPECT_FALSE(axes_of_layout(bad).ok()) << bad;
  for (const char* bad : {"", "0,0", "1,2", "a"}) EXPECT_FALSE(axes_of_list(bad).ok()) << bad;
}

TEST(Diff, IdenticalWithinBeyondAndUnknown) {
  const std::string a = saved("a.npy", floats({4}, {1, 2, 3, 4})),
                    b = saved("b.npy", floats({4}, {1, 2, 3, 4.000001F}));
  EXPECT_EQ(exit_code_of(run(plan_of(a, a)).value(), plan_of(a, a), default_fail_on()), 0);
  DiffPlan plan = plan_of(a, b);
  const DiffReport open = run(plan).value();
  EXPECT_EQ(open.tensors[0].figures.identical, 3);
  EXPECT_EQ(open.tensors[0].verdict, Class::undetermined);
  EXPECT_EQ(open.tensors[0].nearer, Nearer::unknown);
  EXPECT_EQ(exit_code_of(open, plan, default_fail_on()), 5);
  plan.rtol = 1e-5;
  EXPECT_EQ(exit_code_of(run(plan).value(), plan, default_fail_on()), 0);
  plan.rtol = 1e-9;
  EXPECT_EQ(exit_code_of(run(plan).value(), plan, default_fail_on()), 1);
  EXPECT_EQ(exit_code_of(run(plan).value(), plan, {}), 0);
}

TEST(Diff, AxesArePermutedAsAsked) {
  const std::string a = saved("t.npy", floats({2, 3}, {1, 2, 3, 4, 5, 6})),
                    b = saved("u.npy", floats({3, 2}, {1, 4, 2, 5, 3, 6}));
  DiffPlan plan = plan_of(a, b);
  EXPECT_EQ(run(plan).value().tensors[0].findings[0].finding, "permuted");
  EXPECT_EQ(run(plan).value().tensors[0].verdict, Class::semantics);
  EXPECT_EQ(exit_code_of(run(plan).value(), plan, default_fail_on()), 1);
  plan.axes = {1, 0};
  EXPECT_EQ(run(plan).value().tensors[0].verdict, Class::identical);
}

TEST(Diff, ComplexArraysArePermutedAndLookedThroughByTheirParts) {
  std::vector<float> parts(18), turned(18), conjugate(18);
  for (std::size_t i = 0; i < 9; ++i) {
    const std::size_t to = i % 3 * 3 + i / 3;
    for (const std::size_t part : {0U, 1U}) {
      const float value = static_cast<float>(3 * i + part + 1) / 7;
      parts[2 * i + part] = turned[2 * to + part] = value;
      conjugate[2 * i + part] = part == 0 ? value : -value;
    }
  }
  const auto written = [](const char* name, const std::vector<float>& values) {
    std::ofstream(path_of(name), std::ios::binary)
        .write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(4 * values.size()));
    return path_of(name);
  };
  DiffPlan plan = plan_of(written("c.raw", parts), written("d.raw", turned));
  plan.open.type = StoredType{DType::float32, true};
  plan.open.shape = Shape{3, 3};
  DiffReport report = run(plan).value();
  ASSERT_FALSE(report.tensors[0].findings.empty());
  EXPECT_EQ(report.tensors[0].findings[0].name, "b is a with its axes in the order 1, 0, 2");
  plan.axes = {1, 0};
  EXPECT_EQ(run(plan).value().tensors[0].verdict, Class::identical);
  plan = plan_of(path_of("c.raw"), written("e.raw", conjugate));
  plan.open.type = StoredType{DType::float32, true};
  report = run(plan).value();
  ASSERT_FALSE(report.tensors[0].findings.empty());
  EXPECT_THAT(report.tensors[0].findings[0].name, ::testing::HasSubstr("turned in 1 of 2 places along the last axis"));
}

/// Memory of this process that no file stands behind, in KiB.
long anonymous_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    long kib = 0;
    if (word == "RssAnon:" && status >> kib) return kib;
  }
  return 0;
}

TEST(Diff, LargeSparseFilesTakeLittleMemory) {
  constexpr std::int64_t kCount = std::int64_t{1} << 28;  // 1 GiB each, of holes
  const std::string header = npy_preamble(DType::float32, {kCount});
  for (const char* name : {"s.npy", "t.npy"}) {
    std::ofstream(path_of(name), std::ios::binary) << header;
    std::filesystem::resize_file(path_of(name), header.size() + 4 * static_cast<std::uintmax_t>(kCount));
  }
  std::fstream file(path_of("t.npy"), std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(header.size() + 4 * (kCount - 5)));
  const float one = 1;
  file.write(reinterpret_cast<const char*>(&one), sizeof one);
  file.close();
  DiffPlan plan = plan_of(path_of("s.npy"), path_of("t.npy"));
  plan.findings = false;
  const long before = anonymous_memory();
  const DiffReport report = run(plan).value();
  EXPECT_LT(anonymous_memory() - before, 200L << 10);
  EXPECT_EQ(report.tensors[0].figures.first_different, kCount - 5);
  EXPECT_EQ(report.tensors[0].figures.identical, kCount - 1);
  std::filesystem::remove(path_of("s.npy"));
  std::filesystem::remove(path_of("t.npy"));
}

}  // namespace
}  // namespace roundoff
