// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "experiments/studies/linear_layers.h"
#include "sim/tensor_core/gemm_model.h"

namespace olivine {

struct KernelConstants;
struct Workload;

// Simulator: as a simulator of kernels counts, one after the other at a constant clock. Board: the
// power limit holds.
enum class Setting : uint8_t { Simulator, Board };

// Constants of the board's kernels, and the same without launches.
[[nodiscard]] KernelConstants board_constants();
[[nodiscard]] KernelConstants simulator_constants();

// Linear layers of one network by every method.
struct Network {
  LinearTotal olive, ant, int8;
  LinearTotal gobo;           // fp16 sums, decompressed by the memory controller
  LinearTotal gobo_fp32;      // fp32 sums, at half the rate on a GeForce board
  LinearTotal gobo_software;  // fp16 sums, decompressed by CUDA cores
};

// The methods of Fig. 9 on an RTX 2080 Ti.
class Methods {
 public:
  Methods(Setting setting, const KernelConstants& constants);

  [[nodiscard]] Network run(const Workload& workload) const;

 private:
  GemmModel gpu_;
  GemmModel gpu_fp32_;
  GemmModel gpu_ovp_;
};

}  // namespace olivine
