// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/element_type.h"

#include <array>

#include "models/base/error.h"

namespace olivine {
namespace {

// In the order of the enum, which info() relies on.
constexpr std::array kTypes = {ElementTypeInfo{ElementType::Bool, "BOOL", 1, false},
                               ElementTypeInfo{ElementType::U8, "U8", 1, false},
                               ElementTypeInfo{ElementType::I8, "I8", 1, false},
                               ElementTypeInfo{ElementType::F8E4M3, "F8_E4M3", 1, true},
                               ElementTypeInfo{ElementType::F8E5M2, "F8_E5M2", 1, true},
                               ElementTypeInfo{ElementType::U16, "U16", 2, false},
                               ElementTypeInfo{ElementType::I16, "I16", 2, false},
                               ElementTypeInfo{ElementType::F16, "F16", 2, true},
                               ElementTypeInfo{ElementType::Bf16, "BF16", 2, true},
                               ElementTypeInfo{ElementType::U32, "U32", 4, false},
                               ElementTypeInfo{ElementType::I32, "I32", 4, false},
                               ElementTypeInfo{ElementType::F32, "F32", 4, true},
                               ElementTypeInfo{ElementType::U64, "U64", 8, false},
                               ElementTypeInfo{ElementType::I64, "I64", 8, false},
                               ElementTypeInfo{ElementType::F64, "F64", 8, true}};

constexpr bool is_in_order() {
  for (size_t i = 0; i < kTypes.size(); ++i) {
    if (static_cast<size_t>(kTypes[i].type) != i) return false;
  }
  return true;
}
static_assert(is_in_order());

}  // namespace

const ElementTypeInfo& info(ElementType type) {
  const auto index = static_cast<size_t>(type);
  OLV_CHECK(index < kTypes.size(), "element type {}", index);
  return kTypes[index];
}

std::span<const ElementTypeInfo> all_element_types() { return kTypes; }

std::optional<ElementType> parse_element_type(std::string_view name) {
  for (const ElementTypeInfo& type : kTypes) {
    if (type.name == name) return type.type;
  }
  return std::nullopt;
}

}  // namespace olivine
