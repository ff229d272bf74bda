// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>

#include "kernels/launch/gemm_args.h"
#include "kernels/launch/operand_layout.h"

namespace olivine {

// One kernel of the Mma family. A block of warps_n * warps_m warps makes tile_n x tile_m of C, a
// warp tile_n / warps_n x tile_m / warps_m of it. `stages` tiles of tile_k dense elements are under
// way at once.
struct MmaConfig {
  WeightForm weights = WeightForm::Int8;
  ActivationForm activations = ActivationForm::Int8;
  int tile_n = 0;
  int tile_m = 0;
  int tile_k = 0;
  int stages = 0;
  int warps_n = 0;
  int warps_m = 0;
  int min_blocks = 1;  // of a multiprocessor: what registers are bounded for
};

// Warps make 64 x 64 where the tile allows it: at m16n8k32's rate on sm_80 (2,048 multiplications a
// cycle and multiprocessor) their fragment loads then take half of shared memory's 128 bytes a
// cycle. The OVP kernels decode a tile once a block. Weights for 256 rows of activations must come
// at 2,048 / 256 = 8 elements a cycle; 25 instructions for 8 elements (ovp_decode.cuh) on 64 lanes
// make some 20.
inline constexpr std::array kMmaConfigs = {
    MmaConfig{WeightForm::Int8, ActivationForm::Int8, 256, 128, 64, 6, 4, 2, 1},
    MmaConfig{WeightForm::Int8, ActivationForm::Int8, 128, 128, 64, 4, 2, 2, 2},
    MmaConfig{WeightForm::Int8, ActivationForm::Int8, 64, 64, 128, 3, 2, 2, 3},
    MmaConfig{WeightForm::Int8, ActivationForm::Int8Planes, 256, 128, 64, 6, 4, 2, 1},
    MmaConfig{WeightForm::Int8, ActivationForm::Int8Planes, 64, 64, 128, 3, 2, 2, 3},
    MmaConfig{WeightForm::Int8Sparse, ActivationForm::Int8, 256, 128, 128, 4, 4, 2, 1},
    MmaConfig{WeightForm::Int8Sparse, ActivationForm::Int8, 128, 128, 128, 3, 2, 2, 2},
    MmaConfig{WeightForm::Int8Sparse, ActivationForm::Int8, 64, 64, 128, 4, 2, 2, 3},
    MmaConfig{WeightForm::Ovp4, ActivationForm::Ovp4, 256, 128, 64, 5, 4, 2, 1},
    MmaConfig{WeightForm::Ovp4, ActivationForm::Int8, 128, 256, 64, 6, 2, 4, 1},
    MmaConfig{WeightForm::Ovp4, ActivationForm::Int8, 128, 64, 64, 6, 2, 2, 2},
    MmaConfig{WeightForm::Ovp4, ActivationForm::Ovp8, 128, 128, 64, 4, 2, 2, 2},
    MmaConfig{WeightForm::Ovp4Sparse, ActivationForm::Ovp4, 256, 128, 128, 4, 4, 2, 1},
    MmaConfig{WeightForm::Ovp4Sparse, ActivationForm::Int8, 128, 256, 128, 3, 2, 4, 1},
    MmaConfig{WeightForm::Ovp4Sparse, ActivationForm::Int8, 128, 64, 128, 4, 2, 2, 2},
};

[[nodiscard]] constexpr int threads(const MmaConfig& config) {
  return 32 * config.warps_n * config.warps_m;
}

// Whether an operand is decoded into int8 on its way from the stages to the fragments.
[[nodiscard]] constexpr bool decodes_weights(const MmaConfig& config) {
  return is_ovp(config.weights);
}
[[nodiscard]] constexpr bool decodes_activations(const MmaConfig& config) {
  return config.activations == ActivationForm::Ovp4 || config.activations == ActivationForm::Ovp8;
}

// Bytes of one row of a tile as multiplied (int8) and as copied.
[[nodiscard]] constexpr int weight_fragment_bytes(const MmaConfig& config) {
  return is_sparse(config.weights) ? config.tile_k / 2 : config.tile_k;
}
[[nodiscard]] constexpr int activation_fragment_bytes(const MmaConfig& config) {
  return config.tile_k;
}
[[nodiscard]] constexpr int weight_copy_bytes(const MmaConfig& config) {
  return weight_fragment_bytes(config) / (is_ovp(config.weights) ? 2 : 1);
}
[[nodiscard]] constexpr int activation_copy_bytes(const MmaConfig& config) {
  return activation_fragment_bytes(config) / (config.activations == ActivationForm::Ovp4 ? 2 : 1);
}
[[nodiscard]] constexpr int metadata_copy_bytes(const MmaConfig& config) {
  if (!is_sparse(config.weights)) return 0;
  constexpr int kStepBytes = kMetadataSlabWords * 4;
  return config.tile_n / kMetadataSlabRows * (config.tile_k / kMetadataStepElements) * kStepBytes;
}

// Shared memory: the stages (weights, activations, metadata each), then two decoded tiles (weights,
// activations each), of operands that are decoded.
[[nodiscard]] constexpr int stage_bytes(const MmaConfig& config) {
  return config.tile_n * weight_copy_bytes(config) + config.tile_m * activation_copy_bytes(config) +
         metadata_copy_bytes(config);
}
[[nodiscard]] constexpr int decoded_weight_bytes(const MmaConfig& config) {
  return decodes_weights(config) ? config.tile_n * weight_fragment_bytes(config) : 0;
}
[[nodiscard]] constexpr int decoded_activation_bytes(const MmaConfig& config) {
  return decodes_activations(config) ? config.tile_m * activation_fragment_bytes(config) : 0;
}
[[nodiscard]] constexpr int shared_bytes(const MmaConfig& config) {
  return config.stages * stage_bytes(config) +
         2 * (decoded_weight_bytes(config) + decoded_activation_bytes(config));
}

}  // namespace olivine
