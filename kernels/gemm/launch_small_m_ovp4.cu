// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/gemm/small_m_launch.cuh"

namespace olivine {

template void launch_small_m_of<WeightForm::Ovp4>(int, const GemmArgs&, const LaunchConfig&,
                                                  StreamHandle);

}  // namespace olivine
