// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "models/checkpoint/element_type.h"

namespace olivine {

// Extents come from files, so their products are computed with a check. 1 for a scalar; nothing
// where an extent is negative or the product, taken from left to right, is beyond 63 bits.
[[nodiscard]] std::optional<int64_t> checked_element_count(std::span<const int64_t> shape);
// The same times the bytes of an element.
[[nodiscard]] std::optional<int64_t> checked_byte_count(ElementType type,
                                                        std::span<const int64_t> shape);

[[nodiscard]] std::string shape_text(std::span<const int64_t> shape);  // "[384, 1536]"

}  // namespace olivine
