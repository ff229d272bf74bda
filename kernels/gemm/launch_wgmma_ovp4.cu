// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/gemm/wgmma_launch.cuh"

namespace olivine {

template void launch_wgmma_of<WeightForm::Ovp4>(int, const GemmArgs&, const LaunchConfig&,
                                                StreamHandle);

}  // namespace olivine
