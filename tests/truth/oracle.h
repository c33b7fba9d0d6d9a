// An engine of its own for tests: exact rationals (GMP), rounded once by integer arithmetic.
#pragma once

#include <gmpxx.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "truth/truth.h"

namespace roundoff::oracle {

/// x rounded to nearest even in a format of p bits and exponents from emin to emax.
inline double round(const mpq_class& x, int p, int emin, int emax) {
  if (x == 0) return 0;
  const mpq_class size = abs(x);
  long exponent = static_cast<long>(mpz_sizeinbase(size.get_num_mpz_t(), 2)) -
                  static_cast<long>(mpz_sizeinbase(size.get_den_mpz_t(), 2));
  const auto power = [](long e) {
    mpq_class out = 1;
    e >= 0 ? mpq_mul_2exp(out.get_mpq_t(), out.get_mpq_t(), static_cast<unsigned long>(e))
           : mpq_div_2exp(out.get_mpq_t(), out.get_mpq_t(), static_cast<unsigned long>(-e));
    return out;
  };
  if (size < power(exponent)) --exponent;  // 2^exponent ≤ |x| < 2^(exponent + 1)
  const long quantum = std::max<long>(exponent, emin) - p + 1;
  const mpq_class scaled = size / power(quantum);
  mpz_class whole = scaled.get_num() / scaled.get_den();
  const mpq_class rest = (scaled - whole) * 2;
  if (rest > 1 || (rest == 1 && mpz_odd_p(whole.get_mpz_t()))) ++whole;
  const mpq_class rounded = whole * power(quantum);
  const double result = rounded >= power(emax + 1) ? std::numeric_limits<double>::infinity() : rounded.get_d();
  return x < 0 ? -result : result;
}

inline double round(const mpq_class& x, DType dtype) {
  switch (dtype) {
    case DType::float16:
      return round(x, 11, -14, 15);
    case DType::bfloat16:
      return round(x, 8, -126, 127);
    case DType::float32:
      return round(x, 24, -126, 127);
    default:
      return round(x, 53, -1022, 1023);
  }
}

/// How numbers are drawn.
enum class Draw { unit, symmetric, wide, integers, halves };

inline double draw(std::mt19937_64& random, Draw how, DType dtype) {
  const double unit = static_cast<double>(random() >> 11) * 0x1p-53;
  switch (how) {
    case Draw::unit:
      return unit;
    case Draw::symmetric:
      return 2 * unit - 1;
    case Draw::integers:
      return std::rint(unit * 200 - 100);
    case Draw::halves:
      return std::rint(unit * 4000 - 2000) / 2;
    case Draw::wide:
      break;
  }
  const int range = dtype == DType::float16 ? 12 : dtype == DType::float64 ? 300 : 60;
  return std::ldexp(2 * unit - 1, static_cast<int>(random() % static_cast<unsigned>(2 * range)) - range);
}

inline Array array(DType dtype, Shape shape, Draw how, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Array out = Array::make(dtype, std::move(shape)).value();
  for (std::int64_t i = 0; i < out.size(); ++i) out.set(i, draw(random, how, dtype));
  return out;
}

inline Array array(DType dtype, const std::vector<double>& values) {
  Array out = Array::make(dtype, {static_cast<std::int64_t>(values.size())}).value();
  for (std::size_t i = 0; i < values.size(); ++i) out.set(static_cast<std::int64_t>(i), values[i]);
  return out;
}

/// The expression, inferred for these inputs. Fails the test where it does not read.
inline Graph graph(const std::string& expression, const Inputs& inputs) {
  std::map<std::string, Signature, std::less<>> signatures;
  for (const auto& [name, value] : inputs) signatures[name] = {value.dtype(), value.shape()};
  auto parsed = parse_expression(expression);
  if (!parsed.ok()) {
    ADD_FAILURE() << expression << ": " << to_string(parsed.error());
    return {};
  }
  auto inferred = infer(std::move(*parsed), signatures);
  if (!inferred.ok()) {
    ADD_FAILURE() << expression << ": " << to_string(inferred.error());
    return {};
  }
  return std::move(*inferred);
}

inline Truth certified(const std::string& expression, const Inputs& inputs, const TruthOptions& options = {}) {
  auto truth = certify(graph(expression, inputs), inputs, options);
  if (!truth.ok()) {
    ADD_FAILURE() << expression << ": " << to_string(truth.error());
    return {};
  }
  return std::move(*truth);
}

/// Same number, or both NaN; zeros of either sign are alike.
inline bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

inline mpq_class power_of_two(int e) {
  mpq_class out = 1;
  e >= 0 ? mpq_mul_2exp(out.get_mpq_t(), out.get_mpq_t(), static_cast<unsigned long>(e))
         : mpq_div_2exp(out.get_mpq_t(), out.get_mpq_t(), static_cast<unsigned long>(-e));
  return out;
}

/// The midpoint of a real enclosure.
inline mpq_class centre(const Enclosure& e) { return (mpq_class(e.hi) + mpq_class(e.lo)) * power_of_two(e.exp); }

/// x lies within the enclosure.
inline bool holds(const Enclosure& e, const mpq_class& x) {
  if (e.kind == Kind::neg_zero) return x == 0;
  return e.real() && abs(x - centre(e)) <= mpq_class(e.rad) * power_of_two(e.exp);
}

}  // namespace roundoff::oracle
