// Tensors in files, whatever the format: what there is, and each one as a stream of elements in C order. Nothing is
// ever unpickled or evaluated, and no file is trusted: its sizes are checked before anything is made for them.
//
//   ROUNDOFF_TRY(auto file, open_tensors("old.npz", {}));
//   for (std::size_t i = 0; i < file->tensors().size(); ++i) {
//     ROUNDOFF_TRY(auto reader, file->open(i));
//     while (true) {
//       ROUNDOFF_TRY(auto part, reader->next(1 << 20));
//       if (part.empty()) break;  // all of it was the file's
//       …
//     }
//   }
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "roundoff/array.h"

namespace roundoff {

/// The most tensors in one file, so that what is known about them stays small.
inline constexpr std::size_t kMostTensors = 100'000;

/// What an element is stored as. A complex one is two of `dtype`, the real part first.
struct StoredType {
  DType dtype = DType::float32;
  bool complex = false;
  [[nodiscard]] std::size_t size() const { return size_of(dtype) * (complex ? 2 : 1); }  ///< bytes of one element
  friend bool operator==(const StoredType&, const StoredType&) = default;
};
[[nodiscard]] std::string name_of(const StoredType& type);  ///< "float32", "complex64"

struct TensorInfo {
  std::string name;  ///< "" of the one array of a file; a member's name; in a directory "FOLDER/FILE[/MEMBER]"
  StoredType type;
  Shape shape;
  std::int64_t count = 0;  ///< elements
  std::int64_t bytes = 0;  ///< of all elements
  std::string place;       ///< the file and the member in it, as errors call it
};

/// A name, type and shape with its counts. Code::input at `place` where the shape is no array's.
[[nodiscard]] Result<TensorInfo> make_info(std::string name, StoredType type, Shape shape, std::string place);

/// One tensor's elements, front to back. Readers share nothing that changes: each thread may have its own.
class TensorReader {
 public:
  virtual ~TensorReader() = default;

  /// The next whole elements in C order and this machine's byte order: at least one, at most as many as fit in `most`
  /// bytes; empty at the end. The span holds until the next call, may be unaligned, and is the file's mapping itself
  /// where the file stores the elements so. What was handed out is vouched for by the next call that gives no Error
  /// (a file cut short under its mapping reads as zeros, a damaged archive member is known at its end), so results
  /// count only after the empty span, or after check().
  [[nodiscard]] virtual Result<std::span<const std::byte>> next(std::size_t most) = 0;

  /// Goes on at this element, 0 … count. A compressed tensor may be read from the start again.
  [[nodiscard]] virtual Status seek(std::int64_t element) = 0;

  /// An Error where something handed out so far was not what the file holds.
  [[nodiscard]] virtual Status check() const = 0;
};

/// An open file, archive or directory. Safe to use from several threads; its readers may outlive it.
class TensorFile {
 public:
  virtual ~TensorFile() = default;
  [[nodiscard]] virtual std::span<const TensorInfo> tensors()
      const = 0;  ///< in the file's order; a directory's by name
  [[nodiscard]] virtual Result<std::unique_ptr<TensorReader>> open(std::size_t index) const = 0;
  /// What was passed over, and why: one line each.
  [[nodiscard]] virtual std::span<const std::string> notes() const { return {}; }
};

struct OpenOptions;

/// How well a format fits a file; the best one reads it. `possible` is for a file that is named by itself only: in a
/// directory such a file is passed over.
enum class Fit : std::uint8_t { none, possible, named, content, content_and_name };

/// A file that is to be recognized.
struct Candidate {
  std::string path;
  std::string extension;  ///< in lower case, with its dot: ".npy"; "" where there is none
  std::string beginning;  ///< its first bytes, up to 64; empty of a directory and of what is not there
  bool directory = false;
  bool exists = true;
};

/// A kind of file. ONE FILE PER FORMAT in io/formats/ defines make_NAME() for NAME.cc.
struct TensorFormat {
  std::string name;     ///< "npy"
  std::string summary;  ///< one line, for the reference page
  std::function<Fit(const Candidate& candidate, const OpenOptions& options)> fit;
  std::function<Result<std::unique_ptr<TensorFile>>(const std::string& path, const OpenOptions& options)> open;
};

struct OpenOptions {
  /// What a file of no known format holds; and what two-byte voids in .npy mean, which are bfloat16 or nothing.
  std::optional<StoredType> type;
  std::optional<Shape> shape;         ///< of a file of no known format; without it, one axis of as many as there are
  std::vector<TensorFormat> further;  ///< formats that frameworks read for us, tried with the others
};

/// Every format of io/formats/, by name. The list is made by the build from the folder.
[[nodiscard]] const std::vector<TensorFormat>& tensor_formats();

/// The format that fits the file best, at least so well; nullptr where there is none.
[[nodiscard]] const TensorFormat* recognize(const std::string& path, const OpenOptions& options, Fit least);

/// Opens by content first, then by extension; a directory by what its files are, recursively, with names relative to
/// it. Code::input with file, byte or field, limit and remedy for what cannot be read.
[[nodiscard]] Result<std::unique_ptr<TensorFile>> open_tensors(const std::string& path, const OpenOptions& options);

/// A whole tensor, checked. Code::input of a complex one and of one beyond kMostArrayBytes: an Array cannot hold those.
[[nodiscard]] Result<Array> read_tensor(const TensorFile& file, std::size_t index);

}  // namespace roundoff
