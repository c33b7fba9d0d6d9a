#include "backends/foreign.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>

#include "backends/arena.h"
#include "backends/foreign_memory.h"
#include "base/format.h"
#include "base/subprocess.h"
#include "base/text.h"

namespace roundoff {
namespace {

using namespace foreign;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kFence = kPage;  // bytes beside the results that are watched within a segment
constexpr std::byte kFenceByte{0xa5};
constexpr std::uint64_t kPoisonSeed = 0x6b65726e656c;
constexpr std::chrono::milliseconds kLoading{10'000};  // at least, whatever a call may take

std::string arithmetic_text(std::uint32_t word) {
  static constexpr std::array kModes{"", "rounding upwards", "rounding downwards", "rounding towards zero"};
  std::string text = kModes[word & kRounding];
  if ((word & kFlushing) != 0) text += text.empty() ? "flushing subnormals" : ", flushing subnormals";
  return text.empty() ? "with standard arithmetic" : text;
}

std::string fault_text(Fault fault, bool writing) {
  switch (fault) {
    case Fault::none:
      return "";
    case Fault::before_output:
      return "writes before the start of its results";
    case Fault::beyond_output:
      return "writes beyond the end of its results";
    case Fault::before_input:
      return writing ? "writes before the start of an argument" : "reads before the start of an argument";
    case Fault::beyond_input:
      return writing ? "writes beyond the end of an argument" : "reads beyond the end of an argument";
    case Fault::input:
      return "writes to its argument";
    default:
      return "touches memory that it does not own";
  }
}

class ForeignEvaluator final : public Evaluator {
 public:
  ForeignEvaluator(ForeignSpec spec, DType dtype, std::size_t arity, std::chrono::milliseconds deadline)
      : spec_(std::move(spec)), dtype_(dtype), size_(size_of(dtype)), arity_(arity), deadline_(deadline) {}

  Status start(const std::string& host) {
    ROUNDOFF_TRY(memory_, Arena::make());
    ROUNDOFF_CHECK(memory_.reserve(kFile));
    ROUNDOFF_TRY(Channel requests, make_stream());
    ROUNDOFF_TRY(Channel replies, make_pipe());
    Command command;
    command.passed = {memory_.descriptor(), requests.read.get(), replies.write.get()};
    command.argv = {host,
                    "kernel-host",
                    spec_.path,
                    spec_.symbol,
                    spec_.vector ? "vector" : "scalar",
                    std::string(name_of(dtype_)),
                    std::to_string(arity_),
                    std::to_string(memory_.descriptor()),
                    std::to_string(requests.read.get()),
                    std::to_string(replies.write.get())};
    ROUNDOFF_TRY(child_, Subprocess::start(command));
    requests_ = std::move(requests.write);
    replies_ = std::move(replies.read);
    return greet();
  }

  Result<Array> evaluate(std::span<const Array> in, Layout layout) override {
    if (!child_.running()) return failure("has ended before");
    const auto n = static_cast<std::size_t>(in[0].size());
    const std::size_t bytes = n * size_;
    const Request request = place(n, layout);
    for (std::size_t k = 0; k < arity_; ++k) std::ranges::copy(in[k].bytes(), data(k, request, bytes).begin());
    std::vector<std::int64_t> suspects;
    for (const bool again : {false, true}) {
      const Poison poison(kPoisonSeed, again);
      fill_fences(request, bytes);
      poison.fill(data(kArguments, request, bytes));
      ROUNDOFF_CHECK(call(request, in));
      ROUNDOFF_CHECK(check_fences(request, bytes));
      std::vector<std::int64_t> found = poison.find(data(kArguments, request, bytes), size_);
      if (again) std::erase_if(found, [&](std::int64_t i) { return std::ranges::find(suspects, i) == suspects.end(); });
      suspects = std::move(found);
      if (suspects.empty()) break;
    }
    if (!suspects.empty()) {
      return failure(
          fmt::format("never writes result {} of {} (the first of {})", suspects.front(), n, suspects.size()));
    }
    ROUNDOFF_TRY(Array out, Array::make(dtype_, in[0].shape()));
    std::ranges::copy(data(kArguments, request, bytes), out.mutable_bytes().begin());
    return out;
  }

  std::vector<std::string> notes() const override { return {notes_.begin(), notes_.end()}; }

 private:
  [[nodiscard]] Error failure(std::string what) const { return {Code::worker, std::move(what), spec_.text, ""}; }

  /// Plain: the data ends where the segment ends, at the guard, so that not one byte beyond it can be touched unseen.
  /// Shifted: it begins one element behind a page.
  [[nodiscard]] Request place(std::size_t n, Layout layout) const {
    Request request{.count = n, .begin = {}};
    request.begin.fill(layout == Layout::shifted ? size_ : kSegment - n * size_);
    return request;
  }

  [[nodiscard]] std::span<std::byte> data(std::size_t k, const Request& request, std::size_t bytes) {
    return memory_.at(segment_at(k) + request.begin[k], bytes);
  }

  /// The bytes of the result's segment before and behind the results, as far as they are watched.
  [[nodiscard]] std::array<std::span<std::byte>, 2> fences(const Request& request, std::size_t bytes) {
    const std::size_t begin = request.begin[kArguments], end = begin + bytes;
    const std::size_t before = std::min(begin, kFence), behind = std::min(kSegment - end, kFence);
    const std::size_t at = segment_at(kArguments);
    return {memory_.at(at + begin - before, before), memory_.at(at + end, behind)};
  }

  void fill_fences(const Request& request, std::size_t bytes) {
    for (const auto fence : fences(request, bytes)) std::ranges::fill(fence, kFenceByte);
  }

  [[nodiscard]] Status check_fences(const Request& request, std::size_t bytes) {
    const auto [before, behind] = fences(request, bytes);
    const auto whole = [](std::span<const std::byte> fence) {
      return std::ranges::all_of(fence, [](std::byte b) { return b == kFenceByte; });
    };
    if (!whole(before)) return failure(fault_text(Fault::before_output, true));
    if (!whole(behind)) return failure(fault_text(Fault::beyond_output, true));
    return {};
  }

  Status greet() {
    Reply greeting{};
    ROUNDOFF_CHECK(receive(&greeting, sizeof greeting, {}));
    if (greeting.before == UINT32_MAX) {
      std::string why(std::min<std::size_t>(greeting.after, kPage), '\0');
      ROUNDOFF_CHECK(receive(why.data(), why.size(), {}));
      return Error{Code::environment, why, spec_.text, "is it a shared object for this machine, with that symbol?"};
    }
    if (greeting.after != greeting.before)
      notes_.insert("leaves the thread that loads it " + arithmetic_text(greeting.after));
    return {};
  }

  Status call(const Request& request, std::span<const Array> in) {
    std::string_view rest(reinterpret_cast<const char*>(&request), sizeof request);
    while (!rest.empty()) {
      const auto sent = send_some(requests_.get(), rest);
      if (!sent) return ended(request, in);
      rest.remove_prefix(*sent);
    }
    Reply reply{};
    Status status =
        receive(&reply, sizeof reply, [&](bool late) { return late ? hung(request, in) : ended(request, in); });
    if (status.ok() && reply.after != reply.before) notes_.insert("leaves the thread " + arithmetic_text(reply.after));
    return status;
  }

  /// Fills `to`; where the other side ends or is late, `explain` says what that means.
  Status receive(void* to, std::size_t size, const std::function<Error(bool late)>& explain) {
    const Clock::time_point end = Clock::now() + (explain ? deadline_ : std::max(deadline_, kLoading));
    std::string got;
    while (got.size() < size) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
      pollfd waiting{replies_.get(), POLLIN, 0};
      const int ready = ::poll(&waiting, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, 1 << 30)));
      if (ready < 0 && errno == EINTR) continue;
      if (ready <= 0) return explain ? explain(true) : failure("does not answer when it is loaded");
      if (!read_some(replies_.get(), got, size - got.size()))
        return explain ? explain(false) : failure("ends when it is loaded: the process " + child_.kill().text());
    }
    std::memcpy(to, got.data(), size);
    return {};
  }

