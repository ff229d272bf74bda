// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/gemm/mma_launch.cuh"

namespace olivine {

template void launch_mma_of<WeightForm::Int8Sparse>(int, const GemmArgs&, const LaunchConfig&,
                                                    StreamHandle);

}  // namespace olivine
