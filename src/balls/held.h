// What FLINT and Arb initialise and clear by hand, as values that do so themselves.
#pragma once

#include "balls/arb.h"

namespace roundoff {

namespace held {
inline void init(arf_struct* x) { arf_init(x); }
inline void clear(arf_struct* x) { arf_clear(x); }
inline void init(mag_struct* x) { mag_init(x); }
inline void clear(mag_struct* x) { mag_clear(x); }
inline void init(arb_poly_struct* x) { arb_poly_init(x); }
inline void clear(arb_poly_struct* x) { arb_poly_clear(x); }
inline void init(fmpz* x) { fmpz_init(x); }
inline void clear(fmpz* x) { fmpz_clear(x); }
}  // namespace held

/// Clears itself; Arb's functions take it as it is.
template <class T>
class Held {
 public:
  Held() { held::init(x_); }
  ~Held() { held::clear(x_); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  operator T*() { return x_; }
  operator const T*() const { return x_; }

 private:
  T x_[1];
};

using Arf = Held<arf_struct>;        ///< a float: the midpoint and the ends of a ball
using Mag = Held<mag_struct>;        ///< a magnitude: the radius of a ball
using Poly = Held<arb_poly_struct>;  ///< a polynomial whose coefficients are balls
using Integer = Held<fmpz>;

}  // namespace roundoff
