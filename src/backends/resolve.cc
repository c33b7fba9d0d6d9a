#include "backends/resolve.h"

#include <fmt/format.h>

namespace roundoff {
namespace {

bool is_name(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  return !text.empty() && std::ranges::all_of(text, fits);
}

}  // namespace

std::string BackendName::str() const {
  return framework + (environment.empty() ? "" : "@" + environment) + (mode.empty() ? "" : ":" + mode);
}

Result<BackendName> parse_backend_name(std::string_view text) {
  std::string_view rest = text;
  BackendName name;
  const auto cut = [&](char mark, std::string& part) {
    const std::size_t at = rest.find(mark);
    if (at == std::string_view::npos) return true;
    part = rest.substr(at + 1);
    rest = rest.substr(0, at);
    return is_name(part);
  };
  const bool good = cut(':', name.mode) && cut('@', name.environment) && is_name(rest);
  if (!good)
    return Error{Code::usage, fmt::format("'{}' is no backend", text), "",
                 "FRAMEWORK[@ENVIRONMENT][:MODE], as in tensorflow@tf1.2:session"};
  name.framework = rest;
  return name;
}

}  // namespace roundoff
