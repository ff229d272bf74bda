// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/gemm/launch_gemm.h"

namespace olivine {

void launch_gemm(const GemmKernel& kernel, const GemmArgs& args, const LaunchConfig& config,
                 StreamHandle stream) {
  if (config.blocks == 0) return;
  switch (kernel.family) {
    case KernelFamily::Mma:
      launch_mma_gemm(kernel.index, args, config, stream);
      break;
    case KernelFamily::Wgmma:
      launch_wgmma_gemm(kernel.index, args, config, stream);
      break;
    case KernelFamily::SmallM:
      launch_small_m_gemm(kernel.index, args, config, stream);
      break;
  }
}

}  // namespace olivine
