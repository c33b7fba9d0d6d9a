// The arrays under comparison, as named on the command line: NAME=FILE.npy or NAME=GENERATOR(…).
#pragma once

#include <string>
#include <string_view>

#include "roundoff/array.h"

namespace roundoff {

struct InputSpec {
  std::string name;
  /// A path, or a generator call with every argument spelled: what a line that repeats the run must say.
  std::string source;
};

/// Reads "x=uniform(0,1,shape=1000)" or "x=data/x.npy"; nothing is generated or opened. A source that ends in .npy, or
/// that has a slash and is no call, is a path.
[[nodiscard]] Result<InputSpec> parse_input(std::string_view text);

/// The array itself: the same bytes on every machine.
[[nodiscard]] Result<Array> make_input(const InputSpec& spec);

/// SHA-256 of the array's bytes (C order, native byte order), as lower-case hex.
[[nodiscard]] std::string digest_of(const Array& array);

}  // namespace roundoff
