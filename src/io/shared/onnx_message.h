// The fields of ONNX's TensorProto, off the wire. Source: onnx/onnx.proto (IR version 10), and protobuf.dev's encoding.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "io/shared/stored.h"

namespace roundoff {

/// What a TensorProto says, but for the elements in its repeated fields.
struct OnnxMessage {
  Shape dims;
  std::int32_t data_type = 0;
  std::string name;
  std::optional<Region> raw_data;
  int typed_field = 0;  ///< the repeated field that holds elements (float_data, …); 0 where there is none
  bool external = false;
  std::map<std::string, std::string> external_data;  ///< location, offset, length, checksum
};

/// Code::input with the byte for what is no TensorProto: broken wire format, groups, a field of another wire type, a
/// field twice that stands once, elements in two places, a segment of a tensor.
[[nodiscard]] Result<OnnxMessage> parse_onnx_message(const Region& message);

/// How a repeated field's numbers become elements.
struct TypedField {
  int field = 0;  ///< its number
  StoredType type;
};

/// The field in which the standard puts elements of this type where they are not raw_data.
[[nodiscard]] TypedField typed_field_of(const StoredType& type);

/// The elements in that field, decoded from the message as they are read. A number beyond its type is an Error.
[[nodiscard]] std::unique_ptr<ByteStream> stream_typed_field(Region message, TypedField field, std::string place);

}  // namespace roundoff
