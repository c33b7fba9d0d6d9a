#include "base/parallel.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <system_error>
#include <thread>
#include <vector>

#include "base/arithmetic.h"

namespace roundoff {
namespace {

constexpr int kMostThreads = 1024;

/// Processors that this process may run on; the kernel's mask can be larger than cpu_set_t.
int usable_processors() {
  struct Free {
    void operator()(cpu_set_t* set) const { CPU_FREE(set); }
  };
  for (int most = CPU_SETSIZE; most <= CPU_SETSIZE * 64; most *= 2) {
    const std::unique_ptr<cpu_set_t, Free> set(CPU_ALLOC(static_cast<std::size_t>(most)));
    if (!set) break;
    const std::size_t size = CPU_ALLOC_SIZE(static_cast<std::size_t>(most));
    if (sched_getaffinity(0, size, set.get()) == 0) return std::max(1, CPU_COUNT_S(size, set.get()));
  }
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

thread_local bool inside = false;  // a parallel_for within another runs in the thread that calls it

void run(const std::function<void(std::int64_t, std::int64_t)>& body, std::int64_t begin, std::int64_t end) {
  const StandardArithmetic arithmetic;
  const bool outer = inside;
  inside = true;
  body(begin, end);
  inside = outer;
}

}  // namespace

int thread_count() {
  if (const char* text = std::getenv("ROUNDOFF_THREADS")) {
    int count = 0;
    const char* end = text + std::strlen(text);
    const auto read = std::from_chars(text, end, count);
    if (read.ec == std::errc() && read.ptr == end && count >= 1) return std::min(count, kMostThreads);
  }
  return std::min(usable_processors(), kMostThreads);
}

void parallel_for(std::int64_t count, std::int64_t grain, const std::function<void(std::int64_t, std::int64_t)>& body) {
  if (count <= 0) return;
  const std::int64_t pieces = (count - 1) / std::max<std::int64_t>(1, grain) + 1;
  const std::int64_t parts = inside ? 1 : std::min<std::int64_t>(pieces, thread_count());
  const std::int64_t length = count / parts, longer = count % parts;  // the first `longer` parts have one element more
  const auto begin_of = [&](std::int64_t part) { return part * length + std::min(part, longer); };
  std::vector<std::thread> threads;
  std::int64_t started = 1;
  for (; started < parts; ++started) {
    try {
      threads.emplace_back([&body, begin = begin_of(started), end = begin_of(started + 1)] { run(body, begin, end); });
    } catch (const std::system_error&) {
      break;  // no more threads to be had: the rest runs here
    }
  }
  run(body, 0, begin_of(1));
  if (started < parts) run(body, begin_of(started), count);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace roundoff
