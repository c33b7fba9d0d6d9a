// Errors are values: every fallible call returns a Result or a Status; nothing here prints, throws or exits.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace roundoff {

/// What kind of failure an Error is. The values are the exit codes of the command line.
enum class Code : int {
  usage = 2,        ///< the call itself is wrong: unknown op, bad expression, unknown backend
  input = 3,        ///< a file or an array is not what it should be
  worker = 4,       ///< a framework's process failed
  undecided = 5,    ///< the truth could not be certified at the cap
  resource = 6,     ///< memory, disk, descriptors
  environment = 7,  ///< rounding mode changed, engines disagree
};

/// A typed failure: what happened, where (file, byte, field or column), and what to do about it.
struct Error {
  Code code = Code::usage;
  std::string what;
  std::string place;
  std::string remedy;
};

/// One line for people: "place: what (remedy)".
[[nodiscard]] std::string to_string(const Error& error);

/// A value or an Error. Access to value() without ok() is a programming error.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] T& value() & { return *std::get_if<0>(&state_); }
  [[nodiscard]] const T& value() const& { return *std::get_if<0>(&state_); }
  [[nodiscard]] T&& value() && { return std::move(*std::get_if<0>(&state_)); }
  [[nodiscard]] const Error& error() const { return *std::get_if<1>(&state_); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, Error> state_;
};

/// Success, or an Error.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}
  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

}  // namespace roundoff

#define ROUNDOFF_JOIN_(a, b) a##b
#define ROUNDOFF_JOIN(a, b) ROUNDOFF_JOIN_(a, b)

/// ROUNDOFF_TRY(auto x, call()) binds the value, or returns the error of the enclosing function.
#define ROUNDOFF_TRY(declaration, expression) \
  ROUNDOFF_TRY_(ROUNDOFF_JOIN(try_result_, __LINE__), declaration, expression)
#define ROUNDOFF_TRY_(result, declaration, expression) \
  auto result = (expression);                          \
  if (!result.ok()) return result.error();             \
  declaration = std::move(result).value()

/// ROUNDOFF_CHECK(call()) returns the error of the enclosing function, if there is one.
#define ROUNDOFF_CHECK(expression) \
  if (auto status = (expression); !status.ok()) return status.error()
