// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/measure/reference_gemm_args.h"
#include "kernels/runtime/device.h"

namespace olivine {
struct PackedMatrix;
}

namespace olivine::measure {

// Returns without waiting. Throws CudaError.
void launch_reference_gemm(const ReferenceGemmArgs& args, StreamHandle stream);

// All sums of two integer operands: decoded on the host by models/numerics, multiplied by a kernel
// without tensor cores, packed formats, asynchronous copies or swizzles. Waits.
[[nodiscard]] std::vector<int32_t> reference_gemm(const PackedMatrix& activations,
                                                  const PackedMatrix& weights, StreamHandle stream);

}  // namespace olivine::measure
