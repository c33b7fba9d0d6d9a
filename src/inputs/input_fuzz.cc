// Any text: an Error with a place and a remedy, or a specification that spells itself the same way again.
#include <cstdint>
#include <cstdlib>

#include "inputs/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto spec = roundoff::parse_input({reinterpret_cast<const char*>(data), size});
  if (!spec.ok()) {
    if (spec.error().place.empty() || spec.error().remedy.empty()) std::abort();
    return 0;
  }
  const auto again = roundoff::parse_input(spec->name + "=" + spec->source);
  if (!again.ok() || again->source != spec->source) std::abort();
  return 0;
}
