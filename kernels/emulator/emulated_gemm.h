// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include "kernels/emulator/emulator.h"
#include "kernels/launch/gemm_args.h"
#include "kernels/launch/gemm_kernels.h"
#include "kernels/launch/launch_config.h"

namespace olivine {

// Runs the text of `kernel` on the CPU; pointers in `args` are host addresses. Nothing is run for
// no blocks. Contract: can_implement(kernel, args, device), config = make_launch_config(kernel,
// args, device). Throws EmulatorError.
EmulatorReport emulate_gemm(const GemmKernel& kernel, const GemmArgs& args,
                            const LaunchConfig& config, const EmulatorOptions& options);

// Of one family, which emulate_gemm() calls; `index` is GemmKernel::index. Contract: also
// blocks > 0.
EmulatorReport emulate_mma_gemm(int index, const GemmArgs& args, const LaunchConfig& config,
                                const EmulatorOptions& options);
EmulatorReport emulate_wgmma_gemm(int index, const GemmArgs& args, const LaunchConfig& config,
                                  const EmulatorOptions& options);
EmulatorReport emulate_small_m_gemm(int index, const GemmArgs& args, const LaunchConfig& config,
                                    const EmulatorOptions& options);

}  // namespace olivine
