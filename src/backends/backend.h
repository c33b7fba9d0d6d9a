// What evaluates a graph: names, runs, and the native libraries inside the program. Frameworks in processes:
// worker_pool.h.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"

namespace roundoff {

/// FRAMEWORK[@ENVIRONMENT][:MODE]; empty parts mean the first environment that has the framework, and its usual mode.
struct BackendName {
  std::string framework;
  std::string environment;
  std::string mode;
  [[nodiscard]] std::string str() const;
  friend bool operator==(const BackendName&, const BackendName&) = default;
};
[[nodiscard]] Result<BackendName> parse_backend_name(std::string_view text);

/// One backend's outputs for one graph and inputs.
struct Run {
  BackendName name;
  std::string version;
  Array output;
  std::vector<Array> trace;           ///< one per graph node, from a second, traced run; empty where not traced
  bool tracing_changed_bits = false;  ///< the traced run's output differs from the shipped one
  int repeats = 0;
  std::int64_t unstable = 0;                      ///< elements whose bits differed between repeats
  double seconds = 0;                             ///< median of warm calls; 0 where not timed
  std::map<std::string, std::string> provenance;  ///< cpu, threads, blas, variables, rounding mode, …
  std::vector<std::string> notes;                 ///< "wrote 120 bytes on stdout", "flushes subnormals", …
};

/// A library linked into the program. ONE FILE PER LIBRARY in backends/native/ defines make_NAME() for NAME.cc; a
/// library that the build did not find leaves its file out.
struct NativeLibrary {
  std::string name;  ///< "glibc"
  std::string version;
  std::string summary;
  /// Whether it evaluates this op in this dtype with these attributes.
  std::function<bool(const Op& op, DType dtype, const Attrs& attrs)> supports;
  /// One node from its arguments' arrays (broadcast by the library's wrapper); called only where supports() says so.
  std::function<Result<Array>(const Node& node, std::span<const Array> in)> evaluate;
  std::map<std::string, std::string> provenance = {};  ///< what chooses its kernels: processor type, threads, …
};

[[nodiscard]] const std::vector<NativeLibrary>& native_libraries();

/// Runs the graph op by op in one library: `repeats` runs, one of them the trace (a native run is always op by op), and
/// the median time of at least `repeats` calls. Code::usage with the op's name where the library lacks an op of the
/// graph.
[[nodiscard]] Result<Run> run_native(const NativeLibrary& library, const Graph& graph,
                                     const std::map<std::string, Array, std::less<>>& inputs, int repeats);

/// x as the graph's constants enter a computation of `dtype`: rounded to it.
[[nodiscard]] Result<Array> constant_array(const Node& node);

/// Evaluates a movement op (reshape, slice, …) exactly, for any dtype: the same for every backend.
[[nodiscard]] Result<Array> move_elements(const Node& node, std::span<const Array> in);

}  // namespace roundoff
