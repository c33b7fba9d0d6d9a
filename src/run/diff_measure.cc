// Two streams of elements through one scan; several threads where both sides can be read anywhere.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>

#include "base/parallel.h"
#include "metrics/diff/scan.h"
#include "run/diff.h"

namespace roundoff {
namespace {

constexpr std::int64_t kPart = 1 << 18;   // components at a time
constexpr std::int64_t kGrain = 1 << 22;  // components worth a thread
constexpr std::int64_t kMostSetAside = std::int64_t{4} << 30;

/// A tensor's numbers in order; of complex elements both parts.
class Components {
 public:
  [[nodiscard]] static Result<Components> open(const DiffSide& side) {
    Components out;
    out.size_ = size_of(side.info().type.dtype);
    out.element_ = side.info().type.size();
    if (side.whole.ok()) {
      out.whole_ = &*side.whole;
      return out;
    }
    ROUNDOFF_TRY(out.reader_, side.file->open(side.index));
    return out;
  }
  /// To a component that begins an element.
  Status seek(std::int64_t component) {
    if (whole_ != nullptr) {
      left_ = whole_->bytes().subspan(static_cast<std::size_t>(component) * size_);
      return {};
    }
    left_ = {};
    return reader_->seek(component / static_cast<std::int64_t>(element_ / size_));
  }
  /// What can be had now, at most `most` components; nothing at the end.
  Result<std::span<const std::byte>> peek(std::int64_t most) {
    const std::size_t wanted = static_cast<std::size_t>(most) * size_;
    if (left_.empty() && reader_) {
      ROUNDOFF_TRY(left_, reader_->next(std::max(wanted, element_)));
    }
    return left_.first(std::min(left_.size(), wanted));
  }
  void advance(std::int64_t components) { left_ = left_.subspan(static_cast<std::size_t>(components) * size_); }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] Status check() const { return reader_ ? reader_->check() : whole_->check(); }

 private:
  const WholeTensor* whole_ = nullptr;    // either this
  std::unique_ptr<TensorReader> reader_;  // or this
  std::span<const std::byte> left_;
  std::size_t size_ = 1, element_ = 1;
};

/// Components [begin, end) of both.
Status scan_range(Components& a, Components& b, std::int64_t begin, std::int64_t end, PairScan& scan,
                  const std::function<void(std::int64_t)>& done) {
  for (std::int64_t at = begin; at < end;) {
    const std::int64_t most = std::min(kPart, end - at);
    ROUNDOFF_TRY(const std::span<const std::byte> x, a.peek(most));
    ROUNDOFF_TRY(const std::span<const std::byte> y, b.peek(most));
    const auto count = static_cast<std::int64_t>(std::min(x.size() / a.size(), y.size() / b.size()));
    if (count == 0) return Error{Code::input, "one of the tensors ended before its last element", "", "read it again"};
    scan.add(at, x, y);
    a.advance(count);
    b.advance(count);
    at += count;
    done(count);
  }
  ROUNDOFF_CHECK(a.check());
  return b.check();
}

}  // namespace

Result<DiffSide> open_side(const TensorFile& file, std::size_t index) {
  Result<WholeTensor> whole = WholeTensor::open(file, index, kMostSetAside);
  if (!whole.ok() && whole.error().code != Code::resource) return whole.error();
  return DiffSide{&file, index, std::move(whole)};
}

Result<PairState> measure_sides(const DiffSide& a, const DiffSide& b, const PairRules& rules,
                                const std::function<void(std::int64_t)>& done) {
  const std::int64_t count = components_of(a.info());
  PairState total(rules);
  Status failed;
  std::mutex guard;
  const std::int64_t grain = a.whole.ok() && b.whole.ok() ? kGrain : count;
  // In units that no complex element is cut by.
  parallel_for((count + 1) / 2, std::max<std::int64_t>(1, grain / 2), [&](std::int64_t begin, std::int64_t end) {
    PairScan scan(rules);
    const auto range = [&]() -> Status {
      ROUNDOFF_TRY(Components x, Components::open(a));
      ROUNDOFF_TRY(Components y, Components::open(b));
      ROUNDOFF_CHECK(x.seek(2 * begin));
      ROUNDOFF_CHECK(y.seek(2 * begin));
      return scan_range(x, y, 2 * begin, std::min(2 * end, count), scan, [&](std::int64_t some) {
        const std::lock_guard lock(guard);
        done(some);
      });
    };
    Status status = range();
    const std::lock_guard lock(guard);
    if (!status) failed = std::move(status);
    total.merge(scan.finish());
  });
  if (!failed) return failed.error();
  return total;
}

Result<std::uint64_t> stored_bits(const DiffSide& side, std::int64_t component) {
  ROUNDOFF_TRY(Components components, Components::open(side));
  const std::int64_t of_one = side.info().type.complex ? 2 : 1;
  ROUNDOFF_CHECK(components.seek(component - component % of_one));
  ROUNDOFF_TRY(const std::span<const std::byte> bytes, components.peek(of_one));
  std::uint64_t bits = 0;
  std::memcpy(&bits, bytes.data() + static_cast<std::size_t>(component % of_one) * components.size(),
              components.size());
  return bits;
}

}  // namespace roundoff
