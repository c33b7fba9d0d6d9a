#include "inputs/input.h"

#include <utility>

#include "base/text.h"
#include "inputs/call.h"
#include "io/npy.h"

namespace roundoff {
namespace {

bool is_path(std::string_view source) {
  if (source.ends_with(".npy")) return true;
  const bool call = source.ends_with(')') && is_identifier(trimmed(source.substr(0, source.find('('))));
  return !call && source.find('/') != std::string_view::npos;
}

/// The error with "input x" before its place.
Error about(std::string_view name, Error error) {
  error.place = "input " + std::string(name) + (error.place.empty() ? "" : ", " + error.place);
  return error;
}

}  // namespace

Result<InputSpec> parse_input(std::string_view text) {
  const std::size_t equals = text.find('=');
  const std::string_view name = trimmed(text.substr(0, equals));
  if (equals == std::string_view::npos || !is_identifier(name)) {
    return Error{Code::usage, "no input is named", "input '" + std::string(text.substr(0, 60)) + "', column 1",
                 "write NAME=FILE.npy or NAME=GENERATOR(…), such as x=uniform(0,1,shape=1000)"};
  }
  const std::string_view source = trimmed(text.substr(equals + 1));
  if (is_path(source)) return InputSpec{std::string(name), std::string(source)};
  const auto column = source.empty() ? text.size() + 1 : static_cast<std::size_t>(source.data() - text.data()) + 1;
  auto call = parse_call(source, column);
  if (!call.ok()) return about(name, call.error());
  return InputSpec{std::string(name), spelled(*call)};
}

Result<Array> make_input(const InputSpec& spec) {
  const auto make = [&]() -> Result<Array> {
    if (is_path(spec.source)) return read_npy(spec.source);
    ROUNDOFF_TRY(const Call call, parse_call(spec.source, spec.name.size() + 2));
    return call.generator->make(call.arguments);
  };
  auto array = make();
  if (!array.ok()) return about(spec.name, array.error());
  return array;
}

std::string digest_of(const Array& array) {
  return sha256_hex({reinterpret_cast<const char*>(array.bytes().data()), array.bytes().size()});
}

}  // namespace roundoff
