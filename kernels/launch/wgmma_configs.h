// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>

#include "kernels/launch/gemm_args.h"
#include "kernels/launch/operand_layout.h"
#include "kernels/launch/tensor_map.h"

namespace olivine {

// The Hopper family: persistent blocks of one producer warpgroup, of which one thread starts TMA
// copies, and a consumer warpgroup for every 64 rows of weights, the m64 of wgmma. Neighbours in a
// cluster take neighbouring tiles along n and share the tile of activations: each brings a part of
// it to all.
//
// Why these tiles. wgmma m64nNk32 reads (64 + N) * 32 bytes of shared memory at 128 a cycle and
// computes for N / 2 cycles, TMA writes each tile once: with 2 x 64 weights by 256 activations both
// take as long, with anything smaller shared memory takes longer. It is also what the registers of
// two warpgroups hold as sums. A cluster of 2 then asks L2 for 32 KiB in the 1,024 cycles of a
// stage, near what an SM gets (data of Luo et al., arXiv 2501.12084: 34 bytes a cycle); without it,
// for 48. Smaller tiles are for few activations: more of them for the SMs, and the smallest with
// several blocks on each, so that one computes while another stores.
struct WgmmaConfig {
  WeightForm weights = WeightForm::Int8;
  ActivationForm activations = ActivationForm::Int8;
  int tile_n = 0;
  int tile_m = 0;  // N of the instruction
  int tile_k = 0;  // dense elements of one stage: one span of 128 bytes of activations
  int stages = 0;
  int cluster = 1;
  int blocks_per_sm = 1;
};

inline constexpr std::array kWgmmaConfigs = {
    WgmmaConfig{WeightForm::Int8, ActivationForm::Int8, 128, 256, 128, 4, 2, 1},
    WgmmaConfig{WeightForm::Int8, ActivationForm::Int8, 128, 128, 128, 6, 2, 1},
    WgmmaConfig{WeightForm::Int8, ActivationForm::Int8, 64, 64, 128, 4, 1, 3},
    WgmmaConfig{WeightForm::Int8, ActivationForm::Int8Planes, 128, 256, 128, 4, 2, 1},
    WgmmaConfig{WeightForm::Int8Sparse, ActivationForm::Int8, 128, 256, 128, 5, 2, 1},
    WgmmaConfig{WeightForm::Int8Sparse, ActivationForm::Int8, 128, 128, 128, 7, 2, 1},
    WgmmaConfig{WeightForm::Ovp4, ActivationForm::Int8, 128, 256, 128, 5, 2, 1},
    WgmmaConfig{WeightForm::Ovp4, ActivationForm::Int8, 128, 128, 128, 7, 2, 1},
    WgmmaConfig{WeightForm::Ovp4Sparse, ActivationForm::Int8, 128, 256, 128, 5, 2, 1},
};

inline constexpr int kWarpgroupThreads = 128;
inline constexpr int kWarpgroupRows = 64;  // of weights: m64
inline constexpr int kActivationSpan = 128;
inline constexpr int kBarrierBytes = 8;

[[nodiscard]] constexpr int consumer_count(const WgmmaConfig& config) {
  return config.tile_n / kWarpgroupRows;
}
[[nodiscard]] constexpr int threads(const WgmmaConfig& config) {
  return kWarpgroupThreads * (1 + consumer_count(config));
}

// --- a stage in shared memory: weights, activations, metadata ------------------------------------
// Stored bytes of a row of weights in one stage; the row is one span of the swizzle.
[[nodiscard]] constexpr int weight_span(const WgmmaConfig& config) {
  switch (config.weights) {
    case WeightForm::Int8:
      return config.tile_k;
    case WeightForm::Int8Sparse:
    case WeightForm::Ovp4:
      return config.tile_k / 2;
    case WeightForm::Ovp4Sparse:
      return config.tile_k / 4;
  }
  return 0;
}
[[nodiscard]] constexpr Swizzle weight_swizzle(const WgmmaConfig& config) {
  const int span = weight_span(config);
  return span == 128 ? Swizzle::Bytes128 : span == 64 ? Swizzle::Bytes64 : Swizzle::Bytes32;
}
[[nodiscard]] constexpr int weight_tile_bytes(const WgmmaConfig& config) {
  return config.tile_n * weight_span(config);
}
[[nodiscard]] constexpr int activation_tile_bytes(const WgmmaConfig& config) {
  return config.tile_m * kActivationSpan;
}
// Of 64 rows.
[[nodiscard]] constexpr int metadata_slab_bytes(const WgmmaConfig& config) {
  return is_sparse(config.weights) ? config.tile_k / kMetadataStepElements * kMetadataSlabWords * 4
                                   : 0;
}
[[nodiscard]] constexpr int stage_bytes(const WgmmaConfig& config) {
  return weight_tile_bytes(config) + activation_tile_bytes(config) +
         consumer_count(config) * metadata_slab_bytes(config);
}

// --- results on their way out -------------------------------------------------------------------
// Each consumer turns 64 columns of C around in two buffers: as many rows at a time as give every
// thread 16 bytes.
inline constexpr int kStagingPadBytes = 16;
[[nodiscard]] constexpr int staging_rows(OutputForm output) {
  return kWarpgroupThreads * 16 / (kWarpgroupRows * output_bytes(output));
}
// Between rows; the four rows that a warp writes at once fall into different banks.
[[nodiscard]] constexpr int staging_pitch(OutputForm output) {
  return kWarpgroupRows * output_bytes(output) + kStagingPadBytes;
}
inline constexpr int kStagingBytes =
    staging_rows(OutputForm::Int8) * staging_pitch(OutputForm::Int8);  // the largest

[[nodiscard]] constexpr int staging_offset(const WgmmaConfig& config) {
  return config.stages * stage_bytes(config);
}
[[nodiscard]] constexpr int barrier_offset(const WgmmaConfig& config) {
  return staging_offset(config) + consumer_count(config) * 2 * kStagingBytes;
}
// A full and an empty barrier for each stage.
[[nodiscard]] constexpr int shared_bytes(const WgmmaConfig& config) {
  return barrier_offset(config) + 2 * config.stages * kBarrierBytes;
}

// --- registers: what the producer gives back goes to the consumers (setmaxnreg, multiples of 8) --
inline constexpr int kSmRegisters = 65536;
inline constexpr int kProducerRegisters = 40;

[[nodiscard]] constexpr int launch_registers(const WgmmaConfig& config) {
  return kSmRegisters / (threads(config) * config.blocks_per_sm) / 8 * 8;
}
[[nodiscard]] constexpr int consumer_registers(const WgmmaConfig& config) {
  const int left =
      launch_registers(config) * threads(config) - kProducerRegisters * kWarpgroupThreads;
  return left / (consumer_count(config) * kWarpgroupThreads) / 8 * 8;
}

// --- tiles ---------------------------------------------------------------------------------------
// A cluster takes `cluster` neighbours along n, also where the last ones have no rows left.
[[nodiscard]] constexpr int64_t cluster_tiles_n(const WgmmaConfig& config, int64_t n) {
  const int64_t rows = int64_t{config.tile_n} * config.cluster;
  return (n + rows - 1) / rows;
}
[[nodiscard]] constexpr int64_t tiles_m(const WgmmaConfig& config, int64_t m) {
  return (m + config.tile_m - 1) / config.tile_m;
}
// As many as are resident at once, or as have a tile.
[[nodiscard]] constexpr int64_t persistent_blocks(const WgmmaConfig& config, int64_t m, int64_t n,
                                                  int sm_count) {
  const int64_t resident = int64_t{sm_count} * config.blocks_per_sm / config.cluster;
  const int64_t tiles = cluster_tiles_n(config, n) * tiles_m(config, m);
  return (tiles < resident ? tiles : resident) * config.cluster;
}

}  // namespace olivine
