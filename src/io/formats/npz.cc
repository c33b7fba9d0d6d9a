// NumPy's .npz: a zip archive of .npy files, stored or deflated.
#include <utility>

#include "io/shared/npy_plan.h"
#include "io/shared/zip_directory.h"

namespace roundoff::formats {
namespace {

constexpr std::string_view kSuffix = ".npy";

class Npz : public TensorFile {
 public:
  [[nodiscard]] std::span<const TensorInfo> tensors() const override { return infos_; }
  [[nodiscard]] std::span<const std::string> notes() const override { return notes_; }

  [[nodiscard]] Result<std::unique_ptr<TensorReader>> open(std::size_t index) const override {
    const Part& part = parts_[index];
    return read_stream(infos_[index], stream_member(part.member), part.data_begin, part.order);
  }

  Status add(ZipMember member, const OpenOptions& options) {
    const auto stream = stream_member(member);
    std::string beginning;
    const auto read = [&](std::size_t n) -> Result<std::string> {
      while (beginning.size() < n) {
        ROUNDOFF_TRY(const auto more, stream->next(n - beginning.size()));
        if (more.empty()) break;
        beginning.append(reinterpret_cast<const char*>(more.data()), more.size());
      }
      return beginning;
    };
    if (!member.name.ends_with(kSuffix)) {
      notes_.push_back(member.place + ": is no .npy file, passed over");
      return {};
    }
    const std::string name = member.name.substr(0, member.name.size() - kSuffix.size());
    ROUNDOFF_TRY(NpyPlan plan, plan_npy(name, member.place, member.size, read, options));
    infos_.push_back(std::move(plan.info));
    parts_.push_back({std::move(member), plan.data_begin, plan.order});
    return {};
  }

 private:
  struct Part {
    ZipMember member;
    std::uint64_t data_begin;
    StoredOrder order;
  };
  std::vector<TensorInfo> infos_;
  std::vector<Part> parts_;
  std::vector<std::string> notes_;
};

Fit fit(const Candidate& candidate, const OpenOptions& /*options*/) {
  const bool named = candidate.extension == ".npz";
  if (candidate.beginning.starts_with("PK\x03\x04") || candidate.beginning.starts_with("PK\x05\x06"))
    return named ? Fit::content_and_name : Fit::content;
  return named && !candidate.directory ? Fit::named : Fit::none;
}

Result<std::unique_ptr<TensorFile>> open(const std::string& path, const OpenOptions& options) {
  ROUNDOFF_TRY(const auto file, MappedFile::open(path));
  ROUNDOFF_TRY(std::vector<ZipMember> members, read_zip_directory(file));
  auto npz = std::make_unique<Npz>();
  for (ZipMember& member : members) {
    ROUNDOFF_CHECK(npz->add(std::move(member), options));
  }
  return std::unique_ptr<TensorFile>(std::move(npz));
}

}  // namespace

TensorFormat make_npz() {
  return {.name = "npz",
          .summary = "NumPy's .npz: .npy files in a zip archive, stored or deflated, zip64",
          .fit = fit,
          .open = open};
}

}  // namespace roundoff::formats
