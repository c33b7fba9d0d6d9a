// Any text: an Error with a place and a remedy, or a graph that prints as text that reads as the same graph.
#include <cstdint>
#include <cstdlib>

#include "graph/graph.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto graph = roundoff::parse_expression({reinterpret_cast<const char*>(data), size});
  if (!graph.ok()) {
    if (graph.error().place.empty() || graph.error().what.empty() || graph.error().remedy.empty()) std::abort();
    return 0;
  }
  const std::string printed = roundoff::expression_of(*graph, graph->output);
  // Shared parts are written out wherever they are used: what is too long for that is cut, and limits hold for what is
  // printed too.
  if (printed.size() > roundoff::Limits{}.length / 2) return 0;
  const auto again = roundoff::parse_expression(printed, {.depth = 1000});
  if (!again.ok() || roundoff::expression_of(*again, again->output) != printed) std::abort();
  return 0;
}
