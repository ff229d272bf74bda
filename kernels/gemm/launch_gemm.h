// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include "kernels/launch/gemm_args.h"
#include "kernels/launch/gemm_kernels.h"
#include "kernels/launch/launch_config.h"
#include "kernels/runtime/device.h"

namespace olivine {

// Starts `kernel` on a GPU; returns without waiting for it. Nothing is launched for no blocks.
// Contract: can_implement(kernel, args, device), config = make_launch_config(kernel, args, device).
// Throws CudaError.
void launch_gemm(const GemmKernel& kernel, const GemmArgs& args, const LaunchConfig& config,
                 StreamHandle stream);

// Of one family, which launch_gemm() calls; `index` is GemmKernel::index. Contract: also blocks >
// 0.
void launch_mma_gemm(int index, const GemmArgs& args, const LaunchConfig& config,
                     StreamHandle stream);
void launch_wgmma_gemm(int index, const GemmArgs& args, const LaunchConfig& config,
                       StreamHandle stream);
void launch_small_m_gemm(int index, const GemmArgs& args, const LaunchConfig& config,
                         StreamHandle stream);

}  // namespace olivine
