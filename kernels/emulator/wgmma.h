// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include "kernels/emulator/machine.h"

// wgmma: each reads shared memory and writes its accumulators at some moment between its issue by
// the last of the four warps and the wait for its group, those of a warpgroup in order.
namespace olivine::emulation {

// The oldest one of the thread's warpgroup takes effect, where all four warps have issued it.
void finish_some_wgmma(Machine& machine, const Thread& thread);

// EmulatorError where a thread ends and its warp has not waited for all of its wgmma.
void require_no_wgmma(const Machine& machine, const Thread& thread);

}  // namespace olivine::emulation
