// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "kernels/launch/launch_config.h"
#include "kernels/launch/tensor_map.h"

namespace olivine {

// Runs a kernel's text on the CPU: every thread of a block (of a cluster) as a coroutine, in an
// order that a seed chooses, with the semantics of the PTX ISA for everything a kernel asks of the
// machine (kernels/device/ops.cuh). It is a checker, not a simulator: it knows no time. Copies that
// are under way, wgmma included, take effect as late or as early as the ISA allows, by the seed;
// shared memory starts as garbage; so a missing wait, fence or barrier shows as a wrong result for
// some seed.
struct EmulatorOptions {
  uint64_t seed = 1;
  int compute_capability = 90;
};

// What went over shared memory's banks: requests, and the wavefronts they took (1 each without
// conflicts: 128 bytes of distinct words of 32 banks).
struct SharedTraffic {
  int64_t requests = 0;
  int64_t wavefronts = 0;
  int64_t ideal_wavefronts = 0;
};

struct EmulatorReport {
  SharedTraffic matrix_loads;  // ldmatrix
  SharedTraffic loads;         // load_shared
  SharedTraffic stores;        // store_shared
};

// Contract: threads is a multiple of 32 and at most 1,024; blocks a multiple of cluster. Throws
// EmulatorError: deadlock (with what every warp waits for), an access out of bounds of shared
// memory or misaligned, threads of a warp at different warp-wide operations, a registers or
// accumulators touched while wgmma has them where that can be seen, illegal metadata.
EmulatorReport emulate(const LaunchConfig& config, const EmulatorOptions& options,
                       const std::function<void(std::byte* shared)>& body);

// The emulator's tensor map. Contract: that of TensorMapSpec.
[[nodiscard]] TensorMap encode_emulated_tensor_map(const TensorMapSpec& spec);

}  // namespace olivine
