// Subjects for tests: a function of one op from an expression, its exact result, and recorded outputs of real
// frameworks.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include "causes/replay/subject.h"

namespace roundoff::testing {

inline Array floats(const std::vector<float>& x, Shape shape) {
  Array array = *Array::make(DType::float32, std::move(shape));
  std::ranges::copy(x, array.as_mutable<float>().begin());
  return array;
}

/// u[i] of the recorded data.
inline std::vector<float> golden(std::size_t n) {
  std::vector<float> x(n);
  for (std::size_t i = 0; i < n; ++i)
    x[i] = static_cast<float>(std::fmod(static_cast<double>(i + 1) * 0.6180339887498949, 1.0));
  return x;
}

struct Function {
  Function(const std::string& expression, std::vector<Array> inputs) : in(std::move(inputs)) {
    Graph parsed = *parse_expression(expression);
    std::map<std::string, Signature, std::less<>> signatures;
    const std::vector<int> names = parsed.inputs();
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string& name = parsed.nodes[static_cast<std::size_t>(names[i])].name;
      signatures[name] = {in[i].dtype(), in[i].shape()};
      named[name] = in[i];
    }
    graph = *infer(parsed, signatures);
    const Graph plain = graph.has_gradient() ? *differentiate(graph) : graph;
    const Truth truth = *certify(plain, named);
    exact = *Array::make(truth.dtype, truth.shape);
    for (std::int64_t i = 0; i < exact.size(); ++i) exact.set(i, truth.nearest[static_cast<std::size_t>(i)]);
  }
  [[nodiscard]] Subject subject(const Array& out, Probe probe = {}) const {
    Subject s;
    s.graph = &graph;
    s.node = graph.output;
    s.whole = true;
    s.in = in;
    s.out = &out;
    s.exact = &exact;
    s.probe = std::move(probe);
    return s;
  }
  std::vector<Array> in;
  Inputs named;
  Graph graph;
  Array exact;
};

/// What explain() says; a Finding without a name where it says nothing.
inline Finding explained(const Subject& subject) {
  const Result<std::vector<Finding>> findings = explain(subject);
  EXPECT_TRUE(findings.ok());
  return findings.ok() && !findings->empty() ? findings->front() : Finding{};
}

inline std::vector<float> recorded(const std::string& name) {
  std::ifstream file(ROUNDOFF_SOURCE_DIR "/tests/causes/data/recorded.txt");
  for (std::string line; std::getline(file, line);) {
    std::istringstream heading(line);
    std::string found;
    std::size_t count = 0;
    if (!(heading >> found >> count) || found != name) continue;
    std::vector<float> values;
    for (std::string word; values.size() < count && file >> word;) {
      values.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(std::stoul(word, nullptr, 16))));
    }
    return values;
  }
  ADD_FAILURE() << name << " is not recorded";
  return {};
}

}  // namespace roundoff::testing
