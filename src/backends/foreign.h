// A user's own kernel, `./mine.so:fn` or `./mine.so:fn:vector`, in a process of its own: whatever it does to its
// memory, to the arithmetic or to time is told here and harms nobody.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "backends/evaluator.h"

namespace roundoff {

struct ForeignSpec {
  std::string text;  ///< as given
  std::string path;  ///< of the shared object, absolute
  std::string symbol;
  bool vector = false;  ///< void(const T*, …, T*, size_t); else T(T, …)
};

/// Code::usage where the text is no PATH:SYMBOL[:scalar|:vector], Code::input where there is no such file.
[[nodiscard]] Result<ForeignSpec> parse_foreign(std::string_view text);

/// Starts `host` (a program whose command kernel-host is serve_foreign()) on the kernel, for arguments and results of
/// `dtype`, float32 or float64. It lives as long as the calling thread and the evaluator. Code::environment where the
/// library cannot be loaded or lacks the symbol. A call that takes longer than `deadline` is ended; loading may
/// take ten seconds.
[[nodiscard]] Result<std::unique_ptr<Evaluator>> foreign_evaluator(const ForeignSpec& spec, DType dtype,
                                                                   std::size_t arity, const std::string& host,
                                                                   std::chrono::milliseconds deadline);

/// The other side: loads the library and answers calls until its pipe is closed. `arguments` are what
/// foreign_evaluator() passes; the exit status.
[[nodiscard]] int serve_foreign(std::span<const std::string> arguments);

/// The path of the running program.
[[nodiscard]] std::string own_program();

}  // namespace roundoff
