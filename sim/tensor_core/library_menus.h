// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <vector>

#include "sim/tensor_core/gemm_model.h"

namespace olivine {

// Kernels of libraries that measurements are published of; only those the machine can run. A menu
// without kernels has the reason (KernelMenu::refusal).
//   cublas       fp16 and bf16. wgmma where there is one (tiles of the nvjet kernels' names), else
//                mma.sync (CUTLASS 2 tiles); split k.
//   smoothquant  TensorRT-LLM's SmoothQuantGemm: int8 mma.sync, also where wgmma exists; up to 4
//                rows dot products on CUDA cores.
//   weight_only  TensorRT-LLM's WeightOnlyQuantMatmul: int4 or int8 weights decoded in the
//                mainloop, fp16 mma.sync; up to 4 rows on CUDA cores.
[[nodiscard]] std::vector<KernelMenu> library_menus(const GpuMachine& machine,
                                                    const Scheme& scheme);

}  // namespace olivine
