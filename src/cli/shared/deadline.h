// The option --deadline, the same in every command that asks workers.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <string>

namespace roundoff::cli {

/// `seconds` holds the standard value, which the help names.
inline void add_deadline(CLI::App& app, double& seconds, const std::string& what) {
  app.add_option("--deadline", seconds, what + " (60)")->check(CLI::Range(0.1, 86'400.0))->type_name("S");
}

[[nodiscard]] inline std::chrono::milliseconds milliseconds_of(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

}  // namespace roundoff::cli
