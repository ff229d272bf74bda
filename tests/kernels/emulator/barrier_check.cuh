// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>

#include "kernels/device/ops.cuh"
#include "kernels/emulator/emulator.h"

namespace olivine {

inline constexpr int kBarrierOffset = 32 * 1024;
inline constexpr LaunchConfig kOneWarp{1, 32, kBarrierOffset + 64, 1};

inline device::Barrier& barrier_in(std::byte* shared) {
  return *reinterpret_cast<device::Barrier*>(shared + kBarrierOffset);
}

// Thread 0 initialises a barrier, all see it.
inline void begin(std::byte* shared, int count) {
  if (device::thread_index() == 0) {
    device::init_barrier(barrier_in(shared), count);
    device::fence_barrier_init();
  }
  device::sync_block();
}

}  // namespace olivine
