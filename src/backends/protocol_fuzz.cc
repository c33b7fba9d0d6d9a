// Any bytes from a worker: each reader answers with a value or an Error, and no text of its keeps control characters.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "backends/frames.h"
#include "backends/protocol.h"

namespace {

using namespace roundoff;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_text(const std::string& text) {
  for (const char c : text) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
}

// Of a value: nothing. Of an Error: that it says something fit to show.
template <class T>
void check_answer(const T& answer) {
  if (answer.ok()) return;
  require(!answer.error().what.empty());
  check_text(answer.error().what);
}

void read_as_everything(const Message& message) {
  const Expectation expected{{{DType::float32, {4}, "input", "x"}, {DType::float32, {4}, "exp", ""}}, 1};
  WorkerRequest request;
  request.trace = true;
  for (const Expectation* wanted : {&expected, static_cast<const Expectation*>(nullptr)}) {
    const auto run = read_run(message, request, wanted);
    check_answer(run);
    if (!run.ok()) continue;
    require(!run->claims.empty());
    for (const Claim& claim : run->claims) {
      require(claim.bytes == static_cast<std::size_t>(*count_of(claim.shape)) * size_of(claim.dtype));
      require(wanted == nullptr || claim.shape == expected.nodes[1].shape);
    }
    check_answer(check_written(message, run->claims));
    for (const std::string& note : run->run.notes) check_text(note);
  }
  check_answer(read_hello(message));
  check_answer(read_description(message));
  check_answer(read_coverage(message, {"exp"}));
  if (const auto error = error_of(message)) check_text(error->what);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  check_text(printable(bytes));
  (void)last_line(bytes);
  // The bytes as one frame's content, and as a stream of frames.
  if (const auto message = read_message(bytes, 0); message.ok()) read_as_everything(*message);
  FrameReader reader;
  reader.buffer() = bytes;
  while (true) {
    const auto frame = reader.take();
    check_answer(frame);
    if (!frame.ok() || !*frame) return 0;
    const auto message = read_message(**frame, 7);
    check_answer(message);
    if (message.ok()) read_as_everything(*message);
  }
}
