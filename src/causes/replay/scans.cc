#include "causes/replay/scans.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace roundoff::replay {
namespace {

template <class T>
void run(const LeftToRight&, std::span<const T> x, std::span<T> out) {
  out[0] = x[0];
  for (std::size_t i = 1; i < x.size(); ++i) out[i] = out[i - 1] + x[i];
}

template <class T>
void run(const Groups& groups, std::span<const T> x, std::span<T> out) {
  const std::size_t width = static_cast<std::size_t>(groups.width);
  if (x.size() <= width) return run(LeftToRight{}, x, out);
  std::vector<T> totals;
  for (std::size_t first = 0; first < x.size(); first += width) {
    const std::size_t count = std::min(width, x.size() - first);
    run(LeftToRight{}, x.subspan(first, count), out.subspan(first, count));
    totals.push_back(out[first + count - 1]);
  }
  std::vector<T> before(totals.size(), totals[0]);
  run(groups, std::span<const T>(totals), std::span<T>(before));
  for (std::size_t i = width; i < x.size(); ++i) out[i] = before[i / width - 1] + out[i];
}

template <class T>
void run(const Doubling&, std::span<const T> x, std::span<T> out) {
  std::ranges::copy(x, out.begin());
  for (std::size_t shift = 1; shift < out.size(); shift *= 2) {
    for (std::size_t i = out.size(); i-- > shift;) out[i] = out[i - shift] + out[i];
  }
}

template <class T>
void run(const OddEven& same, std::span<const T> x, std::span<T> out) {
  out[0] = x[0];
  const std::size_t pairs = x.size() / 2;
  if (pairs == 0) return;
  std::vector<T> sums, scanned(pairs, x[0]);
  for (std::size_t i = 0; i < pairs; ++i) sums.push_back(x[2 * i] + x[2 * i + 1]);
  run(same, std::span<const T>(sums), std::span<T>(scanned));
  for (std::size_t i = 0; i < pairs; ++i) out[2 * i + 1] = scanned[i];
  for (std::size_t i = 2; i < x.size(); i += 2) out[i] = scanned[i / 2 - 1] + x[i];
}

std::string words_of(const LeftToRight&) { return "left to right"; }
std::string words_of(const Groups& g) { return fmt::format("groups of {}, recursively", g.width); }
std::string words_of(const Doubling&) { return "doubling distances"; }
std::string words_of(const OddEven&) { return "odd and even, recursively"; }

}  // namespace

std::string describe(const Scan& scan) {
  return std::visit([](const auto& s) { return words_of(s); }, scan);
}

template <class T>
void scan_up(const Scan& scan, std::span<const T> x, std::span<T> out) {
  std::visit([&](const auto& s) { run(s, x, out); }, scan);
}
template void scan_up(const Scan&, std::span<const float>, std::span<float>);
template void scan_up(const Scan&, std::span<const double>, std::span<double>);
template void scan_up(const Scan&, std::span<const Half>, std::span<Half>);
template void scan_up(const Scan&, std::span<const Brain>, std::span<Brain>);
template void scan_up(const Scan&, std::span<const Product<float>>, std::span<Product<float>>);
template void scan_up(const Scan&, std::span<const Product<double>>, std::span<Product<double>>);
template void scan_up(const Scan&, std::span<const Product<Half>>, std::span<Product<Half>>);
template void scan_up(const Scan&, std::span<const Product<Brain>>, std::span<Product<Brain>>);

}  // namespace roundoff::replay
