#include "io/npy_header.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <system_error>
#include <utility>

namespace roundoff {
namespace {

// What version 1.0 can hold. Longer ones come only with structured dtypes, which are not read.
constexpr std::uint64_t kMostText = 65535;
constexpr std::size_t kMostDimensions = 64;  // NumPy's own limit
constexpr const char* kSaveAgain = "save it again: numpy.save(path, numpy.ascontiguousarray(a))";

std::string at_byte(const std::string& name, std::uint64_t offset) { return name + ", byte " + std::to_string(offset); }

/// Reads the one literal that a header may be: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
class Literal {
 public:
  Literal(std::string_view text, std::uint64_t begin, const std::string& name)
      : text_(text), begin_(begin), name_(name) {}

  struct Fields {
    std::optional<std::string> descr;
    std::optional<bool> fortran_order;
    std::optional<Shape> shape;
  };

  Result<Fields> read() {
    Fields fields;
    ROUNDOFF_CHECK(ascii());
    ROUNDOFF_CHECK(expect('{'));
    while (!take('}')) {
      ROUNDOFF_TRY(const std::string key, string());
      ROUNDOFF_CHECK(expect(':'));
      ROUNDOFF_CHECK(field(fields, key));
      if (take(',')) continue;
      ROUNDOFF_CHECK(expect('}'));
      break;
    }
    space();
    if (at_ != text_.size()) return failed("text after the header's dictionary");
    return fields;
  }

 private:
  Error failed(const std::string& what) const { return {Code::input, what, at_byte(name_, begin_ + at_), kSaveAgain}; }

  Status ascii() {
    const auto* odd = std::find_if(text_.begin(), text_.end(), [](char c) {
      return c != '\n' && (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e);
    });
    at_ = static_cast<std::size_t>(odd - text_.begin());
    if (odd != text_.end()) return failed("the header holds a byte that is no printable ASCII");
    at_ = 0;
    return {};
  }

  void space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool take(char c) {
    space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view word) {
    space();
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  Status expect(char c) {
    if (take(c)) return {};
    return failed(std::string("the header has ") +
                  (at_ < text_.size() ? "'" + std::string(1, text_[at_]) + "'" : "its end") + " where '" + c +
                  "' belongs");
  }

  Result<std::string> string() {
    space();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') return failed("the header has no string literal where one belongs");
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) return failed("the header has a string without an end");
    std::string value(text_.substr(at_ + 1, end - at_ - 1));
    if (value.find_first_of("\\\n") != std::string::npos) return failed("the header has an escape in a string");
    at_ = end + 1;
    return value;
  }

  Result<std::int64_t> integer() {
    space();
    std::int64_t value = 0;
    const char* from = text_.data() + at_;
    const auto read = std::from_chars(from, text_.data() + text_.size(), value);
    if (read.ec == std::errc::result_out_of_range) return failed("field 'shape': a size beyond 2^63");
    if (read.ec != std::errc()) return failed("field 'shape': no integer where a size belongs");
    if (value < 0) return failed("field 'shape': a size is negative");
    at_ += static_cast<std::size_t>(read.ptr - from);
    take('L');  // Python 2 wrote long integers so
    return value;
  }

  Result<Shape> tuple() {
    if (!take('(')) return failed("field 'shape' is no tuple of integers");
    Shape shape;
    while (!take(')')) {
      ROUNDOFF_TRY(const std::int64_t size, integer());
      if (shape.size() == kMostDimensions) return failed("field 'shape': more than 64 dimensions");
      shape.push_back(size);
      if (take(',')) continue;
      if (shape.size() == 1) return failed("field 'shape' is no tuple of integers");  // (3) is an integer
      ROUNDOFF_CHECK(expect(')'));
      break;
    }
    return shape;
  }

  Status field(Fields& fields, const std::string& key) {
    const auto twice = [&] { return failed("field '" + key + "' stands in the header twice"); };
    if (key == "descr") {
      if (fields.descr) return twice();
      space();
      if (at_ < text_.size() && (text_[at_] == '[' || text_[at_] == '(')) {
        return Error{Code::input, "field 'descr': a structured dtype", at_byte(name_, begin_ + at_),
                     "save each field as an array of its own"};
      }
      ROUNDOFF_TRY(fields.descr, string());
    } else if (key == "fortran_order") {
      if (fields.fortran_order) return twice();
      const bool yes = take("True");
      if (!yes && !take("False")) return failed("field 'fortran_order' is neither True nor False");
      fields.fortran_order = yes;
    } else if (key == "shape") {
      if (fields.shape) return twice();
      ROUNDOFF_TRY(fields.shape, tuple());
    } else {
      return failed("unknown field '" + key.substr(0, 40) + "' in the header");
    }
    return {};
  }

