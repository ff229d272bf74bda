// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <algorithm>

#include "models/base/error.h"
#include "models/machines/gpu.h"
#include "sim/tensor_core/kernel.h"
#include "sim/tensor_core/kernel_resources.h"

namespace olivine {
namespace {

constexpr int64_t kRegisterUnit = 256;  // of a warp; cuda_occupancy.h
constexpr int64_t kWarpThreads = 32;

int64_t ctas_by_shared_memory(const SmConfig& sm, int64_t shared_bytes) {
  const int64_t reserved = sm.shared_memory - sm.shared_memory_per_cta;
  const int64_t taken = round_up(shared_bytes, kSharedUnitBytes) + reserved;
  return sm.shared_memory / taken;
}

}  // namespace

int64_t resident_warps(const GpuMachine& machine, int64_t registers_per_thread) {
  const int64_t of_warp = round_up(registers_per_thread * kWarpThreads, kRegisterUnit);
  return machine.sm.registers / machine.sm.sub_cores / of_warp * machine.sm.sub_cores;
}

Occupancy occupancy(const GpuMachine& machine, const GemmKernel& kernel, const Scheme& scheme) {
  if (kernel.on_cuda_cores) return {};
  const int64_t warps = kernel.math_warps + kernel.producer_warps;
  Occupancy result;
  result.shared_bytes = shared_memory_use(kernel, scheme).total(kernel);
  result.registers_per_thread = math_registers(kernel, scheme);
  result.threads = warps * kWarpThreads;
  result.ctas_per_sm = std::min({ctas_by_shared_memory(machine.sm, result.shared_bytes),
                                 resident_warps(machine, launch_registers(kernel, scheme)) / warps,
                                 machine.sm.max_warps / warps, machine.sm.max_ctas});
  return result;
}

}  // namespace olivine
