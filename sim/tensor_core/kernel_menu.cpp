// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <utility>

#include "sim/tensor_core/gemm_model.h"

namespace olivine {
namespace {

int64_t size_of(const GemmKernel& kernel) {
  return kernel.tile_m * kernel.tile_n * kernel.tile_k * kernel.stages;
}

}  // namespace

bool KernelMenu::add(const GpuMachine& machine, const Scheme& scheme, GemmKernel kernel) {
  auto reason = refuse_kernel(machine, kernel, scheme);
  if (!reason) {
    kernels.push_back(std::move(kernel));
    return true;
  }
  if (refusal.empty() || size_of(kernel) < size_of(left_out)) {
    refusal = std::move(*reason);
    left_out = std::move(kernel);
  }
  return false;
}

}  // namespace olivine
