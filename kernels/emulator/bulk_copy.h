// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include "kernels/emulator/machine.h"

// TMA: each copy takes effect at some moment after its issue, and then counts at its barrier.
namespace olivine::emulation {

// One copy takes effect, by the seed. False where none is under way.
bool finish_some_bulk_copy(Machine& machine);

// A block whose threads have all ended gives its shared memory away: EmulatorError where a copy is
// on the way to it.
void require_no_bulk_copies(Machine& machine, const Block& block);

}  // namespace olivine::emulation
