// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/onnx/onnx_tensor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <system_error>

#include "models/base/error.h"
#include "models/base/text.h"
#include "models/checkpoint/mapped_file.h"
#include "models/checkpoint/onnx/protobuf_wire.h"
#include "models/checkpoint/tensor_shape.h"

namespace olivine {
namespace {

// Fields of TensorProto (onnx.proto3 of ONNX 1.17).
enum TensorField : uint32_t {
  kDims = 1,
  kDataType = 2,
  kSegment = 3,
  kFloatData = 4,
  kInt32Data = 5,
  kStringData = 6,
  kInt64Data = 7,
  kName = 8,
  kRawData = 9,
  kDoubleData = 10,
  kUint64Data = 11,
  kExternalData = 13,
  kDataLocation = 14
};
constexpr uint32_t kEntryKey = 1;
constexpr uint32_t kEntryValue = 2;

// In which field values lie when they are not raw.
struct DataType {
  uint64_t code;
  std::string_view name;
  std::optional<ElementType> type;
  uint32_t field;
};
constexpr std::array kDataTypes = {DataType{1, "FLOAT", ElementType::F32, kFloatData},
                                   DataType{2, "UINT8", ElementType::U8, kInt32Data},
                                   DataType{3, "INT8", ElementType::I8, kInt32Data},
                                   DataType{4, "UINT16", ElementType::U16, kInt32Data},
                                   DataType{5, "INT16", ElementType::I16, kInt32Data},
                                   DataType{6, "INT32", ElementType::I32, kInt32Data},
                                   DataType{7, "INT64", ElementType::I64, kInt64Data},
                                   DataType{8, "STRING", std::nullopt, kStringData},
                                   DataType{9, "BOOL", ElementType::Bool, kInt32Data},
                                   DataType{10, "FLOAT16", ElementType::F16, kInt32Data},
                                   DataType{11, "DOUBLE", ElementType::F64, kDoubleData},
                                   DataType{12, "UINT32", ElementType::U32, kUint64Data},
                                   DataType{13, "UINT64", ElementType::U64, kUint64Data},
                                   DataType{14, "COMPLEX64", std::nullopt, kFloatData},
                                   DataType{15, "COMPLEX128", std::nullopt, kDoubleData},
                                   DataType{16, "BFLOAT16", ElementType::Bf16, kInt32Data},
                                   DataType{17, "FLOAT8E4M3FN", ElementType::F8E4M3, kInt32Data},
                                   DataType{18, "FLOAT8E4M3FNUZ", std::nullopt, kInt32Data},
                                   DataType{19, "FLOAT8E5M2", ElementType::F8E5M2, kInt32Data},
                                   DataType{20, "FLOAT8E5M2FNUZ", std::nullopt, kInt32Data},
                                   DataType{21, "UINT4", std::nullopt, kInt32Data},
                                   DataType{22, "INT4", std::nullopt, kInt32Data}};

const DataType* find_data_type(uint64_t code) {
  const auto* found = std::find_if(kDataTypes.begin(), kDataTypes.end(),
                                   [&](const DataType& type) { return type.code == code; });
  return found == kDataTypes.end() ? nullptr : found;
}

// Reads one TensorProto: first all fields, then the values that belong to its type.
class TensorReader {
 public:
  TensorReader(std::span<const uint8_t> message, OnnxTensorContext& context)
      : context_(context), message_(message) {}

  OnnxTensor read() {
    WireReader reader{context_.input, message_};
    while (const auto field = reader.next_field()) read_field(reader, *field);
    const DataType* data_type = find_data_type(data_type_);
    if (data_type == nullptr || !data_type->type) {
      fail(fmt::format("data type {}: not supported", onnx_type_text(data_type_)));
    }
    tensor_.type = *data_type->type;
    const auto byte_count = checked_byte_count(tensor_.type, tensor_.shape);
    if (!byte_count) {
      fail(fmt::format("shape {}: must be extents of at least 0 whose product fits 63 bits",
                       shape_text(tensor_.shape)));
    }
    byte_count_ = static_cast<uint64_t>(*byte_count);
    tensor_.bytes = is_external_ ? external_bytes() : internal_bytes(data_type->field);
    if (tensor_.bytes.size() != byte_count_) {
      fail(fmt::format("{} bytes of data: shape {} of {} must have {}", tensor_.bytes.size(),
                       shape_text(tensor_.shape), name_of(tensor_.type), byte_count_));
    }
    return std::move(tensor_);
  }

 private:
  [[noreturn]] void fail(std::string_view reason) const {
    context_.input.fail(message_.data(), fmt::format("tensor '{}': {}", tensor_.name, reason));
  }

