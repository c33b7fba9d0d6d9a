#include "inputs/generator.h"

#include <limits>
#include <utility>

#include "base/parallel.h"
#include "io/npy.h"

namespace roundoff {
namespace generators {
std::vector<Generator> make_all();  // written by the build from the files of generators/
}

namespace {

constexpr std::int64_t kGrain = 4096;

/// The smallest and largest value of the integer dtypes that generators make.
std::pair<std::int64_t, std::int64_t> limits_of(DType dtype) {
  if (dtype == DType::bool_) return {0, 1};
  if (dtype == DType::int32)
    return {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
  return {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
}

}  // namespace

const std::vector<Generator>& all_generators() {
  static const std::vector<Generator> all = generators::make_all();
  return all;
}

const std::vector<DType>& float_dtypes() {
  static const std::vector<DType> all = {DType::float16, DType::bfloat16, DType::float32, DType::float64};
  return all;
}

const std::vector<DType>& number_dtypes() {
  static const std::vector<DType> all = {DType::float16, DType::bfloat16, DType::float32, DType::float64,
                                         DType::int32,   DType::int64,    DType::bool_};
  return all;
}

Error bad_argument(std::string_view argument, std::string what, std::string remedy) {
  return {Code::usage, std::move(what), "argument '" + std::string(argument) + "'", std::move(remedy)};
}

Result<Array> new_input(DType dtype, const Shape& shape) {
  const auto count = count_of(shape);
  if (!count.ok() || *count > kMostArrayElements ||
      *count * static_cast<std::int64_t>(size_of(dtype)) > kMostArrayBytes) {
    return bad_argument("shape",
                        to_string(shape) + " of " + std::string(name_of(dtype)) + "; the limit is " +
                            std::to_string(kMostArrayElements) + " elements and " + std::to_string(kMostArrayBytes) +
                            " bytes",
                        "ask for fewer");
  }
  return Array::make(dtype, shape);
}

Result<Array> filled(DType dtype, const Shape& shape, const std::function<double(std::int64_t)>& value) {
  ROUNDOFF_TRY(Array array, new_input(dtype, shape));
  parallel_for(array.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) array.set(i, value(i));
  });
  return array;
}

Result<Array> filled_exactly(DType dtype, const Shape& shape, std::int64_t least, std::int64_t most,
                             const std::function<std::int64_t(std::int64_t)>& value) {
  const auto [low, high] = limits_of(dtype);
  if (!is_float(dtype) && (least < low || most > high)) {
    return bad_argument("dtype",
                        std::string(name_of(dtype)) + " does not hold all integers from " + std::to_string(least) +
                            " to " + std::to_string(most),
                        "use a wider dtype or a smaller range");
  }
  constexpr std::int64_t kExact = std::int64_t{1} << 53;  // as doubles
  if (least >= -kExact && most <= kExact) {
    return filled(dtype, shape, [&](std::int64_t i) { return static_cast<double>(value(i)); });
  }
  ROUNDOFF_TRY(Array integers, new_input(DType::int64, shape));
  const auto to = integers.as_mutable<std::int64_t>();
  parallel_for(integers.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) to[static_cast<std::size_t>(i)] = value(i);
  });
  return cast(integers, dtype);
}

}  // namespace roundoff
