// Runs of contiguous float32 inputs against their blocks: vector kernel, then double, then balls.
#pragma once

#include <vector>

#include "metrics/sweep/element.h"
#include "truth/blocks.h"

namespace roundoff::sweep {

class Runs {
 public:
  /// `op` has one argument and outlives this.
  Runs(const Op& op, const Attrs& attrs);
  /// y[i] for the input of pattern first + i, as bits.
  void add(std::uint32_t first, std::span<const std::uint32_t> y, Tally& tally);

 private:
  /// A chunk with the largest error that the kernel saw in it, in units.
  struct Peak {
    std::uint32_t first;
    int count;
    std::int32_t units;
  };
  /// An error known between bounds that have one level.
  struct Candidate {
    double level = -1;
    Example at;
  };
  /// The part of `y` that the block covers.
  struct Part {
    const truth::Block& block;
    std::uint32_t first;
    std::span<const std::uint32_t> y;
    Tally& tally;
  };

  void add_line(const Part& part);
  void add_polynomial(const Part& part);
  void add_open(const Part& part);

  /// The range of y in which the kernel's errors are told apart, for the aligned chunk; empty where lowest > highest.
  struct Window {
    std::uint32_t lowest = 1, highest = 0;
  };
  [[nodiscard]] Window window_of(const truth::Block& block, std::uint32_t chunk, int size) const;

  void add_precise(const Part& part, std::uint32_t pattern, std::uint32_t y);
  void add_ball(std::uint32_t pattern, std::uint32_t y, Tally& tally);
  void consider(double least, double most, const Example& at, Tally& tally);
  [[nodiscard]] bool may_win(double level, std::uint32_t pattern, const Tally& tally, std::size_t cls) const;
  void resolve(const Part& part, const Peak& peak);
  void resolve_worst(Tally& tally);

  Elements elements_;
  truth::Blocks blocks_;
  std::array<std::uint32_t, 2> at_zero_{};  ///< R at ±0: what a flushed input gives
  std::vector<Peak> peaks_;
  Candidate best_;
};

}  // namespace roundoff::sweep
