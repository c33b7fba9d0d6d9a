#include "base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cfenv>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace roundoff {
namespace {

class Threads {
 public:
  explicit Threads(const char* count) { setenv("ROUNDOFF_THREADS", count, 1); }
  ~Threads() { unsetenv("ROUNDOFF_THREADS"); }
};

TEST(Parallel, CoversEveryIndexOnce) {
  for (const char* threads : {"1", "2", "3", "7"}) {
    const Threads set(threads);
    for (const std::int64_t count : {0, 1, 2, 6, 7, 8, 1000, 12345}) {
      for (const std::int64_t grain : {1, 3, 5000}) {
        std::vector<std::atomic<int>> seen(static_cast<std::size_t>(count));
        parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
        });
        for (const auto& times : seen) ASSERT_EQ(times, 1);
      }
    }
  }
}

TEST(Parallel, UsesAsManyThreadsAsAskedAndTheGrainAllows) {
  const Threads set("4");
  EXPECT_EQ(thread_count(), 4);
  const auto ranges = [](std::int64_t count, std::int64_t grain) {
    std::atomic<int> calls = 0;
    parallel_for(count, grain, [&](std::int64_t, std::int64_t) { ++calls; });
    return calls.load();
  };
  EXPECT_EQ(ranges(100, 1), 4);
  EXPECT_EQ(ranges(100, 40), 3);
  EXPECT_EQ(ranges(100, 100), 1);
  EXPECT_EQ(ranges(2, 1), 2);
  EXPECT_EQ(ranges(-5, 1), 0);
}

TEST(Parallel, NonsenseInTheVariableIsIgnored) {
  const int usual = thread_count();
  EXPECT_GE(usual, 1);
  for (const char* nonsense : {"", "0", "-3", "many", "2x"}) {
    const Threads set(nonsense);
    EXPECT_EQ(thread_count(), usual);
  }
}

TEST(Parallel, OneWithinAnotherStaysInItsThread) {
  const Threads set("3");
  std::mutex mutex;
  std::set<std::thread::id> outer, inner;
  parallel_for(3, 1, [&](std::int64_t, std::int64_t) {
    {
      const std::lock_guard lock(mutex);
      outer.insert(std::this_thread::get_id());
    }
    parallel_for(100, 1, [&](std::int64_t, std::int64_t) {
      const std::lock_guard lock(mutex);
      inner.insert(std::this_thread::get_id());
    });
  });
  EXPECT_EQ(outer, inner);
}

TEST(Parallel, ComputesInStandardArithmeticAndPutsTheCallersBack) {
  const Threads set("3");
  std::fesetround(FE_UPWARD);
#if defined(__SSE__)
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040);  // flush to zero, denormals are zero
#endif
  std::vector<int> rounding(3, -1);
  std::vector<double> subnormal(3, 0.0);
  parallel_for(3, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      rounding[static_cast<std::size_t>(i)] = std::fegetround();
      volatile double smallest = std::numeric_limits<double>::min();
      subnormal[static_cast<std::size_t>(i)] = smallest / 4 * 2;
    }
  });
  EXPECT_EQ(std::fegetround(), FE_UPWARD);
#if defined(__SSE__)
  EXPECT_EQ(_mm_getcsr() & 0x8040U, 0x8040U);
  _mm_setcsr(before);
#endif
  std::fesetround(FE_TONEAREST);
  EXPECT_EQ(rounding, std::vector<int>(3, FE_TONEAREST));
  EXPECT_EQ(subnormal, std::vector<double>(3, std::numeric_limits<double>::min() / 2));
}

}  // namespace
}  // namespace roundoff
