// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace olivine::fuzz {

// Files of a strict format are hard to reach from random bytes. So the input is read twice: as the
// file itself where its first byte is even, else as changes of a valid file: four bytes each, where
// (2 bytes, low first), how (1: exclusive or, 2: insert, 3: remove, 4: cut the file, others: set)
// and the value.
inline std::vector<uint8_t> file_of(std::span<const uint8_t> input, std::vector<uint8_t> valid) {
  if (input.empty()) return {};
  const std::span<const uint8_t> rest = input.subspan(1);
  if (input[0] % 2 == 0) return {rest.begin(), rest.end()};
  for (size_t i = 0; i + 4 <= rest.size() && !valid.empty(); i += 4) {
    const size_t at = (rest[i] | static_cast<size_t>(rest[i + 1]) << 8) % valid.size();
    const auto place = valid.begin() + static_cast<std::ptrdiff_t>(at);
    const unsigned how = rest[i + 2] % 16u;
    const uint8_t value = rest[i + 3];
    if (how == 1) {
      *place ^= value;
    } else if (how == 2) {
      valid.insert(place, value);
    } else if (how == 3) {
      valid.erase(place);
    } else if (how == 4) {
      valid.resize(at);
    } else {
      *place = value;
    }
  }
  return valid;
}

}  // namespace olivine::fuzz
