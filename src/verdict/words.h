// How the sentences of verdicts state figures.
#pragma once

#include <cstdint>
#include <string>

namespace roundoff {

/// A share of a budget: "less than 1 %", "9 %", "3.2 times", "42 times".
[[nodiscard]] std::string share_words(double share);
/// "3.2", "42", "1,300", "3.1e+09": a factor at two digits.
[[nodiscard]] std::string factor_words(double factor);
/// "1 element", "1,234 elements".
[[nodiscard]] std::string elements(std::int64_t n);

}  // namespace roundoff
