// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "models/base/error.h"

namespace olivine {

// The bytes at [offset, offset + length); nothing where they are not all there. Both numbers may
// come from a file.
[[nodiscard]] inline std::optional<std::span<const uint8_t>> range_of(
    std::span<const uint8_t> bytes, uint64_t offset, uint64_t length) {
  if (offset > bytes.size() || length > bytes.size() - offset) return std::nullopt;
  return bytes.subspan(static_cast<size_t>(offset), static_cast<size_t>(length));
}

// Contract: byte_count is at most 8, and the bytes are there.
[[nodiscard]] inline uint64_t little_endian(std::span<const uint8_t> bytes, size_t offset,
                                            size_t byte_count) {
  OLV_CHECK(byte_count <= 8 && offset <= bytes.size() && byte_count <= bytes.size() - offset,
            "{} bytes at {} of {}", byte_count, offset, bytes.size());
  uint64_t value = 0;
  for (size_t i = 0; i < byte_count; ++i) value |= uint64_t{bytes[offset + i]} << (8 * i);
  return value;
}

}  // namespace olivine