  std::string_view text_;
  std::uint64_t begin_;
  const std::string& name_;
  std::size_t at_ = 0;
};

std::optional<DType> dtype_of(std::string_view type) {
  constexpr std::array<std::pair<std::string_view, DType>, 12> kTypes = {{{"b1", DType::bool_},
                                                                          {"i1", DType::int8},
                                                                          {"i2", DType::int16},
                                                                          {"i4", DType::int32},
                                                                          {"i8", DType::int64},
                                                                          {"u1", DType::uint8},
                                                                          {"u2", DType::uint16},
                                                                          {"u4", DType::uint32},
                                                                          {"u8", DType::uint64},
                                                                          {"f2", DType::float16},
                                                                          {"f4", DType::float32},
                                                                          {"f8", DType::float64}}};
  for (const auto& [text, dtype] : kTypes) {
    if (type == text) return dtype;
  }
  return std::nullopt;
}

Error unreadable_dtype(const std::string& descr, const std::string& place) {
  const std::string what = "dtype '" + descr.substr(0, 40) + "' ";
  const char type = descr.size() > 1 ? descr[1] : '\0';
  if (descr.find('O') != std::string::npos) {
    return {Code::input, what + "holds Python objects, which only running code could read", place,
            "save numbers: numpy.save(path, a.astype('float64'))"};
  }
  if (type == 'V' && descr.substr(1) == "V2") {
    return {Code::input, what + "may be bfloat16 or not: .npy has no name for it", place,
            "say so: NAME=npy('FILE', dtype=bfloat16) for an input, --dtype bfloat16 to diff"};
  }
  if (descr.find("V1") != std::string::npos && descr.size() == 3) {
    return {Code::input, what + "may be an 8-bit float or not: .npy has no name for those", place,
            "say --dtype float8_e4m3fn or --dtype float8_e5m2"};
  }
  if (type == 'f') return {Code::input, what + "is a long double", place, "save it as float64 or narrower"};
  return {Code::input, what + "is none that is read", place,
          "save as bool, an integer of 8 to 64 bits, float16, float32 or float64, in a stated byte order"};
}

/// Fills dtype and swapped from a descr such as "<f4".
Status interpret(const std::string& descr, std::optional<DType> as, const std::string& name, NpyHeader& header) {
  const std::string place = name + ", field 'descr'";
  const char order = descr.empty() ? '\0' : descr[0];
  const std::string_view type = descr.empty() ? std::string_view() : std::string_view(descr).substr(1);
  const bool ordered = order == '<' || order == '>';
  header.swapped = ordered && (order == '<') != (std::endian::native == std::endian::little);
  if (as == DType::bfloat16 && (type == "V2" || type == "u2") && (ordered || (order == '|' && type == "V2"))) {
    header.type = {DType::bfloat16};
    return {};
  }
  if (as && !is_computed(*as) && type == "V1" && order != '=') {
    header.type = {*as};
    return {};
  }
  if (ordered && (type == "c8" || type == "c16")) {
    header.type = {type == "c8" ? DType::float32 : DType::float64, true};
    return {};
  }
  const auto dtype = dtype_of(type);
  if (!dtype || !(ordered || (order == '|' && size_of(*dtype) == 1))) return unreadable_dtype(descr, place);
  header.type = {*dtype};
  return {};
}

}  // namespace

Result<NpyText> parse_npy_preamble(std::span<const std::byte> first, std::uint64_t file_size, const std::string& name) {
  constexpr std::string_view kMagic = "\x93NUMPY";
  const std::string_view text(reinterpret_cast<const char*>(first.data()), first.size());
  const auto byte = [&](std::size_t i) { return static_cast<std::uint64_t>(first[i]); };
  const auto cut = [&] {
    return Error{Code::input, "ends after " + std::to_string(file_size) + " bytes, inside its header", name,
                 kSaveAgain};
  };
  if (!text.starts_with(kMagic.substr(0, std::min(text.size(), kMagic.size())))) {
    return Error{Code::input, text.starts_with("PK") ? "is a .npz (zip) archive, not a .npy file" : "is no .npy file",
                 at_byte(name, 0), "save one array with numpy.save(path, a)"};
  }
  if (text.size() < 8) return cut();
  const std::uint64_t major = byte(6), minor = byte(7);
  if (major < 1 || major > 3 || minor != 0) {
    return Error{Code::input, "is .npy version " + std::to_string(major) + "." + std::to_string(minor),
                 at_byte(name, 6), "save it in version 1.0, 2.0 or 3.0"};
  }
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  if (text.size() < 8 + length_bytes) return cut();
  NpyText where{.begin = 8 + length_bytes, .size = 0};
  for (std::size_t i = 0; i < length_bytes; ++i) where.size |= byte(8 + i) << (8 * i);
  if (where.size > kMostText) {
    return Error{
        Code::input,
        "states a header of " + std::to_string(where.size) + " bytes; the limit is " + std::to_string(kMostText),
        at_byte(name, 8), kSaveAgain};
  }
  if (where.begin + where.size > file_size) {
    return Error{Code::input,
                 "states a header of " + std::to_string(where.size) + " bytes, but has only " +
                     std::to_string(file_size - where.begin) + " more",
                 at_byte(name, 8), kSaveAgain};
  }
  return where;
}

Result<NpyHeader> parse_npy_header(std::string_view text, std::uint64_t begin, const std::string& name,
                                   std::optional<DType> as) {
  ROUNDOFF_TRY(Literal::Fields fields, Literal(text, begin, name).read());
  const char* missing = !fields.descr           ? "descr"
                        : !fields.fortran_order ? "fortran_order"
                        : !fields.shape         ? "shape"
                                                : nullptr;
  if (missing != nullptr) {
    return Error{Code::input, std::string("the header lacks the field '") + missing + "'", at_byte(name, begin),
                 kSaveAgain};
  }
  NpyHeader header;
  ROUNDOFF_CHECK(interpret(*fields.descr, as, name, header));
  header.fortran_order = *fields.fortran_order;
  header.shape = std::move(*fields.shape);
  auto count = count_of(header.shape);
  if (!count.ok()) {
    return Error{Code::input, count.error().what, name + ", field 'shape' " + to_string(header.shape), kSaveAgain};
  }
  header.count = *count;
  return header;
}

}  // namespace roundoff
