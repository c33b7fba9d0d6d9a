#include "run/machine.h"

#include <fmt/format.h>

#include <fstream>

#include "base/parallel.h"
#include "run/function.h"

namespace roundoff {

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  std::string processor = "processor unknown";
  for (std::string line; std::getline(info, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) {
      processor = line.substr(colon + 2);
      break;
    }
  }
  return processor;
}

std::string machine_text() {
  const int threads = thread_count();
  return fmt::format("{}, {} thread{}", processor_name(), threads, threads == 1 ? "" : "s");
}

}  // namespace roundoff
