// What a sweep keeps: integers, extremes under a total order and exact sums, so that any split of the work merges to
// the same bytes. The file format is docs/sweep_state.md.
#pragma once

#include <gmpxx.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "metrics/sweep/tally.h"
#include "run/sweep.h"
#include "run/sweep/checks.h"

namespace roundoff::sweep {

/// First and last output of one side of a unit, in the order of magnitudes: what its neighbours are compared with.
struct Edge {
  Bits first = 0, last = 0;
};

/// A unit that is done.
struct UnitRecord {
  Digest digest{};
  std::optional<Edge> negative, positive;  ///< absent where there are no such inputs, or neighbours mean nothing
};

/// The same input in two calls.
struct RepeatExample {
  Place place = 0;
  std::array<Bits, 2> x{};
  std::array<Bits, 2> y{};  ///< as first computed, and as computed again
};
struct RepeatCount {
  std::int64_t of = 0, differ = 0;
  std::optional<RepeatExample> first;
  void keep(const RepeatExample& example);
  void merge(const RepeatCount& other);
};

/// Errors of the inputs of one sign and exponent field.
struct BinadeSum {
  std::int64_t count = 0;
  mpz_class sum_abs;  ///< in units of 2^-kSumBits ulp
};

/// All that is known of one function in one backend.
struct Item {
  explicit Item(DType dtype) : tally(dtype), binades(tally.worst.size()) {}

  std::string function, backend;
  std::string version;
  std::map<std::string, std::string> provenance;
  std::optional<Skipped> skipped;  ///< then there is nothing else

  std::map<std::int64_t, UnitRecord> units;
  Tally tally;
  std::vector<BinadeSum> binades;  ///< by Tally::class_of()
  PairCount monotone, mirrored;    ///< within units
  RepeatCount unstable, layout;
  std::set<std::string> notes;
  double seconds = 0;

  /// Disjoint units of the same function and backend.
  void merge(const Item& other);
};

struct State {
  SweepPlan plan;                    ///< what identifies the work: functions, dtype, ranges, samples, seed
  std::vector<std::string> targets;  ///< labels of all backends and kernels, in the order of reports
  std::vector<Item> items;
};

/// One line of JSON, the same bytes for the same contents.
[[nodiscard]] std::string to_text(const State& state);
/// Code::input, naming the file, where it is no whole state of this version.
[[nodiscard]] Result<State> read_state(const std::string& path);
/// Aside, synced, renamed: whatever happens, the file is whole.
[[nodiscard]] Status write_state(const std::string& path, const State& state);

/// Whether two states are about the same work; an Error that says what differs.
[[nodiscard]] Status check_same_work(const State& a, const State& b, const std::string& file,
                                     const std::string& remedy);

}  // namespace roundoff::sweep
