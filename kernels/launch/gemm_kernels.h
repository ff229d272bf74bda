// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "kernels/launch/gemm_args.h"
#include "kernels/launch/launch_config.h"
#include "kernels/launch/status.h"

namespace olivine {

// The families of GEMM kernels. In all of them the first operand of the instruction holds weights
// and the second activations, so that a tile is tile_n rows of weights by tile_m rows of
// activations (as in models/numerics/mma_fragments.h).
//   Mma     mma.sync m16n8k32 or mma.sp m16n8k64 from cp.async stages, sm_80 on
//   Wgmma   wgmma m64nNk32 or sparse m64nNk64 from TMA stages, warp specialized, sm_90a
//   SmallM  m of 1..16: weights straight from global memory into fragments, sm_80 on
enum class KernelFamily : uint8_t { Mma, Wgmma, SmallM };

// One compiled kernel. Its launch arithmetic needs no GPU.
struct GemmKernel {
  std::string_view name;  // "gemm_ovp4_s8_n128m128k64_sm80": operands, tile, architecture
  KernelFamily family = KernelFamily::Mma;
  int index = 0;  // in its family's table (mma_configs.h, wgmma_configs.h, ...)
  WeightForm weights = WeightForm::Int8;
  ActivationForm activations = ActivationForm::Int8;
  int tile_n = 0;
  int tile_m = 0;
  int tile_k = 0;  // dense elements of one stage
  int stages = 0;
  int threads = 0;
  int shared_bytes = 0;
  int cluster = 1;
  int min_capability = 80;  // Wgmma runs on 90 alone: sm_90a code is not forward compatible
};

// Every kernel, in the order in which they are documented.
[[nodiscard]] std::span<const GemmKernel> gemm_kernels();
// nullptr where there is none of that name.
[[nodiscard]] const GemmKernel* find_gemm_kernel(std::string_view name);

// Whether `kernel` can run `args` on such a device: the reason names operand, value and what is
// legal. Extents may be 0 (then nothing is launched).
[[nodiscard]] Status can_implement(const GemmKernel& kernel, const GemmArgs& args,
                                   const DeviceLimits& device);

// Contract: can_implement(...).
[[nodiscard]] LaunchConfig make_launch_config(const GemmKernel& kernel, const GemmArgs& args,
                                              const DeviceLimits& device);

}  // namespace olivine
