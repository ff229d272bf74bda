// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/partition_placement.h"

#include "sim/platform/platform_config.h"
#include "sim/systolic/placement.h"

namespace olivine {

OperandPlacer::OperandPlacer(const std::vector<PlatformMemory>& memories,
                             const std::vector<size_t>& memory_of_accelerator)
    : memory_of_accelerator_(memory_of_accelerator), use_(memories.size()) {
  for (const PlatformMemory& memory : memories) {
    next_.push_back(static_cast<uint64_t>(memory.base));
  }
}

void OperandPlacer::place(Job& job, bool has_own_weights) {
  const Tiling& tiling = job.plan.tiling;
  const LayerFootprint footprint = OperandLayout{job.plan.work, tiling}.footprint();
  const size_t memory = memory_of_accelerator_[job.accelerator];
  const Span& batch = job.slice.batch;
  const auto key = [&](Operand operand, std::optional<int64_t> input, const Span& rows,
                       Dim row_dim) {
    return Key{operand,
               memory,
               job.layer,
               input,
               {batch.begin, batch.length, rows.begin, rows.length, tiling.at(row_dim),
                tiling.at(Dim::K)}};
  };
  const std::optional<int64_t> weight_input =
      has_own_weights ? std::optional{job.input} : std::nullopt;
  job.placement.activations =
      shared(key(Operand::Activations, job.input, job.slice.m, Dim::M), footprint.activations);
  job.placement.weights =
      shared(key(Operand::Weights, weight_input, job.slice.n, Dim::N), footprint.weights);
  job.placement.outputs = allocate(memory, footprint.outputs);
  use_[memory].operand_bytes = saturating_add(use_[memory].operand_bytes, footprint.outputs);
  job.placement.psums = allocate(memory, footprint.psums);
  use_[memory].psum_bytes = saturating_add(use_[memory].psum_bytes, footprint.psums);
}

uint64_t OperandPlacer::allocate(size_t memory, uint64_t bytes) {
  const uint64_t address = next_[memory];
  // Tiles, and so footprints, are multiples of the alignment.
  next_[memory] = saturating_add(address, bytes);
  return address;
}

uint64_t OperandPlacer::shared(const Key& key, uint64_t bytes) {
  const auto [place, is_new] = placed_.try_emplace(key, 0);
  if (is_new) {
    const size_t memory = std::get<1>(key);
    place->second = allocate(memory, bytes);
    use_[memory].operand_bytes = saturating_add(use_[memory].operand_bytes, bytes);
  }
  return place->second;
}

}  // namespace olivine
