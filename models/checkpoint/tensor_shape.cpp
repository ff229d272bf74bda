// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/tensor_shape.h"

#include <fmt/format.h>

namespace olivine {

std::optional<int64_t> checked_element_count(std::span<const int64_t> shape) {
  int64_t count = 1;
  for (const int64_t extent : shape) {
    if (extent < 0 || __builtin_mul_overflow(count, extent, &count)) return std::nullopt;
  }
  return count;
}

std::optional<int64_t> checked_byte_count(ElementType type, std::span<const int64_t> shape) {
  const auto elements = checked_element_count(shape);
  int64_t bytes = 0;
  if (!elements || __builtin_mul_overflow(*elements, int64_t{info(type).bytes}, &bytes)) {
    return std::nullopt;
  }
  return bytes;
}

std::string shape_text(std::span<const int64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

}  // namespace olivine
