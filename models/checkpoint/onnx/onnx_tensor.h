// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/checkpoint/element_type.h"

namespace olivine {

class MappedFile;
class WireReader;
struct WireField;
struct WireInput;

inline constexpr size_t kMaxOnnxRank = 16;

// A TensorProto. `name` and `bytes` point into the file, or into what an OnnxStorage keeps.
struct OnnxTensor {
  std::string_view name;
  ElementType type = ElementType::F32;
  std::vector<int64_t> shape;      // empty: a scalar
  std::span<const uint8_t> bytes;  // row-major, little-endian, as many as type and shape say
};

// Keeps what tensors point to: the model's file, files of external data, and values that were not
// stored as they lie in memory (varints).
struct OnnxStorage {
  std::shared_ptr<const MappedFile> model;  // null where the bytes are the caller's
  std::map<std::string, std::shared_ptr<const MappedFile>> external;
  std::deque<std::vector<uint8_t>> unpacked;
};

// Where a tensor is read from.
struct OnnxTensorContext {
  const WireInput& input;
  OnnxStorage& storage;
  std::filesystem::path folder;  // of external data; empty: refused
};

// Reads a TensorProto. Values stay where they are if they lie there as in memory: raw_data,
// float_data, double_data, and external data, whose file must be a regular one (no link) in the
// model's own folder. Others (int32_data, int64_data, uint64_data) are unpacked into the storage.
// Untrusted input. Throws ConfigError: malformed, a type without ElementType (strings, complex
// numbers, 4 bits), values that do not match the shape, external data that cannot be had.
[[nodiscard]] OnnxTensor read_onnx_tensor(std::span<const uint8_t> message,
                                          OnnxTensorContext& context);

// The element type of a TensorProto.DataType, or nothing.
[[nodiscard]] std::optional<ElementType> element_type_of_onnx(uint64_t data_type);
// "8 (STRING)".
[[nodiscard]] std::string onnx_type_text(uint64_t data_type);

// A field that holds text. Throws ConfigError: no UTF-8, control characters, longer than 1024
// bytes; such names would end up in tables and JSON.
[[nodiscard]] std::string_view read_onnx_text(const WireReader& reader, const WireField& field);

// The content of an integer or Boolean tensor. Contract: no float type.
[[nodiscard]] std::vector<int64_t> integers_of(const OnnxTensor& tensor);

}  // namespace olivine
