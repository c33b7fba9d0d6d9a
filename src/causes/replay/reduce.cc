#include "causes/replay/reduce.h"

#include <algorithm>
#include <array>

#include "base/parallel.h"

namespace roundoff::replay {
namespace {

constexpr std::array<std::string_view, 3> kReductions{"sum", "mean", "prod"};
constexpr std::array<std::string_view, 2> kScans{"cumulative_sum", "cumulative_prod"};

bool on_floats(const Subject& subject) {
  const Node& node = node_of(subject);
  return is_float(node.dtype) && node.in.size() == 1 &&
         is_float(subject.graph->nodes[static_cast<std::size_t>(node.in[0])].dtype);
}

template <class T>
T number(double x) {
  if constexpr (std::is_arithmetic_v<T>)
    return static_cast<T>(x);
  else
    return T::rounded(static_cast<float>(x));
}
template <class T>
double as_double(T x) {
  if constexpr (std::is_arithmetic_v<T>)
    return static_cast<double>(x);
  else
    return static_cast<double>(x.value);
}

/// Elements in bulk: the common dtypes without a call for each.
class Reader {
 public:
  explicit Reader(const Array& array) : array_(array), dtype_(array.dtype()) {}
  double operator[](std::int64_t i) const {
    const auto at = static_cast<std::size_t>(i);
    if (dtype_ == DType::float32) return static_cast<double>(array_.as<float>()[at]);
    return dtype_ == DType::float64 ? array_.as<double>()[at] : array_.get(i);
  }

 private:
  const Array& array_;
  DType dtype_;
};

/// Calls f with a value of the machine's number type.
template <class F>
auto with_type(DType dtype, F&& f) {
  switch (dtype) {
    case DType::float64:
      return f(double{});
    case DType::float16:
      return f(Half{});
    case DType::bfloat16:
      return f(Brain{});
    default:
      return f(float{});
  }
}

/// The element that an operation on fibers works on: T, or what multiplies.
template <class T, bool kMultiply>
struct Element {
  using type = T;
  static T wrap(T x) { return x; }
  static T unwrap(T x) { return x; }
};
template <class T>
struct Element<T, true> {
  using type = Product<T>;
  static Product<T> wrap(T x) { return {x}; }
  static T unwrap(Product<T> x) { return x.value; }
};

/// Outputs in a vector of a finish that works on rounded sums; 0 of one that does not.
std::int64_t vector_of_rounded(Finish finish) {
  switch (finish) {
    case Finish::divide_rounded:
      return 1;
    case Finish::vectors_of_4:
      return 4;
    case Finish::vectors_of_8:
      return 8;
    default:
      return 0;
  }
}

struct Reduction {
  const Subject& subject;
  const Reducing& how;
  Array argument;
  Fibers fibers;

  template <class T, bool kMultiply>
  void run(Array& out, std::int64_t first, std::int64_t last) const {
    using E = Element<T, kMultiply>;
    std::vector<typename E::type> fiber(fibers.step.size());
    const Reader value(argument);
    for (std::int64_t f = first; f < last; ++f) {
      const std::int64_t base = fibers.base[static_cast<std::size_t>(f)];
      for (std::size_t i = 0; i < fiber.size(); ++i) fiber[i] = E::wrap(number<T>(value[base + fibers.step[i]]));
      const FiberOrders& orders = how.orders;
      const Order& order = f % orders.period < orders.body ? orders.order : orders.rest;
      finish(E::unwrap(add_up(order, std::span<const typename E::type>(fiber))), out, f);
    }
  }

