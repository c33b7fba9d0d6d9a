// Outputs that came from elsewhere.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <span>

#include "io/file.h"
#include "io/npy.h"
#include "run/function.h"

namespace roundoff {
namespace {

constexpr std::uint64_t kMostListingBytes = std::uint64_t{1} << 30;

template <class T>
std::optional<T> number(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  if (text.starts_with('-') || text.starts_with('+')) return std::nullopt;
  T x = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), x,
                                            hex ? std::chars_format::hex : std::chars_format::general);
  if (end != text.data() + text.size() || (error != std::errc() && error != std::errc::result_out_of_range))
    return std::nullopt;
  // Out of range is an underflow or an overflow: the decimal says which by its size, and strtod rounds both as IEEE 754
  // does.
  if (error == std::errc::result_out_of_range)
    x = static_cast<T>(std::strtod(std::string(hex ? "0x" + std::string(text) : text).c_str(), nullptr));
  return negative ? -x : x;
}

/// The decimal read once, in the dtype itself: through float64 it would be rounded twice.
std::optional<double> number_of(DType dtype, std::string_view text) {
  if (dtype != DType::float32) return number<double>(text);
  const auto x = number<float>(text);
  return x ? std::optional<double>(*x) : std::nullopt;
}

std::string_view trimmed(std::string_view line) {
  line = line.substr(0, line.find('#'));
  const std::size_t first = line.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

Result<Array> read_listing(const std::string& path, DType dtype, const Shape& shape) {
  ROUNDOFF_TRY(const InputFile file, InputFile::open(path));
  if (file.size() > kMostListingBytes)
    return Error{Code::input, "the listing has more than 1 GiB", path, "save it as .npy"};
  std::string text(file.size(), '\0');
  ROUNDOFF_CHECK(file.read_at(0, std::as_writable_bytes(std::span(text))));
  ROUNDOFF_TRY(Array out, Array::make(dtype, shape));
  std::int64_t n = 0, line_number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view word = trimmed(std::string_view(text).substr(at, end - at));
    at = end + 1;
    ++line_number;
    if (word.empty()) continue;
    const auto x = number_of(dtype, word);
    if (!x) {
      return Error{Code::input, fmt::format("'{}' is not one number", word.substr(0, 40)),
                   fmt::format("{}:{}", path, line_number), "a listing has one number a line, comments after '#'"};
    }
    if (n < out.size()) out.set(n, *x);
    ++n;
  }
  if (n != out.size()) {
    return Error{Code::input, fmt::format("{} numbers, and the function has {} elements", n, out.size()), path,
                 "one number for each element, in C order"};
  }
  return out;
}

}  // namespace

Status check_recorded(const Array& array, DType dtype, const Shape& shape, const std::string& place) {
  if (array.shape() != shape) {
    return Error{Code::input,
                 fmt::format("the shape is {}, and the function's is {}", to_string(array.shape()), to_string(shape)),
                 place, ""};
  }
  if (is_float(array.dtype()) != is_float(dtype)) {
    return Error{Code::input,
                 fmt::format("the dtype is {}, and the function's is {}", name_of(array.dtype()), name_of(dtype)),
                 place, ""};
  }
  return {};
}

Result<Array> read_recorded(const std::string& path, DType dtype, const Shape& shape) {
  if (!path.ends_with(".npy")) return read_listing(path, dtype, shape);
  ROUNDOFF_TRY(Array array, dtype == DType::bfloat16 ? read_npy(path, dtype) : read_npy(path));
  ROUNDOFF_CHECK(check_recorded(array, dtype, shape, path));
  return array;
}

}  // namespace roundoff
