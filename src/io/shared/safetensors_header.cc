#include "io/shared/safetensors_header.h"

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "base/text.h"

namespace roundoff {
namespace {

using nlohmann::json;

constexpr std::size_t kHeaderBegin = 8;
constexpr std::size_t kMostTensors = std::size_t{1} << 18;
constexpr std::size_t kMostDimensions = 64;
constexpr const char* kSaveAgain = "save it again with the safetensors library";

std::optional<StoredType> type_of(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, StoredType>, 16> kTypes = {{{"BOOL", {DType::bool_}},
                                                                               {"I8", {DType::int8}},
                                                                               {"I16", {DType::int16}},
                                                                               {"I32", {DType::int32}},
                                                                               {"I64", {DType::int64}},
                                                                               {"U8", {DType::uint8}},
                                                                               {"U16", {DType::uint16}},
                                                                               {"U32", {DType::uint32}},
                                                                               {"U64", {DType::uint64}},
                                                                               {"F16", {DType::float16}},
                                                                               {"BF16", {DType::bfloat16}},
                                                                               {"F32", {DType::float32}},
                                                                               {"F64", {DType::float64}},
                                                                               {"F8_E4M3", {DType::float8_e4m3fn}},
                                                                               {"F8_E5M2", {DType::float8_e5m2}},
                                                                               {"C64", {DType::float32, true}}}};
  for (const auto& [known, type] : kTypes) {
    if (name == known) return type;
  }
  return std::nullopt;
}

/// Takes the parser's events one by one: nothing is kept but the tensors, however deep or large the text is.
class Reader : public nlohmann::json_sax<json> {
 public:
  explicit Reader(const std::string& path) : path_(path) {}

  std::optional<Error> error;
  std::vector<SafetensorsEntry> entries;

  bool null() override { return unexpected("null"); }
  bool boolean(bool /*value*/) override { return unexpected("a boolean"); }
  bool number_float(double /*value*/, const std::string& /*text*/) override {
    return unexpected("a number with a point");
  }
  bool number_integer(std::int64_t /*value*/) override { return unexpected("a negative number"); }
  bool binary(json::binary_t& /*value*/) override { return unexpected("bytes"); }

  bool number_unsigned(std::uint64_t value) override {
    if (!in_list_) return unexpected("a number");
    if (field_ == "shape") {
      if (value > static_cast<std::uint64_t>(INT64_MAX)) return failed("a size beyond 2^63");
      if (shape_->size() == kMostDimensions) return failed("more than 64 dimensions");
      shape_->push_back(static_cast<std::int64_t>(value));
      return true;
    }
    if (offsets_->size() == 2) return failed("more than two data_offsets");
    offsets_->push_back(value);
    return true;
  }

  bool string(std::string& value) override {
    if (depth_ == 2 && metadata_) return true;
    if (depth_ != 2 || in_list_ || field_ != "dtype") return unexpected("a string");
    type_ = type_of(value);
    return type_ || failed("the dtype '" + printable(value, 40) + "' is none that is read");
  }

  bool start_object(std::size_t /*size*/) override {
    if (depth_ == 2 || in_list_) return unexpected("an object");
    if (++depth_ == 2 && !metadata_) {
      field_.clear();
      type_.reset();
      shape_.reset();
      offsets_.reset();
    }
    return true;
  }

  bool end_object() override {
    if (--depth_ == 0 || metadata_) return true;
    field_.clear();
    for (const auto& [name, missing] : {std::pair("dtype", !type_), {"shape", !shape_}, {"data_offsets", !offsets_}}) {
      if (missing) return failed(std::string("has no field '") + name + "'");
    }
    field_ = "data_offsets";
    if (offsets_->size() != 2) return failed("fewer than two data_offsets");
    if (entries.size() == kMostTensors) return failed("more than " + std::to_string(kMostTensors) + " tensors");
    auto info = make_info(name_, *type_, *shape_, place());
    if (!info.ok()) {
      error = info.error();
      return false;
    }
    entries.push_back({std::move(*info), (*offsets_)[0], (*offsets_)[1]});
    return true;
  }

  bool start_array(std::size_t /*size*/) override {
    if (depth_ != 2 || metadata_ || in_list_) return unexpected("a list");
    in_list_ = true;
    if (field_ == "shape") {
      shape_ = Shape();
    } else if (field_ == "data_offsets") {
      offsets_ = std::vector<std::uint64_t>();
    } else {
      return unexpected("a list");
    }
    return true;
  }
  bool end_array() override {
    in_list_ = false;
    return true;
  }

  bool key(std::string& value) override {
    if (depth_ == 1) {
      name_ = value;
      field_.clear();
      metadata_ = value == "__metadata__";
      return names_.insert(value).second || failed("stands in the header twice");
    }
    if (metadata_) return true;
    field_ = value;
    const bool again =
        (value == "dtype" && type_) || (value == "shape" && shape_) || (value == "data_offsets" && offsets_);
    if (again) return failed("stands there twice");
    return value == "dtype" || value == "shape" || value == "data_offsets" || failed("is no field of a tensor");
  }

  bool parse_error(std::size_t position, const std::string& /*token*/, const nlohmann::detail::exception& e) override {
    // The parser's own words, without its "[json.exception…] parse error at line 1, column 7: ".
    std::string_view what = e.what();
    if (const auto at = what.find(": "); at != std::string_view::npos) what.remove_prefix(at + 2);
    error = Error{Code::input, "its header is no JSON: " + printable(what, 200),
                  path_ + ", byte " + std::to_string(kHeaderBegin + (position == 0 ? 0 : position - 1)), kSaveAgain};
    return false;
  }

 private:
  [[nodiscard]] std::string place() const {
    return name_.empty() && depth_ == 0 ? path_ : path_ + ", tensor '" + printable(name_, 100) + "'";
  }
  bool failed(const std::string& what) {
    error = Error{Code::input, what, field_.empty() ? place() : place() + ", field '" + printable(field_, 40) + "'",
                  kSaveAgain};
    return false;
  }
  bool unexpected(const std::string& what) { return failed(what + " where it does not belong"); }

  const std::string& path_;
  std::set<std::string, std::less<>> names_;
  int depth_ = 0;
  bool metadata_ = false, in_list_ = false;
  std::string name_, field_;
  std::optional<StoredType> type_;
  std::optional<Shape> shape_;
  std::optional<std::vector<std::uint64_t>> offsets_;
};

}  // namespace

Result<std::vector<SafetensorsEntry>> parse_safetensors_header(std::string_view text, const std::string& path) {
  Reader reader(path);
  if (!text.starts_with('{')) {
    return Error{Code::input, "its header does not begin with '{'", path + ", byte " + std::to_string(kHeaderBegin),
                 "name a safetensors file, or save it again with the safetensors library"};
  }
  if (!json::sax_parse(text.begin(), text.end(), &reader)) {
    return reader.error.value_or(Error{Code::input, "its header is no JSON", path, kSaveAgain});
  }
  return std::move(reader.entries);
}

}  // namespace roundoff
