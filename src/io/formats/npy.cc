// NumPy's .npy, versions 1.0 to 3.0.
#include "io/shared/npy_plan.h"
#include "io/shared/single.h"

namespace roundoff::formats {
namespace {

Fit fit(const Candidate& candidate, const OpenOptions& /*options*/) {
  const bool named = candidate.extension == ".npy";
  if (candidate.beginning.starts_with("\x93NUMPY")) return named ? Fit::content_and_name : Fit::content;
  return named && !candidate.directory ? Fit::named : Fit::none;
}

Result<std::unique_ptr<TensorFile>> open(const std::string& path, const OpenOptions& options) {
  ROUNDOFF_TRY(const auto file, MappedFile::open(path));
  const auto read = [&](std::size_t n) -> Result<std::string> {
    const auto part = file->bytes().first(std::min(n, file->bytes().size()));
    return std::string(reinterpret_cast<const char*>(part.data()), part.size());
  };
  ROUNDOFF_TRY(NpyPlan plan, plan_npy("", path, file->bytes().size(), read, options));
  ROUNDOFF_CHECK(file->check());
  Region region{file, file->bytes().subspan(plan.data_begin)};
  return std::unique_ptr<TensorFile>(
      std::make_unique<SingleTensor>(std::move(plan.info), std::move(region), plan.order));
}

}  // namespace

TensorFormat make_npy() {
  return {.name = "npy",
          .summary = "NumPy's .npy, versions 1.0 to 3.0, either byte order, C or Fortran order",
          .fit = fit,
          .open = open};
}

}  // namespace roundoff::formats