  [[nodiscard]] Control control() {
    Control seen{};
    std::memcpy(&seen, memory_.at(0, sizeof seen).data(), sizeof seen);
    return seen;
  }

  /// "at x = 1.5 (0x1.8p+0)", or between which a vector kernel's arguments lie.
  [[nodiscard]] std::string where(const Request& request, std::span<const Array> in) {
    const auto one = [&](std::size_t i) {
      std::string text;
      for (std::size_t k = 0; k < arity_; ++k) {
        const double x = in[k].get(static_cast<std::int64_t>(i));
        text += (k == 0 ? "" : ", ") + fmt::format("{} ({})", shortest(dtype_, x), hex(x));
      }
      return text;
    };
    if (spec_.vector)
      return fmt::format("among {} arguments from {} to {}", request.count, one(0), one(request.count - 1));
    return "at " + one(std::min<std::uint64_t>(control().index, request.count - 1));
  }

  [[nodiscard]] Error ended(const Request& request, std::span<const Array> in) {
    const Control seen = control();
    const std::string fault = fault_text(seen.fault, seen.writing != 0);
    // The last bytes on the pipe have been read: what ended it has happened.
    Ending ending;
    for (int tries = 0; child_.running(); ++tries) {
      if (const auto reaped = child_.try_reap()) {
        ending = *reaped;
      } else if (tries < 100) {
        ::poll(nullptr, 0, 10);
      } else {
        ending = child_.kill();
      }
    }
    return failure(
        fmt::format("{}the process {} {}", fault.empty() ? "" : fault + ": ", ending.text(), where(request, in)));
  }

