// What a sweep looks for among its outputs alone, without their truths: falling where the function rises, f(−x) beside
// f(x), and a digest. All of it merges exactly.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "inputs/float_range.h"
#include "ops/op.h"

namespace roundoff::sweep {

/// The order of the examples kept: those of smaller key win, so that any split keeps the same.
using Place = std::int64_t;

/// Two inputs and their outputs.
struct PairExample {
  Place place = 0;
  Bits x[2] = {}, y[2] = {};
};

/// Pairs looked at, those that break the property, and the first of these.
struct PairCount {
  std::int64_t of = 0, broken = 0;
  std::optional<PairExample> first;
  void keep(const PairExample& example);
  void merge(const PairCount& other);
};

/// Where a function is monotone on one side of zero, as magnitudes grow.
struct Stretch {
  Magnitudes where;
  bool rising;  ///< of the outputs, as magnitudes grow
};
[[nodiscard]] std::vector<Stretch> stretches_of(const std::vector<Monotone>& monotone, DType dtype, bool negative);

/// The outputs of consecutive magnitudes on one side of zero.
struct Stripe {
  DType dtype;  ///< of arguments and outputs
  bool negative;
  Bits first;  ///< magnitude of the first
  std::span<const std::byte> outputs;
  [[nodiscard]] std::size_t count() const;
  [[nodiscard]] Bits output(std::size_t i) const;
};

/// Neighbours within it that go the wrong way.
void check_monotone(const Stripe& stripe, std::span<const Stretch> stretches, PairCount& into);
/// One pair of neighbours, whose magnitudes differ by one.
void check_neighbours(DType dtype, std::span<const Stretch> stretches, const PairExample& pair, PairCount& into);
/// Outputs at the same magnitudes on both sides of zero.
void check_parity(const Stripe& positive, const Stripe& negative, Parity parity, PairCount& into);

/// A digest of outputs at fixed places, every NaN alike: equal bits give equal digests, others differ but for a chance
/// of 2^-64 (NH with two keys: Black, Halevi, Krawczyk, Krovetz, Rogaway, "UMAC", CRYPTO '99).
using Digest = std::array<std::uint64_t, 2>;
[[nodiscard]] Digest digest_of(DType dtype, std::span<const std::byte> outputs);
/// Order of the parts shows.
[[nodiscard]] Digest chained(const Digest& before, const Digest& next);

}  // namespace roundoff::sweep
