// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "models/analytic/layer_timing.h"
#include "sim/platform/job.h"

namespace olivine {

struct PlatformMemory;

// Sums of bytes of layers that no memory could hold stay at the largest number.
[[nodiscard]] inline uint64_t saturating_add(uint64_t a, uint64_t b) {
  uint64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<uint64_t>::max() : sum;
}
[[nodiscard]] inline uint64_t saturating_mul(uint64_t a, uint64_t b) {
  uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? std::numeric_limits<uint64_t>::max() : product;
}

// Bytes that operands take in one memory.
struct MemoryUse {
  uint64_t operand_bytes = 0;  // activations, weights, outputs
  uint64_t psum_bytes = 0;     // scratch space of layers that spill
};

// Gives the operands of one phase their ranges, upwards from the base of each memory. Jobs that
// read the same part of an operand, in tiles of the same extents, from the same memory share it.
class OperandPlacer {
 public:
  // `memory_of_accelerator`: index of the memory that each uses. Contract: both outlive the placer.
  OperandPlacer(const std::vector<PlatformMemory>& memories,
                const std::vector<size_t>& memory_of_accelerator);

  // Sets job.placement. `has_own_weights`: weights are not those of the layer's other inputs.
  // Contract: an array layer.
  void place(Job& job, bool has_own_weights);

  // By memory.
  [[nodiscard]] const std::vector<MemoryUse>& use() const { return use_; }

 private:
  // Operand, memory, layer, input; first and length of batch and rows; tile of rows and columns.
  using Key = std::tuple<Operand, size_t, size_t, std::optional<int64_t>, std::array<int64_t, 6>>;

  uint64_t allocate(size_t memory, uint64_t bytes);
  uint64_t shared(const Key& key, uint64_t bytes);

  const std::vector<size_t>& memory_of_accelerator_;
  std::vector<uint64_t> next_;  // free address, by memory
  std::vector<MemoryUse> use_;
  std::map<Key, uint64_t> placed_;
};

}  // namespace olivine
