#include "backends/worker.h"

#include <fmt/format.h>

namespace roundoff {
namespace {

using namespace std::chrono_literals;

constexpr int kRestarts = 2;
constexpr std::size_t kTail = 8192;
constexpr auto kTick = 50ms;    // how soon an ended process is noticed whose children keep its pipes open
constexpr auto kGrace = 500ms;  // from a closed pipe to the end of the process, before the closing itself is the fault

double seconds_since(Worker::Clock::time_point begin) {
  return std::chrono::duration<double>(Worker::Clock::now() - begin).count();
}

}  // namespace

Status Worker::start(Tidings& tidings) {
  if (starts_ > kRestarts) {
    return Error{
        Code::worker,
        fmt::format("the worker failed {} times and is not started again; the last time it {}", starts_, last_failure_),
        "", ""};
  }
  ++starts_;
  Process process;
  ROUNDOFF_TRY(Channel requests, make_stream());
  ROUNDOFF_TRY(Channel replies, make_pipe());
  ROUNDOFF_TRY(Channel out, make_pipe());
  ROUNDOFF_TRY(Channel log, make_pipe());
  ROUNDOFF_TRY(process.arena, Arena::make());
  Command command;
  command.argv = {environment_.interpreter.string(), script_.string(), std::to_string(requests.read.get()),
                  std::to_string(replies.write.get()), std::to_string(process.arena.descriptor())};
  command.argv.insert(command.argv.end(), environment_.frameworks.begin(), environment_.frameworks.end());
  command.passed = {requests.read.get(), replies.write.get(), process.arena.descriptor()};
  command.out = out.write.get();
  command.err = log.write.get();
  command.variables.emplace("PYTHONUNBUFFERED", "1");  // what a crash leaves behind must have left the process
  if (environment_.name != kOwnPython) {
    for (const char* name : kNotForEnvironments) command.variables[name] = std::nullopt;
  }
  for (const auto& [name, value] : environment_.variables) command.variables[name] = value;
  ROUNDOFF_TRY(process.child, Subprocess::start(command));
  process.requests = std::move(requests.write);
  process.replies = std::move(replies.read);
  process.out = std::move(out.read);
  process.log = std::move(log.read);
  for (const Descriptor* d : {&process.replies, &process.out, &process.log}) set_nonblocking(d->get());
  process_ = std::move(process);
  tidings.events.push_back(fmt::format("{}: starting {}", environment_.name, environment_.interpreter.string()));
  return {};
}

void Worker::advance(Tidings& tidings) {
  std::size_t left = queue_.size() + 1;
  while (left != queue_.size()) {  // an answer makes room for the next request
    left = queue_.size();
    if (!begun_ && !queue_.empty()) begin_next(tidings);
    if (!process_) continue;
    // First whether it has ended, then what it left in its pipes.
    const std::optional<Ending> ending = process_->child.try_reap();
    if (process_->requests.open() && !process_->unsent.empty()) {
      const auto sent = send_some(process_->requests.get(), process_->unsent);
      process_->unsent.erase(0, sent.value_or(process_->unsent.size()));
      if (!sent) process_->requests.reset();
    }
    read_logs();
    read_replies(tidings);
    if (process_) judge(ending, tidings);
  }
}

void Worker::begin_next(Tidings& tidings) {
  begun_ = Clock::now();
  if (!process_) {
    const Status started = start(tidings);
    if (!started.ok()) return finish(started, tidings);
  }
  auto request = queue_.front().exchange->begin(++asked_, process_->arena);
  if (!request.ok()) return finish(request.error(), tidings);
  auto frame = to_frame(*request);
  if (!frame.ok()) return finish(frame.error(), tidings);
  process_->unsent += *frame;
}

void Worker::read_logs() {
  std::string words;
  if (process_->out.open() && !read_some(process_->out.get(), words)) process_->out.reset();
  process_->spoken += words.size();
  if (process_->first_words.size() < kTail) process_->first_words += words.substr(0, kTail);
  if (process_->log.open() && !read_some(process_->log.get(), process_->tail)) process_->log.reset();
  if (process_->tail.size() > kTail) process_->tail.erase(0, process_->tail.size() - kTail);
}

void Worker::read_replies(Tidings& tidings) {
  if (process_->replies.open() && !read_some(process_->replies.get(), process_->reader.buffer(), kFrameLimit))
    process_->replies.reset();
  while (process_) {
    auto frame = process_->reader.take();
    if (!frame.ok()) return give_up(frame.error().what, tidings);
    if (!*frame) return;
    if (const Status status = handle(**frame, tidings); !status.ok()) return give_up(status.error().what, tidings);
  }
}

// An Error is a fault of the stream: the process is given up. What is wrong inside a sound reply only answers its
// request.
Status Worker::handle(const std::string& frame, Tidings& tidings) {
  if (!process_->hello) {
    ROUNDOFF_TRY(const Message message, read_message(frame, 0));
    ROUNDOFF_TRY(process_->hello, read_hello(message));
    tidings.events.push_back(fmt::format("{}: Python {} is up", environment_.name, process_->hello->python));
    return {};
  }
  if (!begun_) return Error{Code::worker, "sent a frame that nobody asked for", "", ""};
  ROUNDOFF_TRY(const Message message, read_message(frame, asked_));
  if (const auto refusal = error_of(message)) {
    finish(*refusal, tidings);
    return {};
  }
  Exchange& exchange = *queue_.front().exchange;
  auto next = exchange.next(message, ++asked_, process_->arena);
  if (!next.ok()) {
    finish(next.error(), tidings);
  } else if (*next) {
    auto request = to_frame(**next);
    if (!request.ok()) {
      finish(request.error(), tidings);
    } else {
      process_->unsent += *request;
    }
  } else {
    exchange.conclude(*process_->hello, take_notes());
    finish({}, tidings);
  }
  return {};
}

void Worker::judge(std::optional<Ending> ending, Tidings& tidings) {
  if (ending) return give_up(ending->text(), tidings);
  const auto now = Clock::now();
  if (!process_->replies.open() || !process_->requests.open()) {
    if (!process_->closed) process_->closed = now;
    if (now - *process_->closed > kGrace) return give_up("closed its pipe", tidings);
  }
  if (begun_ && now > *begun_ + queue_.front().deadline) {
    const double limit = std::chrono::duration<double>(queue_.front().deadline).count();
    give_up(fmt::format("did not answer within the deadline of {:g} s and was killed", limit), tidings,
            "compare has --deadline SECONDS, should it only be slow");
  }
}

void Worker::give_up(const std::string& what, Tidings& tidings, const std::string& remedy) {
  process_->child.kill();
  read_logs();
  const std::string words = printable(last_line(process_->tail));
  process_.reset();
  last_failure_ = what;
  tidings.events.push_back(fmt::format("{}: the worker {}", environment_.name, what));
  if (!begun_) return;
  finish(Error{Code::worker,
               fmt::format("the worker {}{}{}", what, words.empty() ? "" : "; last on its standard error: ", words), "",
               remedy},
         tidings);
}

void Worker::finish(Status status, Tidings& tidings) {
  Job job = std::move(queue_.front());
  queue_.pop_front();
  if (!status.ok()) {
    Error error = status.error();
    if (error.place.empty()) error.place = job.who;
    status = std::move(error);
  }
  tidings.events.push_back(
      fmt::format("{}: {} after {:.2f} s", job.who, status.ok() ? "done" : "failed", seconds_since(*begun_)));
  begun_.reset();
  tidings.done.push_back({job.id, std::move(status), std::move(job.exchange)});
}

std::vector<std::string> Worker::take_notes() {
  // Its output came before its reply, but may not have been looked at.
  read_logs();
  std::vector<std::string> notes;
  if (process_->spoken > 0) {
    const std::string_view words = process_->first_words;
    notes.push_back(fmt::format("wrote {} bytes on stdout: \"{}\"", process_->spoken,
                                printable(words.substr(0, words.find('\n')), 80)));
  }
  process_->spoken = 0;
  process_->first_words.clear();
  return notes;
}

void Worker::add_polls(std::vector<pollfd>& polls) const {
  if (!process_) return;
  for (const Descriptor* d : {&process_->replies, &process_->out, &process_->log})
    polls.push_back({d->get(), POLLIN, 0});
  // Asked about only while there is something to send: a closed stream would stir for ever.
  if (!process_->unsent.empty()) polls.push_back({process_->requests.get(), POLLOUT, 0});
}

std::optional<Worker::Clock::time_point> Worker::wake_at() const {
  if (!process_ || (!begun_ && !process_->closed)) return std::nullopt;
  const auto tick = Clock::now() + (process_->closed ? kTick / 10 : kTick);
  return begun_ ? std::min(tick, *begun_ + queue_.front().deadline) : tick;
}

}  // namespace roundoff
