// The certified number: an Arb ball, or one of the values that the real line lacks.
// Truth walks use two sizes of it: Ball (any precision, one at a time) and Enclosure (32 bytes, whole arrays).
#pragma once

#include <cstdint>
#include <optional>

#include "balls/arb.h"
#include "base/format.h"

namespace roundoff {

enum class Kind : std::uint8_t {
  real,     ///< the ball: midpoint ± radius
  nan,      ///< the function has no value here (IEEE 754: NaN)
  pos_inf,  ///< exactly +∞ (a pole or an infinite input)
  neg_inf,
  neg_zero,  ///< exactly −0
  huge_pos,  ///< a real above 2^(2^20), no tighter bound kept: rounds to +∞ in every format
  huge_neg,
  undecided,  ///< no bound at this precision
};

/// A real number known to lie in a ball, or a Kind. Exact where the radius is 0.
class Ball {
 public:
  Ball() { arb_init(arb_); }
  ~Ball() { arb_clear(arb_); }
  Ball(const Ball& other);
  Ball(Ball&& other) noexcept;
  Ball& operator=(const Ball& other);
  Ball& operator=(Ball&& other) noexcept;

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] bool real() const { return kind_ == Kind::real; }
  [[nodiscard]] bool exact() const { return kind_ != Kind::undecided && (kind_ != Kind::real || arb_is_exact(arb_)); }
  void set_kind(Kind kind) { kind_ = kind; }
  /// Exactly x: NaN, infinities and −0 become their Kind.
  void set_double(double x);
  /// The value if this is exactly a double (Kinds included: NaN, ±∞, −0); nullopt otherwise.
  [[nodiscard]] std::optional<double> as_double() const;

  /// The ball itself; meaningful for Kind::real only. Writers call settle() when done.
  [[nodiscard]] arb_ptr arb() { return arb_; }
  [[nodiscard]] arb_srcptr arb() const { return arb_; }
  /// After an Arb call wrote arb(): Kind::real if the ball is finite, else undecided.
  void settle();

 private:
  arb_t arb_;
  Kind kind_ = Kind::real;
};

/// A Ball in 32 bytes: (hi + lo ± rad) · 2^exp, hi = fl(hi + lo). exp is 0 unless hi, lo or rad would leave float64's
/// normal range. For Kinds other than real the numbers are 0. A radius that cannot be stored makes it undecided.
struct Enclosure {
  double hi = 0;
  double lo = 0;
  double rad = 0;
  std::int32_t exp = 0;
  Kind kind = Kind::real;

  [[nodiscard]] bool real() const { return kind == Kind::real; }
  [[nodiscard]] bool exact() const { return kind != Kind::undecided && rad == 0; }
};

[[nodiscard]] Enclosure enclosure_of(double x);
/// Smallest Enclosure of this layout that holds the ball (the residue of the midpoint goes into the radius).
[[nodiscard]] Enclosure enclosure_of(const Ball& ball);
void set(Ball& out, const Enclosure& enclosure);
/// The midpoint as the nearest double; Kinds as the double they look like; huge as ±∞; undecided as NaN.
[[nodiscard]] double midpoint(const Enclosure& enclosure);

/// The correctly rounded value (to nearest, ties to even) where every real in the ball rounds alike; nullopt where that
/// is undecided. A ball that holds zero and rounds to zero answers +0.
[[nodiscard]] std::optional<double> rounded(const Enclosure& enclosure, const Format& format);
[[nodiscard]] std::optional<double> rounded(const Ball& ball, const Format& format);

}  // namespace roundoff
