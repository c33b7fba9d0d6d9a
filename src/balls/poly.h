// A polynomial whose coefficients are balls.
#pragma once

#include "balls/arb.h"

namespace roundoff {

/// Clears itself; Arb's functions take it as it is.
class Poly {
 public:
  Poly() { arb_poly_init(p_); }
  ~Poly() { arb_poly_clear(p_); }
  Poly(const Poly&) = delete;
  Poly& operator=(const Poly&) = delete;
  operator arb_poly_struct*() { return p_; }

 private:
  arb_poly_t p_;
};

}  // namespace roundoff