  template <class T>
  void finish(T total, Array& out, std::int64_t f) const {
    if (op_of(subject) != "mean") return out.set(f, as_double(total));
    const double count = static_cast<double>(fibers.length());
    if (const std::int64_t width = vector_of_rounded(how.finish); width > 0) {
      const bool reciprocal = width > 1 && f < fibers.count() / width * width;
      out.set(f, as_double(total));
      with_type(out.dtype(), [&]<class D>(D) {
        const D sum = number<D>(out.get(f)), n = number<D>(count);
        out.set(f, as_double(reciprocal ? sum * (number<D>(1.0) / n) : sum / n));
      });
    } else if (how.finish == Finish::times_reciprocal) {
      out.set(f, as_double(total * (number<T>(1.0) / number<T>(count))));
    } else {
      out.set(f, as_double(total / number<T>(count)));
    }
  }
};

Result<Reduction> reduction_of(const Subject& subject, const Reducing& how) {
  ROUNDOFF_TRY(std::vector<Array> in, arguments_of(subject));
  ROUNDOFF_TRY(Fibers fibers, fibers_of(node_of(subject).attrs, in[0].shape()));
  if (fibers.length() == 0 || fibers.count() != subject.out->size()) {
    return Error{Code::usage, "nothing to reduce", subject.graph->text, ""};
  }
  return Reduction{subject, how, std::move(in[0]), std::move(fibers)};
}

void run(const Reduction& reduction, Array& out, std::int64_t count) {
  const bool multiply = op_of(reduction.subject) == "prod";
  const std::int64_t grain = std::max<std::int64_t>(1, 100'000 / reduction.fibers.length());
  with_type(reduction.how.accumulator, [&]<class T>(T) {
    parallel_for(count, grain, [&](std::int64_t first, std::int64_t last) {
      if (multiply) {
        reduction.run<T, true>(out, first, last);
      } else {
        reduction.run<T, false>(out, first, last);
      }
    });
  });
}

template <class T, bool kMultiply>
void scan_fibers(const Scan& scan, const Array& in, const Fibers& fibers, Array& out) {
  using E = Element<T, kMultiply>;
  std::vector<typename E::type> fiber(fibers.step.size()), sums(fibers.step.size());
  const Reader value(in);
  for (const std::int64_t base : fibers.base) {
    for (std::size_t i = 0; i < fiber.size(); ++i) fiber[i] = E::wrap(number<T>(value[base + fibers.step[i]]));
    scan_up(scan, std::span<const typename E::type>(fiber), std::span<typename E::type>(sums));
    for (std::size_t i = 0; i < fiber.size(); ++i) out.set(base + fibers.step[i], as_double(E::unwrap(sums[i])));
  }
}

}  // namespace

bool is_reduction(const Subject& subject) {
  return std::ranges::find(kReductions, op_of(subject)) != kReductions.end() && on_floats(subject);
}

bool is_scan(const Subject& subject) {
  return std::ranges::find(kScans, op_of(subject)) != kScans.end() && on_floats(subject) &&
         node_of(subject).shape == subject.graph->nodes[static_cast<std::size_t>(node_of(subject).in[0])].shape;
}

std::string_view words(Finish finish) {
  switch (finish) {
    case Finish::divide_rounded:
      return "the sum rounded before the division";
    case Finish::times_reciprocal:
      return "times 1/n";
    case Finish::vectors_of_4:
      return "the sum rounded, then times 1/n in vectors of 4 outputs, those left over divided";
    case Finish::vectors_of_8:
      return "the sum rounded, then times 1/n in vectors of 8 outputs, those left over divided";
    default:
      return "";
  }
}

std::vector<Finish> finishes_of(const Subject& subject, DType accumulator) {
  if (op_of(subject) != "mean") return {Finish::divide};
  if (accumulator == node_of(subject).dtype) return {Finish::divide, Finish::times_reciprocal};
  return {Finish::divide, Finish::divide_rounded, Finish::times_reciprocal, Finish::vectors_of_4, Finish::vectors_of_8};
}

Result<Array> replay_reduction(const Subject& subject, const Reducing& how) {
  ROUNDOFF_TRY(const Reduction reduction, reduction_of(subject, how));
  ROUNDOFF_TRY(Array out, Array::make(node_of(subject).dtype, subject.out->shape()));
  run(reduction, out, out.size());
  return out;
}

bool first_fibers_agree(const Subject& subject, const Reducing& how, std::int64_t count) {
  const Result<Reduction> reduction = reduction_of(subject, how);
  Result<Array> out = Array::make(node_of(subject).dtype, subject.out->shape());
  if (!reduction || !out) return false;
  count = std::min(count, out->size());
  run(*reduction, *out, count);
  for (std::int64_t i = 0; i < count; ++i) {
    if (!same_element(*out, *subject.out, i)) return false;
  }
  return true;
}

Result<Array> replay_scan(const Subject& subject, const Scan& scan, DType accumulator) {
  ROUNDOFF_TRY(const std::vector<Array> in, arguments_of(subject));
  ROUNDOFF_TRY(const Fibers fibers, fibers_of(node_of(subject).attrs, in[0].shape()));
  ROUNDOFF_TRY(Array out, Array::make(node_of(subject).dtype, in[0].shape()));
  if (fibers.length() == 0) return out;
  with_type(accumulator, [&]<class T>(T) {
    if (op_of(subject) == "cumulative_prod")
      scan_fibers<T, true>(scan, in[0], fibers, out);
    else
      scan_fibers<T, false>(scan, in[0], fibers, out);
  });
  return out;
}

std::string_view verb_of(const Subject& subject) {
  const std::string_view op = op_of(subject);
  return op == "mean" ? "averaged" : op == "prod" || op == "cumulative_prod" ? "multiplied" : "summed";
}

}  // namespace roundoff::replay