  [[nodiscard]] Error hung(const Request& request, std::span<const Array> in) {
    const std::string place = where(request, in);
    (void)child_.kill();
    return failure(fmt::format("no result in {:.3g} s {}", std::chrono::duration<double>(deadline_).count(), place));
  }

  ForeignSpec spec_;
  DType dtype_;
  std::size_t size_, arity_;
  std::chrono::milliseconds deadline_;
  Arena memory_;
  Subprocess child_;
  Descriptor requests_, replies_;
  std::set<std::string> notes_;
};

}  // namespace

Result<ForeignSpec> parse_foreign(std::string_view text) {
  ForeignSpec spec{.text = std::string(text), .path = "", .symbol = ""};
  std::string_view rest = text;
  const auto colon_of = [](std::string_view part) {
    const std::size_t colon = part.rfind(':');
    return colon != std::string_view::npos && colon > 0 && is_identifier(part.substr(colon + 1)) ? colon : 0;
  };
  for (const std::string_view form : {":scalar", ":vector"}) {
    // A function may be called so itself: then nothing names another before it.
    if (!rest.ends_with(form) || colon_of(rest.substr(0, rest.size() - form.size())) == 0) continue;
    spec.vector = form == ":vector";
    rest.remove_suffix(form.size());
    break;
  }
  const std::size_t colon = colon_of(rest);
  if (colon == 0) {
    return Error{Code::usage, "it names no kernel", spec.text,
                 "FILE.so:FUNCTION, then :scalar for float(float) or :vector for void(const float*, float*, size_t)"};
  }
  spec.symbol = rest.substr(colon + 1);
  std::error_code failed;
  const std::filesystem::path path = std::filesystem::absolute(rest.substr(0, colon), failed);
  if (failed || !std::filesystem::is_regular_file(path, failed))
    return Error{Code::input, "there is no such file", std::string(rest.substr(0, colon)),
                 "the path of a shared object"};
  spec.path = path.string();
  return spec;
}

Result<std::unique_ptr<Evaluator>> foreign_evaluator(const ForeignSpec& spec, DType dtype, std::size_t arity,
                                                     const std::string& host, std::chrono::milliseconds deadline) {
  if ((dtype != DType::float32 && dtype != DType::float64) || arity < 1 || arity > kArguments)
    return Error{Code::usage, fmt::format("a kernel of {} arguments in {} cannot be called", arity, name_of(dtype)),
                 spec.text, "one to three arguments of float32 or float64"};
  auto evaluator = std::make_unique<ForeignEvaluator>(spec, dtype, arity, deadline);
  ROUNDOFF_CHECK(evaluator->start(host));
  return std::unique_ptr<Evaluator>(std::move(evaluator));
}

std::string own_program() {
  std::error_code failed;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", failed);
  return failed ? "roundoff" : program.string();
}

}  // namespace roundoff
