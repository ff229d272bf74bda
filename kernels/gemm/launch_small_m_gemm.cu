// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/gemm/launch_gemm.h"
#include "kernels/launch/small_m_configs.h"

namespace olivine {

// Instantiated in launch_small_m_<form>.cu.
template <WeightForm kWeights>
void launch_small_m_of(int index, const GemmArgs& args, const LaunchConfig& config,
                       StreamHandle stream);

void launch_small_m_gemm(int index, const GemmArgs& args, const LaunchConfig& config,
                         StreamHandle stream) {
  switch (kSmallMConfigs[static_cast<size_t>(index)].weights) {
    case WeightForm::Int8:
      launch_small_m_of<WeightForm::Int8>(index, args, config, stream);
      break;
    case WeightForm::Int8Sparse:
      break;  // not in the table
    case WeightForm::Ovp4:
      launch_small_m_of<WeightForm::Ovp4>(index, args, config, stream);
      break;
    case WeightForm::Ovp4Sparse:
      launch_small_m_of<WeightForm::Ovp4Sparse>(index, args, config, stream);
      break;
  }
}

}  // namespace olivine
