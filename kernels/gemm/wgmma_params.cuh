// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/epilogue.cuh"
#include "kernels/launch/gemm_args.h"
#include "kernels/launch/operand_layout.h"
#include "kernels/launch/tensor_map.h"
#include "kernels/launch/wgmma_configs.h"

namespace olivine {

inline constexpr int kMaxPlanes = 2;

// What a kernel of the Hopper family takes, by value.
struct WgmmaParams {
  TensorMap weights;
  TensorMap activations[kMaxPlanes];
  const uint32_t* metadata;
  int metadata_slabs;
  int metadata_steps;
  int k_steps;  // stages that k takes
  int64_t cluster_tiles_n;
  int64_t tiles_m;
  device::EpilogueParams epilogue;
};

// `encode` makes a TensorMap from a TensorMapSpec: the driver's or the emulator's. No map is made
// of operands without bytes.
// Contract: can_implement(), m and n are not 0.
template <class Encode>
WgmmaParams wgmma_params(const WgmmaConfig& config, const GemmArgs& args, const Encode& encode) {
  WgmmaParams params{};
  params.metadata = args.metadata;
  params.metadata_slabs = static_cast<int>((args.n + kMetadataSlabRows - 1) / kMetadataSlabRows);
  params.metadata_steps = static_cast<int>(metadata_steps(args.k));
  params.k_steps = static_cast<int>((args.k + config.tile_k - 1) / config.tile_k);
  params.cluster_tiles_n = cluster_tiles_n(config, args.n);
  params.tiles_m = tiles_m(config, args.m);
  params.epilogue = device::epilogue_params(args);
  if (args.k == 0) return params;

  params.weights = encode(TensorMapSpec{args.weights, weight_row_bytes(config.weights, args.k),
                                        args.n, args.weight_stride, weight_span(config),
                                        config.tile_n, weight_swizzle(config)});
  for (int plane = 0; plane < plane_count(config.activations); ++plane) {
    const void* base = static_cast<const std::byte*>(args.activations) + plane * args.plane_stride;
    params.activations[plane] =
        encode(TensorMapSpec{base, args.k, args.m, args.activation_stride, kActivationSpan,
                             config.tile_m / config.cluster, Swizzle::Bytes128});
  }
  return params;
}

}  // namespace olivine
