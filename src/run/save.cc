// --save: the arrays of a comparison as .npy files.
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <set>

#include "io/npy.h"
#include "run/function.h"

namespace roundoff {
namespace {

/// Letters, digits and ". _ - @ : +" stay, everything else becomes "_": "seed 002" is saved as "seed_002".
std::string file_part(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool keeps =
        std::isalnum(static_cast<unsigned char>(c)) || std::string_view("._-@:+").find(c) != std::string_view::npos;
    out += keeps ? c : '_';
  }
  return out;
}

class Folder {
 public:
  explicit Folder(const std::string& directory) : directory_(directory) {}

  Status write(const std::string& name, const Array& array) {
    const std::string file = file_part(name) + ".npy";
    if (!written_.insert(file).second) {
      return Error{Code::usage, "two arrays would be saved under this name", (directory_ / file).string(),
                   "rename one of the backends"};
    }
    return write_npy((directory_ / file).string(), array);
  }

 private:
  std::filesystem::path directory_;
  std::set<std::string> written_;
};

Status save_truth(Folder& folder, const Truth& truth) {
  ROUNDOFF_TRY(Array nearest, Array::make(truth.dtype, truth.shape));
  ROUNDOFF_TRY(Array hi, Array::make(DType::float64, truth.shape));
  ROUNDOFF_TRY(Array lo, Array::make(DType::float64, truth.shape));
  for (std::int64_t i = 0; i < nearest.size(); ++i) {
    const auto k = static_cast<std::size_t>(i);
    const Enclosure& t = truth.value[k];
    nearest.set(i, truth.nearest[k]);
    const double high = midpoint(t);
    hi.set(i, high);
    lo.set(i, t.real() && std::isfinite(high) ? std::ldexp(t.lo, t.exp) : 0);
  }
  for (const std::int64_t i : truth.undecided) {
    if (is_float(truth.dtype)) nearest.set(i, std::numeric_limits<double>::quiet_NaN());
  }
  ROUNDOFF_CHECK(folder.write("truth", nearest));
  ROUNDOFF_CHECK(folder.write("truth-hi", hi));
  return folder.write("truth-lo", lo);
}

}  // namespace

Status save(const Function& function, const std::string& directory) {
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  if (failed)
    return Error{Code::resource, "the folder cannot be made: " + failed.message(), directory, "--save another folder"};
  Folder folder(directory);
  for (const auto& [name, array] : function.ordered) ROUNDOFF_CHECK(folder.write("input-" + name, array));
  for (const Entry& entry : function.entries) {
    if (entry.answered()) ROUNDOFF_CHECK(folder.write("output-" + entry.label, entry.run->value().output));
  }
  return function.truth ? save_truth(folder, *function.truth) : Status();
}

}  // namespace roundoff
