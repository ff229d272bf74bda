// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/emulator/emulated_gemm.h"

#include "models/base/error.h"

namespace olivine {

EmulatorReport emulate_gemm(const GemmKernel& kernel, const GemmArgs& args,
                            const LaunchConfig& config, const EmulatorOptions& options) {
  if (config.blocks == 0) return {};
  switch (kernel.family) {
    case KernelFamily::Mma:
      return emulate_mma_gemm(kernel.index, args, config, options);
    case KernelFamily::Wgmma:
      return emulate_wgmma_gemm(kernel.index, args, config, options);
    case KernelFamily::SmallM:
      return emulate_small_m_gemm(kernel.index, args, config, options);
  }
  OLV_CHECK(false, "kernel family {}", static_cast<int>(kernel.family));
}

}  // namespace olivine
