// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>

#include "kernels/launch/gemm_args.h"
#include "kernels/launch/operand_layout.h"

namespace olivine {

// One kernel of the SmallM family. A block makes tile_n columns of C, all of them at a time; its
// warps share k: the block takes tile_k dense elements of it at a time, each warp a `warps`-th.
// Each thread has the weights of `stages` loads under way, each of 16 rows. m above 8 takes two
// tiles of mma's 8 columns, otherwise one.
struct SmallMConfig {
  WeightForm weights = WeightForm::Int8;
  ActivationForm activations = ActivationForm::Int8;
  int tile_n = 0;
  int tile_m = 0;
  int tile_k = 0;
  int stages = 0;
  int warps = 0;
  int min_blocks = 1;  // of a multiprocessor: what registers are bounded for
};

// Two blocks fit on a multiprocessor, so that one streams while the other begins or ends, and so
// that the next launch can begin before this one has ended. 8 warps with 128 bytes a thread under
// way (4 stages) are 32 KiB a block: HBM3 at 3.35 TB/s and some 700 ns wants 18 KB of each of 132
// multiprocessors. Tiles of 16 give 4,096 columns a block and more for each of them, those of 32
// load activations half as often.
inline constexpr std::array kSmallMConfigs = {
    SmallMConfig{WeightForm::Ovp4, ActivationForm::Int8, 32, 16, 1024, 4, 8, 2},
    SmallMConfig{WeightForm::Ovp4, ActivationForm::Int8, 16, 16, 1024, 4, 8, 2},
    SmallMConfig{WeightForm::Ovp4, ActivationForm::Ovp4, 32, 16, 1024, 4, 8, 2},
    SmallMConfig{WeightForm::Ovp4, ActivationForm::Int8Planes, 16, 16, 1024, 2, 8, 2},
    SmallMConfig{WeightForm::Ovp4Sparse, ActivationForm::Int8, 16, 16, 2048, 2, 8, 2},
    SmallMConfig{WeightForm::Int8, ActivationForm::Int8, 32, 16, 512, 4, 8, 2},
};

// Activations wait in shared memory, as much of k as fits into this for all columns.
inline constexpr int kSmallMActivationBytes = 64 * 1024;
inline constexpr int kSmallMColumns = 8;  // of mma's second operand

[[nodiscard]] constexpr int threads(const SmallMConfig& config) { return 32 * config.warps; }

// Sums of each warp, for all columns of the second operand.
[[nodiscard]] constexpr int reduction_bytes(const SmallMConfig& config) {
  return config.warps * config.tile_n * config.tile_m * plane_count(config.activations) * 4;
}
[[nodiscard]] constexpr int shared_bytes(const SmallMConfig& config) {
  return kSmallMActivationBytes + reduction_bytes(config);
}

// Blocks that fit on the device at once share the tiles as evenly as whole tiles allow: a block
// stages the activations once for all of its tiles.
[[nodiscard]] constexpr int64_t small_m_blocks(const SmallMConfig& config, int64_t n,
                                               int sm_count) {
  const int64_t tiles = (n + config.tile_n - 1) / config.tile_n;
  const int64_t resident = int64_t{config.min_blocks} * (sm_count > 0 ? sm_count : 1);
  const int64_t rounds = (tiles + resident - 1) / resident;
  return rounds == 0 ? 0 : (tiles + rounds - 1) / rounds;
}

}  // namespace olivine
