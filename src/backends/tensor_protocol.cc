#include "backends/tensor_protocol.h"

#include <cstring>
#include <utility>

#include "backends/arena.h"
#include "backends/fields.h"

namespace roundoff {
namespace {

using nlohmann::json;

constexpr std::int64_t kMostTensors = 1'000'000;
constexpr std::size_t kMostInAReply = 1000;

std::string dumped(const json& request) { return request.dump(-1, ' ', false, json::error_handler_t::replace); }

std::optional<StoredType> type_of(const std::string& name) {
  if (name == "complex64") return StoredType{DType::float32, true};
  if (name == "complex128") return StoredType{DType::float64, true};
  const auto dtype = dtype_named(name);
  return dtype ? std::optional(StoredType{*dtype}) : std::nullopt;
}

Result<TensorInfo> read_info(const json& entry, const std::string& path) {
  const Fields fields(entry);
  ROUNDOFF_TRY(std::string name, fields.text("name"));
  ROUNDOFF_TRY(const std::string dtype, fields.text("dtype"));
  ROUNDOFF_TRY(Shape shape, fields.shape("shape"));
  const auto type = type_of(dtype);
  if (!type) return fault(fmt::format("lists a tensor of '{}', which is no dtype", dtype));
  std::string place = name.empty() ? path : path + ", tensor '" + printable(name, 100) + "'";
  return make_info(std::move(name), *type, std::move(shape), std::move(place));
}

}  // namespace

std::string ListExchange::request(std::int64_t id) const {
  return dumped({{"id", id},
                 {"do", "tensors"},
                 {"framework", file_.backend.framework},
                 {"path", file_.path},
                 {"first", listing.infos.size()}});
}

Result<std::string> ListExchange::begin(std::int64_t id, Arena& /*arena*/) { return request(id); }

Result<std::optional<std::string>> ListExchange::next(const Message& reply, std::int64_t id, Arena& /*arena*/) {
  const Fields fields(*reply.body);
  const bool first = listing.infos.empty();
  ROUNDOFF_TRY(const std::int64_t of, fields.integer("of", 0, kMostTensors));
  ROUNDOFF_TRY(const json* tensors, fields.array("tensors", kMostInAReply));
  for (const json& entry : *tensors) {
    ROUNDOFF_TRY(TensorInfo info, read_info(entry, file_.path));
    listing.infos.push_back(std::move(info));
  }
  if (first) {
    ROUNDOFF_TRY(listing.notes, fields.texts("notes"));
  }
  const auto listed = static_cast<std::int64_t>(listing.infos.size());
  if (listed > of || (listed < of && tensors->empty())) {
    return fault(fmt::format("wrong count: {} tensors are listed, and {} are stated", listed, of));
  }
  if (listed < of) return std::optional(request(id));
  return std::optional<std::string>{};
}

Result<std::string> ReadExchange::begin(std::int64_t id, Arena& arena) {
  ROUNDOFF_CHECK(arena.reserve(static_cast<std::size_t>(range_.most) * range_.element_size));
  return dumped({{"id", id},
                 {"do", "read"},
                 {"framework", file_.backend.framework},
                 {"path", file_.path},
                 {"tensor", range_.tensor},
                 {"first", range_.first},
                 {"count", range_.most},
                 {"place", 0}});
}

Result<std::optional<std::string>> ReadExchange::next(const Message& reply, std::int64_t /*id*/, Arena& arena) {
  const auto most = static_cast<std::size_t>(range_.most) * range_.element_size;
  ROUNDOFF_TRY(const std::int64_t count, Fields(*reply.body).integer("bytes", 1, static_cast<std::int64_t>(most)));
  const auto size = static_cast<std::size_t>(count);
  if (size % range_.element_size != 0) {
    return fault(fmt::format("wrong count: {} bytes are no whole number of elements of {}", size, range_.element_size));
  }
  bytes.resize(size);  // a copy: the worker may still write
  std::memcpy(bytes.data(), arena.at(0, size).data(), size);
  return std::optional<std::string>{};
}

}  // namespace roundoff