  void read_field(const WireReader& reader, const WireField& field) {
    switch (field.number) {
      case kDims:
        return read_dims(reader, field);
      case kDataType:
        reader.expect(field, WireType::Varint);
        data_type_ = field.value;
        return;
      case kSegment:
        reader.fail("segments of tensors: not supported");
      case kName:
        tensor_.name = read_onnx_text(reader, field);
        return;
      case kRawData:
        reader.expect(field, WireType::LengthDelimited);
        raw_ = field.bytes;
        return;
      case kExternalData:
        return read_entry(reader, field);
      case kDataLocation:
        reader.expect(field, WireType::Varint);
        if (field.value > 1) reader.fail(fmt::format("data_location = {}: not known", field.value));
        is_external_ = field.value == 1;
        return;
      default:  // a number of the file, no enum: fields that are not needed are skipped
        return;
    }
  }

  void read_dims(const WireReader& reader, const WireField& field) {
    if (field.type == WireType::Varint) return add_dim(field.value);
    reader.expect(field, WireType::LengthDelimited);
    WireReader values{context_.input, field.bytes};
    while (const auto value = values.next_varint()) add_dim(*value);
  }

  void add_dim(uint64_t extent) {
    if (tensor_.shape.size() == kMaxOnnxRank) {
      fail(fmt::format("more than {} dimensions", kMaxOnnxRank));
    }
    tensor_.shape.push_back(static_cast<int64_t>(extent));
  }

  void read_entry(const WireReader& reader, const WireField& field) {
    reader.expect(field, WireType::LengthDelimited);
    WireReader entry{context_.input, field.bytes};
    std::string_view key;
    std::string_view value;
    while (const auto part = entry.next_field()) {
      if (part->number == kEntryKey) key = read_onnx_text(entry, *part);
      if (part->number == kEntryValue) value = read_onnx_text(entry, *part);
    }
    if (key == "location") location_ = value;
    if (key == "offset") offset_ = value;
    if (key == "length") length_ = value;
  }

  std::span<const uint8_t> internal_bytes(uint32_t number) {
    if (raw_) return *raw_;
    return number == kFloatData || number == kDoubleData ? fixed_values(number)
                                                         : varint_values(number);
  }

  // Values of float_data or double_data. Packed into one field, which is how they are written, they
  // lie as they do in memory; single ones are gathered.
  std::span<const uint8_t> fixed_values(uint32_t number) {
    const WireType single = number == kFloatData ? WireType::Fixed32 : WireType::Fixed64;
    std::span<const uint8_t> whole;
    size_t field_count = 0;
    std::vector<uint8_t> gathered;
    WireReader reader{context_.input, message_};
    while (const auto field = reader.next_field()) {
      if (field->number != number) continue;
      if (field->type != WireType::LengthDelimited) reader.expect(*field, single);
      ++field_count;
      whole = field->bytes;
      if (field->type == single) {
        for (int i = 0; i < info(tensor_.type).bytes; ++i) {
          gathered.push_back(static_cast<uint8_t>(field->value >> (8 * i)));
        }
      } else if (field_count > 1) {
        fail("values in more than one packed field: not supported");
      }
    }
    if (gathered.empty()) return whole;
    if (gathered.size() / static_cast<size_t>(info(tensor_.type).bytes) != field_count) {
      fail("values both packed and single: not supported");
    }
    return keep(std::move(gathered));
  }

  std::span<const uint8_t> varint_values(uint32_t number) {
    // Every value takes a byte of the file or more, so this much is never more than 8 times it.
    const auto element_bytes = static_cast<size_t>(info(tensor_.type).bytes);
    if (byte_count_ / element_bytes > message_.size()) {
      fail(fmt::format("shape {}: more elements than the tensor has bytes",
                       shape_text(tensor_.shape)));
    }
    std::vector<uint8_t> values;
    values.reserve(static_cast<size_t>(byte_count_));
    WireReader reader{context_.input, message_};
    while (const auto field = reader.next_field()) {
      if (field->number != number) continue;
      if (field->type == WireType::Varint) {
        append(values, field->value);
        continue;
      }
      reader.expect(*field, WireType::LengthDelimited);
      WireReader packed{context_.input, field->bytes};
      while (const auto value = packed.next_varint()) append(values, *value);
    }
    return values.empty() ? std::span<const uint8_t>{} : keep(std::move(values));
  }

  void append(std::vector<uint8_t>& values, uint64_t value) {
    if (values.size() >= byte_count_) {
      fail(fmt::format("more values than shape {} has", shape_text(tensor_.shape)));
    }
    const int bytes = info(tensor_.type).bytes;
    if (!fits(value, bytes)) {
      fail(fmt::format("value {}: does not fit {}", static_cast<int64_t>(value),
                       name_of(tensor_.type)));
    }
    for (int i = 0; i < bytes; ++i) values.push_back(static_cast<uint8_t>(value >> (8 * i)));
  }

