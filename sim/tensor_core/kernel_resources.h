// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>

#include "models/numerics/format.h"

namespace olivine {

enum class DecodePlace : uint8_t;
struct GemmKernel;
struct GpuMachine;

// One operand of a CTA tile: `rows` rows of tile_k dense elements a stage.
struct TileOperand {
  Format stored = Format::Int8;  // in global and shared memory; after a pre-pass: decoded
  Pattern pattern = Pattern::Dense;
  DecodePlace decode{};
  int64_t rows = 0;  // tile_m of the first operand, tile_n of the second
};

// The first operand (A of the instruction) and the second. Weights are the first where `swapped`.
struct TileOperands {
  TileOperand first;
  TileOperand second;
};
[[nodiscard]] TileOperands tile_operands(const GemmKernel& kernel, const Scheme& scheme);

// How math warps share a CTA tile. mma: the grid whose warp tiles have the smallest sum of sides,
// so that they read least from shared memory. wgmma: warpgroups of 64 x warpgroups rows, four warps
// along m each. Nothing where no grid cuts the tile into whole instructions.
struct WarpGrid {
  int64_t m = 1;
  int64_t n = 1;

  bool operator==(const WarpGrid&) const = default;
};
[[nodiscard]] std::optional<WarpGrid> warp_grid(const GemmKernel& kernel);

// Shared memory of a CTA in bytes; all contracts: warp_grid() has a value.
struct SharedMemoryUse {
  int64_t stage = 0;     // both tiles as stored, with 2:4 metadata
  int64_t decoded = 0;   // what wgmma reads after a decode in the mainloop: two buffers
  int64_t epilogue = 0;  // strips of outputs on their way to whole rows

  // Persistent kernels keep the epilogue beside the next tile's stages; others reuse theirs.
  [[nodiscard]] int64_t total(const GemmKernel& kernel) const;
};
[[nodiscard]] SharedMemoryUse shared_memory_use(const GemmKernel& kernel, const Scheme& scheme);

// Shared memory is allocated in these units: cuda_occupancy.h, compute capabilities 8 and 9 (7.5:
// 256 bytes, which changes no kernel whose tiles are multiples of 256 bytes).
inline constexpr int64_t kSharedUnitBytes = 128;

// Registers that `setmaxnreg` leaves a thread of a producer warpgroup (PTX ISA: 24 .. 256 in steps
// of 8; CUTLASS's cooperative kernels use 40).
inline constexpr int64_t kProducerRegisters = 40;
inline constexpr int64_t kMaxRegisters = 255;  // of a thread; CUDA Programming Guide, compute
                                               // capabilities 7.5 to 9.0

// Registers of a thread of a math warp, 32 bits each:
//   accumulators  tile_m x tile_n / threads
//   fragments     of one k step, both operands (wgmma: the first, if from registers), twice (the
//                 next step's are loaded ahead) or, where that exceeds kMaxRegisters, once
//   codes         of fragments that are decoded in the mainloop, as stored
//   loads         a stage on its way through registers (LoadPath::Registers)
//   40            addresses, predicates, loop counters
// May exceed kMaxRegisters: the kernel would spill.
[[nodiscard]] int64_t math_registers(const GemmKernel& kernel, const Scheme& scheme);

// Registers of a thread at launch. With producer warpgroups of wgmma, setmaxnreg moves registers
// from producers to math warps, and a launch needs only the mean.
[[nodiscard]] int64_t launch_registers(const GemmKernel& kernel, const Scheme& scheme);

// Warps of so many registers a thread that an SM holds: whole ones in each sub-core.
[[nodiscard]] int64_t resident_warps(const GpuMachine& machine, int64_t registers_per_thread);

}  // namespace olivine
