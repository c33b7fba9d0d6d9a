// Hypotheses of orders found by probing, in words.
#pragma once

#include <vector>

#include "causes/replay/products.h"

namespace roundoff::replay {

/// "products summed in the order found by probing", with the tiles' orders and arithmetic as detail.
[[nodiscard]] Hypothesis hypothesis_of(const Subject& subject, const std::vector<Tile>& tiles);

}  // namespace roundoff::replay
