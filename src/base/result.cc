#include "roundoff/result.h"

namespace roundoff {

std::string to_string(const Error& error) {
  std::string text = error.place.empty() ? error.what : error.place + ": " + error.what;
  if (!error.remedy.empty()) text += " (" + error.remedy + ")";
  return text;
}

}  // namespace roundoff
