// Numbers in JSON, the same in every schema of ours.
#pragma once

#include <nlohmann/json.hpp>

namespace roundoff::views {

/// JSON has no NaN and no infinities: NaN, "no such figure", is null; infinities are words.
[[nodiscard]] nlohmann::ordered_json figure(double x);
/// {"value", "hex"} of a value of an array, where NaN is a value like any other; its bits are in the hex form.
[[nodiscard]] nlohmann::ordered_json exact(double x);

}  // namespace roundoff::views
