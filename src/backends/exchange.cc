#include "backends/exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iterator>

namespace roundoff {
namespace {

Error fault(std::string what) { return {Code::worker, std::move(what), "", ""}; }

Status check_flags(const Array& array) {
  if (array.dtype() != DType::bool_) return {};
  for (const std::uint8_t byte : array.as<std::uint8_t>()) {
    if (byte > 1) return fault(fmt::format("the output holds a bool of value {}", byte));
  }
  return {};
}

}  // namespace

Result<std::string> RunExchange::begin(std::int64_t id, Arena& arena) {
  if (request_.port.empty()) {
    ROUNDOFF_TRY(expected_, read_graph(request_.graph));
  }
  std::vector<std::size_t> offsets;
  for (const auto& [name, array] : request_.inputs) {
    offsets.push_back(inputs_end_);
    inputs_end_ += aligned(array.bytes().size());
  }
  ROUNDOFF_CHECK(arena.reserve(inputs_end_));
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    const auto bytes = request_.inputs[i].second.bytes();
    std::ranges::copy(bytes, arena.at(offsets[i], bytes.size()).begin());
  }
  return run_request(id, request_, offsets);
}

Result<std::optional<std::string>> RunExchange::next(const Message& reply, std::int64_t id, Arena& arena) {
  if (stage_ == Stage::running) {
    ROUNDOFF_TRY(reply_, read_run(reply, request_, expected_ ? &*expected_ : nullptr));
    stage_ = Stage::fetching;
    ROUNDOFF_TRY(std::string request, fetch(id, arena));
    return std::optional(std::move(request));
  }
  ROUNDOFF_CHECK(check_written(reply, reply_.claims));
  ROUNDOFF_TRY(const bool doubtful, collect(arena));
  if (doubtful) {
    stage_ = Stage::fetching_again;
    ROUNDOFF_TRY(std::string request, fetch(id, arena));
    return std::optional(std::move(request));
  }
  for (const Array& array : arrays_) ROUNDOFF_CHECK(check_flags(array));
  deliver();
  return std::optional<std::string>{};
}

Result<std::string> RunExchange::fetch(std::int64_t id, Arena& arena) {
  places_.clear();
  std::size_t end = inputs_end_;
  for (const Claim& claim : reply_.claims) {
    places_.push_back(end);
    end += aligned(claim.bytes);
  }
  ROUNDOFF_CHECK(arena.reserve(end));
  for (std::size_t i = 0; i < places_.size(); ++i) {
    Poison(places_[i], stage_ == Stage::fetching_again).fill(arena.at(places_[i], reply_.claims[i].bytes));
  }
  return fetch_request(id, places_);
}

Result<bool> RunExchange::collect(Arena& arena) {
  const bool second = stage_ == Stage::fetching_again;
  bool doubtful = false;
  std::vector<Array> arrays;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const Claim& claim = reply_.claims[i];
    ROUNDOFF_TRY(Array array, Array::make(claim.dtype, claim.shape));
    // The worker may still write: what is judged is the copy.
    if (claim.bytes > 0)
      std::memcpy(array.mutable_bytes().data(), arena.at(places_[i], claim.bytes).data(), claim.bytes);
    std::vector<std::int64_t> found = Poison(places_[i], second).find(array.bytes(), size_of(claim.dtype));
    if (second) {
      std::vector<std::int64_t> unwritten;
      std::ranges::set_intersection(suspects_[i], found, std::back_inserter(unwritten));
      if (!unwritten.empty()) {
        return fault(fmt::format("unwritten output: {} of {} elements were never written, the first at index {}",
                                 unwritten.size(), array.size(), unwritten.front()));
      }
    } else {
      doubtful = doubtful || !found.empty();
      suspects_.push_back(std::move(found));
    }
    arrays.push_back(std::move(array));
  }
  arrays_ = std::move(arrays);
  return doubtful;
}

void RunExchange::deliver() {
  Run& run = reply_.run;
  const bool traced = std::ranges::any_of(reply_.claims, &Claim::trace);
  if (traced) run.trace.resize(expected_->nodes.size());
  for (std::size_t i = 0; i < arrays_.size(); ++i) {
    (reply_.claims[i].trace ? run.trace[reply_.claims[i].node] : run.output) = std::move(arrays_[i]);
  }
  for (std::size_t node = 0; traced && node < run.trace.size(); ++node) {
    const std::string& name = expected_->nodes[node].name;
    const auto input = std::ranges::find(request_.inputs, name, &std::pair<std::string, Array>::first);
    if (!name.empty() && input != request_.inputs.end()) run.trace[node] = input->second;
  }
}

void RunExchange::conclude(const Hello& worker, const std::vector<std::string>& notes) {
  Run& run = reply_.run;
  std::ranges::copy(notes, std::back_inserter(run.notes));
  run.provenance.emplace("python", worker.python);
  run.provenance.insert(worker.provenance.begin(), worker.provenance.end());
}

Result<std::string> DescribeExchange::begin(std::int64_t id, Arena&) { return describe_request(id, port_); }

Result<std::optional<std::string>> DescribeExchange::next(const Message& reply, std::int64_t, Arena&) {
  ROUNDOFF_TRY(description, read_description(reply));
  return std::optional<std::string>{};
}

Result<std::string> CoverageExchange::begin(std::int64_t id, Arena&) { return coverage_request(id, backend_, ops_); }

Result<std::optional<std::string>> CoverageExchange::next(const Message& reply, std::int64_t, Arena&) {
  ROUNDOFF_TRY(coverage, read_coverage(reply, ops_));
  return std::optional<std::string>{};
}

}  // namespace roundoff
