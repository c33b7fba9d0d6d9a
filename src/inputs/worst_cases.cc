#include "inputs/worst_cases.h"

#include <cstdlib>
#include <sstream>
#include <string>

namespace roundoff {

namespace embedded {
extern const std::string_view worst_cases;
}

std::vector<std::vector<Bits>> worst_cases(std::string_view op, DType dtype) {
  std::vector<std::vector<Bits>> cases;
  std::istringstream lines{std::string(embedded::worst_cases)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string name, type, number;
    if (!(words >> name >> type) || name != op || type != name_of(dtype)) continue;
    std::vector<Bits> x;
    // Hex floats of the dtype are exact in binary, whatever the locale's decimal point: the file has none.
    while (words >> number) x.push_back(pattern_of(dtype, std::strtod(number.c_str(), nullptr)));
    cases.push_back(std::move(x));
  }
  return cases;
}

}  // namespace roundoff