  // Signed types are stored sign-extended to 64 bits; bits of floats as unsigned numbers.
  [[nodiscard]] bool fits(uint64_t value, int bytes) const {
    if (bytes == sizeof(uint64_t)) return true;
    const int bits = 8 * bytes;
    const auto number = static_cast<int64_t>(value);
    const bool is_signed = tensor_.type == ElementType::I8 || tensor_.type == ElementType::I16 ||
                           tensor_.type == ElementType::I32;
    if (is_signed)
      return number >= -(int64_t{1} << (bits - 1)) && number < int64_t{1} << (bits - 1);
    if (tensor_.type == ElementType::Bool) return value <= 1;
    return value < uint64_t{1} << bits;
  }

  std::span<const uint8_t> keep(std::vector<uint8_t> values) {
    return context_.storage.unpacked.emplace_back(std::move(values));
  }

  std::span<const uint8_t> external_bytes() {
    const auto file = external_file().bytes();
    const uint64_t offset = number("offset", offset_).value_or(0);
    if (offset > file.size()) {
      fail(fmt::format("external data: offset {}: '{}' has {} bytes", offset, location_,
                       file.size()));
    }
    const uint64_t length = number("length", length_).value_or(file.size() - offset);
    if (length > file.size() - offset) {
      fail(fmt::format("external data: {} bytes at {}: '{}' has {} bytes", length, offset,
                       location_, file.size()));
    }
    return file.subspan(static_cast<size_t>(offset), static_cast<size_t>(length));
  }

  [[nodiscard]] std::optional<uint64_t> number(const char* key, std::string_view text) const {
    if (text.empty()) return std::nullopt;
    const auto value = parse_int(text);
    if (!value || *value < 0)
      fail(fmt::format("external data: {} = {}: must be a count", key, text));
    return static_cast<uint64_t>(*value);
  }

  // The bytes of a name in the model's folder and of nothing else: a path, or a link, could make
  // any file of this machine part of a model.
  const MappedFile& external_file() {
    const bool is_plain = !location_.empty() && location_ != "." && location_ != ".." &&
                          location_.find_first_of("/\\") == std::string_view::npos;
    if (!is_plain) {
      fail(fmt::format("external data: location '{}': must be a file beside the model", location_));
    }
    if (context_.folder.empty()) fail("external data: the model is no file with a folder");
    auto& file = context_.storage.external[std::string{location_}];
    if (file != nullptr) return *file;
    const auto path = context_.folder / location_;
    std::error_code error;
    if (std::filesystem::is_symlink(path, error)) {
      fail(fmt::format("external data: '{}': must be no link", location_));
    }
    file = std::make_shared<const MappedFile>(path);
    return *file;
  }

  OnnxTensorContext& context_;
  std::span<const uint8_t> message_;
  OnnxTensor tensor_;
  uint64_t data_type_ = 0;
  uint64_t byte_count_ = 0;
  std::optional<std::span<const uint8_t>> raw_;
  bool is_external_ = false;
  std::string_view location_;
  std::string_view offset_;
  std::string_view length_;
};

}  // namespace

OnnxTensor read_onnx_tensor(std::span<const uint8_t> message, OnnxTensorContext& context) {
  return TensorReader{message, context}.read();
}

std::optional<ElementType> element_type_of_onnx(uint64_t data_type) {
  const DataType* found = find_data_type(data_type);
  return found == nullptr ? std::nullopt : found->type;
}

std::string onnx_type_text(uint64_t data_type) {
  const DataType* found = find_data_type(data_type);
  return fmt::format("{} ({})", data_type, found == nullptr ? "unknown" : found->name);
}

std::vector<int64_t> integers_of(const OnnxTensor& tensor) {
  const ElementTypeInfo& type = info(tensor.type);
  OLV_CHECK(!type.is_float, "tensor '{}' holds {}", tensor.name, type.name);
  const bool is_signed = tensor.type == ElementType::I8 || tensor.type == ElementType::I16 ||
                         tensor.type == ElementType::I32 || tensor.type == ElementType::I64;
  const auto element_bytes = static_cast<size_t>(type.bytes);
  const int unused_bits = 64 - 8 * type.bytes;
  std::vector<int64_t> values;
  values.reserve(tensor.bytes.size() / element_bytes);
  for (size_t i = 0; i < tensor.bytes.size(); i += element_bytes) {
    uint64_t bits = 0;
    for (size_t b = 0; b < element_bytes; ++b) bits |= uint64_t{tensor.bytes[i + b]} << (8 * b);
    const auto aligned = static_cast<int64_t>(bits << unused_bits);
    values.push_back(is_signed ? aligned >> unused_bits : static_cast<int64_t>(bits));
  }
  return values;
}

}  // namespace olivine
