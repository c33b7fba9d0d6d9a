// Runs of contiguous float32 inputs against their blocks: vector kernel, then double, then balls.
#pragma once

#include <optional>
#include <vector>

#include "metrics/sweep/element.h"
#include "truth/blocks.h"
#include "truth/reflections.h"
#include "truth/rotations.h"

namespace roundoff::sweep {

class Runs {
 public:
  /// `op` has one argument and outlives this.
  Runs(const Op& op, const Attrs& attrs);
  /// y[i] for the input of pattern first + i, as bits.
  void add(std::uint32_t first, std::span<const std::uint32_t> y, Tally& tally);

 private:
  /// A chunk, and the highest level that an error may have of those that the kernel saw in it.
  struct Peak {
    std::uint32_t first;
    int count;
    double level;
  };
  /// What an error has to beat in its class of inputs: the worst one so far.
  struct Bar {
    double level = -1;
    std::uint64_t pattern = 0;
    [[nodiscard]] bool beaten_by(double other, std::uint64_t at) const {
      return other > level || (other == level && at < pattern);
    }
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

  struct Sums;
  void add_row(std::uint32_t first, std::span<const std::uint32_t> y, Tally& tally);
  void add_row_chunk(const Rotation& row, std::uint32_t chunk, std::uint32_t from, std::span<const std::uint32_t> y,
                     Tally& tally, Sums& sums);
  const std::uint32_t* whole(std::uint32_t chunk, int size, std::uint32_t from, std::span<const std::uint32_t> y);
  void add_rotated(std::uint32_t pattern, std::uint32_t y, Tally& tally, Sums& sums);
  void add_reflected(std::uint32_t first, std::span<const std::uint32_t> y, Tally& tally);
  void add_doubled(std::uint32_t pattern, std::uint32_t y, const DoubleDouble& truth, Tally& tally, Sums& sums);
  bool classify(const Example& at, double error, double bound, bool negative, Tally& tally, Sums& sums);
  void add_chunk(const Part& part, std::uint32_t chunk, int size, std::uint32_t from, std::span<const std::uint32_t> y,
                 Sums& sums);
  void add_precise(const Part& part, std::uint32_t pattern, std::uint32_t y, Sums& sums);
  void add_exact(std::uint32_t pattern, std::uint32_t y, Tally& tally);
  void add_ball(std::uint32_t pattern, std::uint32_t y, Tally& tally);
  void consider(double least, double most, const Example& at, Tally& tally);
  double add_worst(const Example& at, Tally& tally);
  void resolve(const Part& part, const Peak& peak);
  void begin_class(std::uint32_t pattern, const Tally& tally);
  void end_class(Tally& tally);

  Elements elements_;
  truth::Blocks blocks_;
  std::optional<truth::Rotations> rotations_;
  std::optional<truth::Reflections> reflections_;
  std::array<std::uint32_t, 2> at_zero_{};  ///< R at ±0: what a flushed input gives
  alignas(64) std::array<std::int32_t, kMostChunk> errors_{};
  std::array<std::uint32_t, kMostChunk> padded_{};  ///< of a chunk that is cut
  std::vector<Peak> peaks_;
  Bar bar_;
  std::optional<Example> best_;  ///< what set the bar, where its exact error is still to be found
};

}  // namespace roundoff::sweep
