// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace olivine {

// What files of tensors store. Names are those of safetensors; ONNX and NumPy types are mapped to
// them by their readers.
enum class ElementType : uint8_t {
  Bool,
  U8,
  I8,
  F8E4M3,
  F8E5M2,
  U16,
  I16,
  F16,
  Bf16,
  U32,
  I32,
  F32,
  U64,
  I64,
  F64
};

struct ElementTypeInfo {
  ElementType type;
  std::string_view name;  // of safetensors: "BOOL", "F8_E4M3", "BF16"
  int bytes;              // of one element
  bool is_float;          // converts to float32: F64 rounded, the others exactly
};

[[nodiscard]] const ElementTypeInfo& info(ElementType type);
[[nodiscard]] inline std::string_view name_of(ElementType type) { return info(type).name; }
[[nodiscard]] std::span<const ElementTypeInfo> all_element_types();
[[nodiscard]] std::optional<ElementType> parse_element_type(std::string_view name);

}  // namespace olivine
