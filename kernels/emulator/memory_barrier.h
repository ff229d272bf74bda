// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include "kernels/emulator/machine.h"

namespace olivine::emulation {

// Bytes of an asynchronous copy have come.
void complete_bytes(Machine& machine, Block& block, uint32_t offset, int bytes);

// The barrier at `offset` of `block`; EmulatorError where there is none, or none that TMA or other
// blocks may use yet.
[[nodiscard]] MemoryBarrier& require_shared_barrier(const Machine& machine, Block& block,
                                                    uint32_t offset, const char* operation);

}  // namespace olivine::emulation
