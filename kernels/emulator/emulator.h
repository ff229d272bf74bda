// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <vector>

#include "kernels/launch/launch_config.h"
#include "kernels/launch/tensor_map.h"

namespace olivine {

// What a kernel did that the hardware leaves undefined, refuses or never finishes.
class EmulatorError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Global memory that a kernel may touch.
struct MemoryRange {
  const void* base = nullptr;
  int64_t bytes = 0;
  bool writable = false;
};

// Runs a kernel's text on the CPU: every thread of a block (of a cluster) as a coroutine, in an
// order that a seed chooses, with the semantics of the PTX ISA for everything a kernel asks of the
// machine (kernels/device/ops.cuh). It is a checker, not a simulator: it knows no time. Copies that
// are under way, wgmma included, take effect as late or as early as the ISA allows, by the seed;
// shared memory starts as garbage; so a missing wait, fence or barrier shows as a wrong result for
// some seed.
struct EmulatorOptions {
  uint64_t seed = 1;
  int compute_capability = 90;
  // If there is any, an access to global memory outside all of them is an error.
  std::vector<MemoryRange> memory;
};

// What went over shared memory's banks: requests of warps, and the wavefronts they took. Ideal is
// one for every 128 bytes of a full warp: ldmatrix x4 has four, an access of 16 bytes a thread too.
// A warp's request is put together from the n-th access of that width of each of its threads since
// the last warp-wide operation, which is exact as long as its threads did not part ways in between.
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
// memory or misaligned, threads of a warp at different warp-wide operations, accumulators touched
// while wgmma has them where that can be seen, illegal metadata, and whatever else
// kernels/emulator/README.md lists. What `body` throws comes out as it is.
EmulatorReport emulate(const LaunchConfig& config, const EmulatorOptions& options,
                       const std::function<void(std::byte* shared)>& body);

// The emulator's tensor map. Throws EmulatorError where `spec` breaks its contract.
[[nodiscard]] TensorMap encode_emulated_tensor_map(const TensorMapSpec& spec);

}  // namespace olivine
