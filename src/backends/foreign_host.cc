// The kernel's own process. It computes nothing itself, so it may leave the arithmetic as the library sets it.
#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cfenv>
#include <charconv>
#include <csignal>
#include <cstring>
#include <optional>

#include "backends/foreign.h"
#include "backends/foreign_memory.h"
#include "base/arithmetic.h"

namespace roundoff {
namespace {

using namespace foreign;

std::uint32_t arithmetic_word() {
  std::uint32_t word = 0;
  switch (std::fegetround()) {
    case FE_UPWARD:
      word = kUpward;
      break;
    case FE_DOWNWARD:
      word = kDownward;
      break;
    case FE_TOWARDZERO:
      word = kTowardZero;
      break;
    default:
      break;
  }
  if (flushes_subnormals()) word |= kFlushing;
  return word;
}

struct Map {
  volatile Control* control = nullptr;
  std::array<std::byte*, kArguments + 1> segment{};
};
Map map;  // the signal handler has no other way to it

/// What an address is to the segments and the guards round them.
Fault judged(const std::byte* address) {
  for (std::size_t k = 0; k <= kArguments; ++k) {
    const std::byte* const begin = map.segment[k];
    const bool output = k == kArguments;
    if (address >= begin - kGuard && address < begin) return output ? Fault::before_output : Fault::before_input;
    if (address >= begin && address < begin + kSegment) return output ? Fault::elsewhere : Fault::input;
    if (address >= begin + kSegment && address < begin + kSegment + kGuard)
      return output ? Fault::beyond_output : Fault::beyond_input;
  }
  return Fault::elsewhere;
}

void on_fault(int signal, siginfo_t* info, void* context) {
  map.control->fault = judged(static_cast<const std::byte*>(info->si_addr));
#if defined(__x86_64__)
  map.control->writing = (static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_ERR] & 2) != 0 ? 1 : 0;
#else
  (void)context;
#endif
  // The default action, which SA_RESETHAND has put back, ends the process as the fault would have.
  raise(signal);
}

bool watch_faults() {
  constexpr std::size_t kStack = 64 * 1024;
  static std::array<std::byte, kStack> stack;
  const stack_t other{.ss_sp = stack.data(), .ss_flags = 0, .ss_size = stack.size()};
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | static_cast<int>(SA_RESETHAND);
  return sigaltstack(&other, nullptr) == 0 && sigaction(SIGSEGV, &action, nullptr) == 0 &&
         sigaction(SIGBUS, &action, nullptr) == 0;
}

bool map_memory(int file) {
  constexpr std::size_t kStep = kSegment + kGuard;
  void* const all = mmap(nullptr, kGuard + (kArguments + 1) * kStep, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED) return false;
  for (std::size_t k = 0; k <= kArguments; ++k) {
    std::byte* const place = static_cast<std::byte*>(all) + kGuard + k * kStep;
    const int rights = k == kArguments ? PROT_READ | PROT_WRITE : PROT_READ;
    if (mmap(place, kSegment, rights, MAP_SHARED | MAP_FIXED, file, static_cast<off_t>(segment_at(k))) == MAP_FAILED)
      return false;
    map.segment[k] = place;
  }
  void* const control = mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (control == MAP_FAILED) return false;
  map.control = static_cast<volatile Control*>(control);
  return true;
}

bool read_all(int file, void* to, std::size_t size) {
  auto* at = static_cast<std::byte*>(to);
  while (size > 0) {
    const ssize_t got = ::read(file, at, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

bool write_all(int file, const void* from, std::size_t size) {
  const auto* at = static_cast<const std::byte*>(from);
  while (size > 0) {
    const ssize_t put = ::write(file, at, size);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    at += put;
    size -= static_cast<std::size_t>(put);
  }
  return true;
}

template <class T>
void call(void* symbol, bool vector, std::size_t arity, const Request& request) {
  const auto argument = [&](std::size_t k) { return reinterpret_cast<const T*>(map.segment[k] + request.begin[k]); };
  T* const out = reinterpret_cast<T*>(map.segment[kArguments] + request.begin[kArguments]);
  const T *x = argument(0), *y = argument(1), *z = argument(2);
  const std::size_t n = request.count;
  if (vector) {
    if (arity == 1) reinterpret_cast<void (*)(const T*, T*, std::size_t)>(symbol)(x, out, n);
    if (arity == 2) reinterpret_cast<void (*)(const T*, const T*, T*, std::size_t)>(symbol)(x, y, out, n);
    if (arity == 3) reinterpret_cast<void (*)(const T*, const T*, const T*, T*, std::size_t)>(symbol)(x, y, z, out, n);
    return;
  }
  for (std::size_t i = 0; i < n; ++i) {
    map.control->index = i;
    if (arity == 1) out[i] = reinterpret_cast<T (*)(T)>(symbol)(x[i]);
    if (arity == 2) out[i] = reinterpret_cast<T (*)(T, T)>(symbol)(x[i], y[i]);
    if (arity == 3) out[i] = reinterpret_cast<T (*)(T, T, T)>(symbol)(x[i], y[i], z[i]);
  }
}

std::optional<int> number(const std::string& text) {
  int value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Says why it cannot begin: a word of ones, then the text.
int refuse(int replies, const std::string& why) {
  const Reply refused{UINT32_MAX, static_cast<std::uint32_t>(why.size())};
  (void)(write_all(replies, &refused, sizeof refused) && write_all(replies, why.data(), why.size()));
  return static_cast<int>(Code::environment);
}

}  // namespace

int serve_foreign(std::span<const std::string> arguments) {
  if (arguments.size() != 8) return static_cast<int>(Code::usage);
  const std::string &path = arguments[0], &name = arguments[1];
  const bool vector = arguments[2] == "vector", wide = arguments[3] == "float64";
  const auto arity = number(arguments[4]), file = number(arguments[5]), requests = number(arguments[6]),
             replies = number(arguments[7]);
  if (!arity || !file || !requests || !replies) return static_cast<int>(Code::usage);
  if (!map_memory(*file) || !watch_faults()) return refuse(*replies, "its memory cannot be set up");
  Reply greeting{arithmetic_word(), 0};
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return refuse(*replies, dlerror());
  void* const symbol = dlsym(library, name.c_str());
  if (symbol == nullptr) return refuse(*replies, dlerror());
  greeting.after = arithmetic_word();
  std::fenv_t loaded;
  std::fegetenv(&loaded);
  if (!write_all(*replies, &greeting, sizeof greeting)) return 0;
  Request request{};
  while (read_all(*requests, &request, sizeof request)) {
    Reply reply{arithmetic_word(), 0};
    wide ? call<double>(symbol, vector, static_cast<std::size_t>(*arity), request)
         : call<float>(symbol, vector, static_cast<std::size_t>(*arity), request);
    reply.after = arithmetic_word();
    if (reply.after != reply.before) std::fesetenv(&loaded);
    if (!write_all(*replies, &reply, sizeof reply)) break;
  }
  return 0;
}

}  // namespace roundoff
