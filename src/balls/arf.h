// What a ball is made of: floats for its midpoint and ends, a magnitude for its radius.
#pragma once

#include "balls/arb.h"

namespace roundoff {

/// Clears itself; Arb's functions take it as it is.
class Arf {
 public:
  Arf() { arf_init(x_); }
  ~Arf() { arf_clear(x_); }
  Arf(const Arf&) = delete;
  Arf& operator=(const Arf&) = delete;
  operator arf_ptr() { return x_; }
  operator arf_srcptr() const { return x_; }

 private:
  arf_t x_;
};

/// Likewise.
class Mag {
 public:
  Mag() { mag_init(x_); }
  ~Mag() { mag_clear(x_); }
  Mag(const Mag&) = delete;
  Mag& operator=(const Mag&) = delete;
  operator mag_ptr() { return x_; }

 private:
  mag_t x_;
};

}  // namespace roundoff
