#include "io/npy.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <functional>
#include <vector>

#include "io/file.h"
#include "io/npy_header.h"
#include "io/shared/stored.h"
#include "io/shared/transposition.h"

namespace roundoff {
namespace {

/// A file or memory: its size, and how to copy a part of it.
struct Source {
  const std::string& name;
  std::uint64_t size;
  std::function<Status(std::uint64_t, std::span<std::byte>)> read_at;
};

/// An array has no complex dtype; what was asked for must be what is there.
Status check_type(const Source& from, const NpyHeader& header, std::optional<DType> as) {
  const std::string place = from.name + ", field 'descr'";
  if (header.type.complex) {
    return Error{Code::input, "its dtype is complex", place, "save its real and imaginary parts apart"};
  }
  if (as && *as != header.type.dtype) {
    return Error{Code::input, "holds " + std::string(name_of(header.type.dtype)) + ", not " + std::string(name_of(*as)),
                 place, "ask for the file's own dtype; only bfloat16 is read from other types (V2, u2)"};
  }
  return {};
}

/// The data must be exactly what the header says, before anything is made for it.
Status check_sizes(const Source& from, const NpyHeader& header, std::uint64_t data_begin) {
  const std::int64_t bytes = header.count * static_cast<std::int64_t>(header.type.size());
  const std::string place = from.name + ", field 'shape' " + to_string(header.shape);
  if (header.count > kMostArrayElements || bytes > kMostArrayBytes) {
    return Error{Code::input,
                 "an array of " + std::to_string(bytes) + " bytes; the limit is " + std::to_string(kMostArrayBytes) +
                     " bytes and " + std::to_string(kMostArrayElements) + " elements",
                 place, "compare a part of it"};
  }
  const std::uint64_t end = data_begin + static_cast<std::uint64_t>(bytes);
  if (from.size < end) {
    return Error{Code::input,
                 "the header states " + std::to_string(bytes) + " bytes of data, but " +
                     std::to_string(from.size - data_begin) + " are there",
                 from.name + ", byte " + std::to_string(from.size), "the file is cut short: copy or save it again"};
  }
  if (from.size > end) {
    return Error{Code::input, std::to_string(from.size - end) + " bytes follow the array's data",
                 from.name + ", byte " + std::to_string(end), "save one array per file"};
  }
  return {};
}

/// The elements of Fortran order (first index fastest) in C order (last index fastest).
Result<Array> to_c_order(const Array& fortran) {
  ROUNDOFF_TRY(Array c, Array::make(fortran.dtype(), fortran.shape()));
  const Transposition order(c.shape(), fortran_strides(c.shape()), size_of(c.dtype()), c.bytes().size());
  if (c.size() > 0) order.copy_block(fortran.bytes(), 0, c.mutable_bytes());
  return c;
}

Status check_bools(const Array& array, const Source& from, std::uint64_t data_begin) {
  const auto values = array.as<std::uint8_t>();
  const auto odd = std::find_if(values.begin(), values.end(), [](std::uint8_t v) { return v > 1; });
  if (odd == values.end()) return {};
  const std::uint64_t offset = data_begin + static_cast<std::uint64_t>(odd - values.begin());
  return Error{Code::input, "a bool that is " + std::to_string(*odd) + ", neither 0 nor 1",
               from.name + ", byte " + std::to_string(offset), "save it as uint8, or as a == True"};
}

Result<Array> read(const Source& from, std::optional<DType> as) {
  std::array<std::byte, kNpyPreamble> first{};
  const std::span<std::byte> beginning(first.data(), std::min<std::uint64_t>(first.size(), from.size));
  ROUNDOFF_CHECK(from.read_at(0, beginning));
  ROUNDOFF_TRY(const NpyText where, parse_npy_preamble(beginning, from.size, from.name));
  std::string text(where.size, '\0');
  ROUNDOFF_CHECK(from.read_at(where.begin, std::as_writable_bytes(std::span(text))));
  ROUNDOFF_TRY(const NpyHeader header, parse_npy_header(text, where.begin, from.name, as));

  ROUNDOFF_CHECK(check_type(from, header, as));
  const std::uint64_t data_begin = where.begin + where.size;
  ROUNDOFF_CHECK(check_sizes(from, header, data_begin));
  ROUNDOFF_TRY(Array array, Array::make(header.type.dtype, header.shape));
  ROUNDOFF_CHECK(from.read_at(data_begin, array.mutable_bytes()));
  if (header.type.dtype == DType::bool_) {
    ROUNDOFF_CHECK(check_bools(array, from, data_begin));
  }
  if (header.swapped) swap_bytes(array.mutable_bytes(), header.type);
  if (header.fortran_order && header.shape.size() > 1) return to_c_order(array);
  return array;
}

std::string descr_of(DType dtype) {
  const std::string order = size_of(dtype) == 1 ? "|" : std::endian::native == std::endian::little ? "<" : ">";
  const std::string_view name = name_of(dtype);
  const char type = dtype == DType::bool_ ? 'b' : dtype == DType::bfloat16 ? 'V' : name.front();
  return order + type + std::to_string(size_of(dtype));
}

}  // namespace

Result<Array> read_npy(const std::string& path, std::optional<DType> as) {
  ROUNDOFF_TRY(const InputFile file, InputFile::open(path));
  const Source source{path, file.size(),
                      [&](std::uint64_t offset, std::span<std::byte> to) { return file.read_at(offset, to); }};
  ROUNDOFF_TRY(Array array, read(source, as));
  ROUNDOFF_CHECK(file.check_unchanged());
  return array;
}

Result<Array> read_npy(std::span<const std::byte> bytes, const std::string& name, std::optional<DType> as) {
  const Source source{name, bytes.size(), [&](std::uint64_t offset, std::span<std::byte> to) {
                        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), to.size(), to.begin());
                        return Status();
                      }};
  return read(source, as);
}

std::string npy_preamble(DType dtype, const Shape& shape) {
  std::string sizes;
  for (const std::int64_t size : shape) sizes += std::to_string(size) + (shape.size() == 1 ? "," : ", ");
  if (shape.size() > 1) sizes.resize(sizes.size() - 2);
  std::string text = "{'descr': '" + descr_of(dtype) + "', 'fortran_order': False, 'shape': (" + sizes + "), }";
  constexpr std::size_t kBefore = 10, kAlignment = 64;
  text.append(kAlignment - 1 - (kBefore + text.size()) % kAlignment, ' ');
  text += '\n';
  std::string preamble("\x93NUMPY\x01\x00", 8);
  preamble += static_cast<char>(text.size() & 0xff);
  preamble += static_cast<char>(text.size() >> 8);
  return preamble + text;
}

Status write_npy(const std::string& path, const Array& array) {
  const std::string preamble = npy_preamble(array.dtype(), array.shape());
  return write_file(path, {std::as_bytes(std::span(preamble)), array.bytes()});
}

}  // namespace roundoff
