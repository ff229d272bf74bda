// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <memory>

#include "models/numerics/format.h"
#include "sim/tensor_core/gemm_timing.h"

namespace olivine {

class GpuEnergyModel;
struct GpuMachine;
struct Layer;

// Times kernels that compute on CUDA cores: vector layers and depthwise convolutions, in fp16. The
// formula is that of run_gpu_network() (gpu_network.h).
class CudaCoreModel {
 public:
  // Contract: `machine` outlives the model. Throws ConfigError where the energy table lacks a name.
  explicit CudaCoreModel(const GpuMachine& machine);
  ~CudaCoreModel();
  CudaCoreModel(const CudaCoreModel&) = delete;
  CudaCoreModel& operator=(const CudaCoreModel&) = delete;

  // Contract: a vector layer or a depthwise convolution. The kernel is called "elementwise" or
  // "depthwise_conv2d"; it has no CTAs and no waves.
  [[nodiscard]] GemmTiming time(const Layer& layer) const;

 private:
  const GpuMachine* machine_;
  std::unique_ptr<const GpuEnergyModel> energy_;
};

// Dense multiply-accumulates a clock and SM at the tensor peak of what the multipliers see; 0 where
// the machine has no instruction for it.
[[nodiscard]] double dense_macs_per_clk(const GpuMachine& machine, Format executed);

}  // namespace olivine
