// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include "kernels/emulator/machine.h"

namespace olivine::emulation {

// Offset in the running thread's shared memory of `bytes` bytes at a multiple of `alignment`;
// EmulatorError, naming the operation, where they are not there.
[[nodiscard]] uint32_t shared_offset(const Machine& machine, const void* address, int64_t bytes,
                                     int alignment, const char* operation);

// EmulatorError where global memory may not be accessed so.
void require_global(Machine& machine, const void* address, int64_t bytes, int alignment,
                    bool is_write, const char* operation);

// EmulatorError where an mbarrier lies in the way.
void require_no_barrier(const Machine& machine, const Block& block, uint32_t offset, int bytes,
                        const char* operation);

// wgmma and TMA come to these 16 bytes by the async proxy: EmulatorError where an ordinary store to
// them has not been fenced by its thread.
void require_fenced(const Machine& machine, Block& block, uint32_t offset, const char* operation);

}  // namespace olivine::emulation
