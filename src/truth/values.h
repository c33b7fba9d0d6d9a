// One node's truth, element by element: an input's own array, or enclosures.
#pragma once

#include <functional>
#include <memory>
#include <variant>
#include <vector>

#include "balls/ball.h"
#include "roundoff/array.h"

namespace roundoff::truth {

class Values {
 public:
  Values() = default;
  /// The elements of an array, exactly.
  explicit Values(Array array) : store_(std::move(array)) {}
  explicit Values(std::vector<Enclosure> enclosures) : store_(std::move(enclosures)) {}

  [[nodiscard]] Enclosure at(std::int64_t i) const;
  [[nodiscard]] double mid(std::int64_t i) const;
  void load(Ball& out, std::int64_t i) const { set(out, at(i)); }
  /// The array, where the values are one.
  [[nodiscard]] const Array* array() const { return std::get_if<Array>(&store_); }
  [[nodiscard]] std::vector<Enclosure> take() &&;

 private:
  std::variant<Array, std::vector<Enclosure>> store_;
};

/// Radii round the midpoints of Values, one per element; null: all of them 0.
using Radii = std::shared_ptr<const std::vector<double>>;
[[nodiscard]] inline double radius_at(const Radii& radii, std::int64_t i) {
  return radii ? (*radii)[static_cast<std::size_t>(i)] : 0.0;
}

/// What the walk keeps of a node while others need it.
struct NodeTruth {
  Values values;
  Radii sound, probable, weak;
  std::shared_ptr<std::vector<double>> size;  ///< contractions: Σ|x||y|, an upper bound; null where not wanted
};

/// Flat index of an argument's element under broadcasting.
class BroadcastIndex {
 public:
  BroadcastIndex(const Shape& in, const Shape& out);
  [[nodiscard]] std::int64_t operator()(std::int64_t i) const { return same_ ? i : single_ ? 0 : walk(i); }

 private:
  [[nodiscard]] std::int64_t walk(std::int64_t i) const;
  bool same_ = false, single_ = false;
  Shape sizes_, strides_;
};

/// parallel_for over code that uses Arb: worker threads leave no caches behind.
void parallel_balls(std::int64_t count, std::int64_t grain,
                    const std::function<void(std::int64_t, std::int64_t)>& body);

/// An upper bound of a + b for a, b ≥ 0.
[[nodiscard]] inline double add_up(double a, double b) { return (a + b) * (1 + 0x1p-51); }
/// An upper bound of an enclosure's radius, as a double; +∞ where it has none.
[[nodiscard]] double radius_of(const Enclosure& e);
/// An upper bound of the distance between the midpoints of two real enclosures.
[[nodiscard]] double distance(const Enclosure& a, const Enclosure& b);
/// An upper bound of max |m − y| over y in the ball, m the midpoint of a real (or −0) enclosure.
[[nodiscard]] double reach(const Enclosure& from, const Ball& ball);

}  // namespace roundoff::truth
