// Scans: how a library makes the n running sums of n numbers. Written once over any number type with a +, as in
// orders.h.
#pragma once

#include <span>
#include <string>
#include <variant>

#include "causes/replay/orders.h"

namespace roundoff::replay {

/// Groups of `width` scanned left to right; their totals scanned the same way, recursively; each group then shifted by
/// what stands before it. XLA's rewriting of cumulative reductions on CPUs (reduce_window_rewriter.cc) and the usual
/// blocked scan.
struct Groups {
  int width = 16;
};

/// log2 n sweeps, each adding the element 2^k places before. Hillis & Steele 1986.
struct Doubling {};

/// Sums of neighbouring pairs, scanned recursively, then the elements between. Blelloch 1990; jax.lax.associative_scan.
struct OddEven {};

using Scan = std::variant<LeftToRight, Groups, Doubling, OddEven>;

[[nodiscard]] std::string describe(const Scan& scan);

/// out[i] = x[0] + … + x[i] in this order; out and x have the same size, at least 1, and may not overlap.
/// Instantiated for float, double, Half, Brain and their products.
template <class T>
void scan_up(const Scan& scan, std::span<const T> x, std::span<T> out);

}  // namespace roundoff::replay
