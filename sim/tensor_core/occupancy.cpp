// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <algorithm>

#include "models/base/error.h"
#include "models/machines/gpu.h"
#include "sim/tensor_core/kernel.h"
#include "sim/tensor_core/kernel_resources.h"

namespace olivine {
namespace {

// cuda_occupancy.h, compute capabilities 8 and 9 (7.5: 256 bytes, which changes no kernel whose
// tiles are multiples of 256 bytes).
constexpr int64_t kSharedUnitBytes = 128;
constexpr int64_t kRegisterUnit = 256;  // of a warp
constexpr int64_t kWarpThreads = 32;

int64_t ctas_by_shared_memory(const SmConfig& sm, int64_t shared_bytes) {
  const int64_t reserved = sm.shared_memory - sm.shared_memory_per_cta;
  const int64_t taken = round_up(shared_bytes, kSharedUnitBytes) + reserved;
  return sm.shared_memory / taken;
}

int64_t ctas_by_registers(const SmConfig& sm, int64_t registers_per_thread, int64_t warps) {
  const int64_t of_warp = round_up(registers_per_thread * kWarpThreads, kRegisterUnit);
  const int64_t resident_warps = sm.registers / sm.sub_cores / of_warp * sm.sub_cores;
  return resident_warps / warps;
}

}  // namespace

Occupancy occupancy(const GpuMachine& machine, const GemmKernel& kernel, const Scheme& scheme) {
  if (kernel.on_cuda_cores) return {};
  const int64_t warps = kernel.math_warps + kernel.producer_warps;
  Occupancy result;
  result.shared_bytes = shared_memory_use(kernel, scheme).total(kernel);
  result.registers_per_thread = math_registers(kernel, scheme);
  result.threads = warps * kWarpThreads;
  result.ctas_per_sm =
      std::min({ctas_by_shared_memory(machine.sm, result.shared_bytes),
                ctas_by_registers(machine.sm, launch_registers(kernel, scheme), warps),
                machine.sm.max_warps / warps, machine.sm.max_ctas});
  return result;
}

}  // namespace olivine
