// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "kernels/emulator/machine.h"

namespace olivine::emulation {

// Reads the tile of a matrix descriptor from shared memory: `rows` rows of `row_bytes` bytes along
// k. EmulatorError where the descriptor is not that of a swizzled K-major tile, the tile leaves
// shared memory, or ordinary stores to it have not been fenced.
void read_wgmma_tile(const Machine& machine, Block& block, uint64_t descriptor, int rows,
                     int row_bytes, const char* operand, int8_t* tile);

}  // namespace olivine::emulation
