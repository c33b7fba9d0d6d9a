// A generator makes an input array from a few arguments. ONE FILE PER GENERATOR in generators/ defines make_NAME() for
// NAME.cc. The same arguments give the same bytes on every machine with any number of threads: generators use exact or
// IEEE 754 operations and correctly rounded functions only, never the C library's.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "roundoff/array.h"

namespace roundoff {

/// A number as written: decimal, hex float, inf, nan or pi. `integer` is set where it is an integer within int64 and
/// either written as one or no larger than 2^53.
struct WrittenNumber {
  double value = 0;
  std::optional<std::int64_t> integer;
};

/// What an argument may be; `word` is a bare name, `text` a quoted string.
enum class ArgumentKind { number, count, seed, shape, dtype, flag, word, text };
using ArgumentValue = std::variant<WrittenNumber, std::int64_t, std::uint64_t, Shape, DType, bool, std::string>;

struct Parameter {
  std::string name;
  ArgumentKind kind;
  std::optional<std::string> fallback = std::nullopt;  ///< as it would be written; without one the argument is required
  bool optional = false;                               ///< may be absent although it has no fallback
};

/// The arguments of one call, all of the right kind. A required one is there.
class Arguments {
 public:
  [[nodiscard]] bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
  template <class T>
  [[nodiscard]] const T& get(std::string_view name) const {
    return *std::get_if<T>(&value(name));
  }
  [[nodiscard]] const ArgumentValue& value(std::string_view name) const { return values_.find(name)->second; }
  [[nodiscard]] double number(std::string_view name) const { return get<WrittenNumber>(name).value; }
  void set(const std::string& name, ArgumentValue value) { values_.insert_or_assign(name, std::move(value)); }
  void erase(const std::string& name) { values_.erase(name); }

 private:
  std::map<std::string, ArgumentValue, std::less<>> values_;
};

struct Generator {
  std::string name;
  std::string summary;                ///< one line, for the reference page
  std::vector<Parameter> parameters;  ///< in positional order
  std::vector<DType> dtypes;          ///< those that it makes
  std::function<Result<Array>(const Arguments&)> make;
  /// Where positional arguments mean something else than the order says (arange); may be empty.
  std::function<void(Arguments&, std::size_t positional)> arrange;
};

[[nodiscard]] const std::vector<Generator>& all_generators();

// ---- for the generators

[[nodiscard]] const std::vector<DType>& float_dtypes();   ///< float16, bfloat16, float32, float64
[[nodiscard]] const std::vector<DType>& number_dtypes();  ///< those, int32, int64 and bool

/// An Error about one argument.
[[nodiscard]] Error bad_argument(std::string_view argument, std::string what, std::string remedy);

/// A zero-filled array within the limits of io/npy.h.
[[nodiscard]] Result<Array> new_input(DType dtype, const Shape& shape);

/// An array whose element i is value(i) rounded once to `dtype`; `value` is called from many threads.
[[nodiscard]] Result<Array> filled(DType dtype, const Shape& shape, const std::function<double(std::int64_t)>& value);

/// An array of exact integers; an Error where one of them does not fit an integer dtype (floats round). All integers
/// lie between `least` and `most`.
[[nodiscard]] Result<Array> filled_exactly(DType dtype, const Shape& shape, std::int64_t least, std::int64_t most,
                                           const std::function<std::int64_t(std::int64_t)>& value);

}  // namespace roundoff
