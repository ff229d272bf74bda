// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>

namespace olivine::sweep {

// A seeded permutation of 0 .. count - 1 that is computed, not stored: a balanced Feistel network
// over the next even number of bits; results that are too large go through it again (cycle walking;
// Black, Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002), fewer than four times on
// average. The same on every platform. Not for cryptography.
class RandomOrder {
 public:
  // Contract: count is at most 2^62.
  RandomOrder(uint64_t count, uint64_t seed);

  [[nodiscard]] uint64_t count() const { return count_; }
  // Contract: place < count().
  [[nodiscard]] uint64_t at(uint64_t place) const;

 private:
  [[nodiscard]] uint64_t encrypt(uint64_t value) const;

  uint64_t count_;
  int half_bits_;
  std::array<uint64_t, 8> keys_{};  // by round
};

}  // namespace olivine::sweep
