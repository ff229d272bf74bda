// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <memory>

#include "kernels/emulator/machine.h"

// Between issue and effect of a wgmma its accumulators are its own: the threads' registers keep old
// values or garbage, by the seed, and must still do so when the sums come back.
namespace olivine::emulation {

// For a wgmma that the running warp issues: those of an earlier one that is under way, or read from
// the registers.
[[nodiscard]] std::shared_ptr<WgmmaAccumulators> take_accumulators(
    Machine& machine, const std::array<int32_t*, kWarpThreads>& registers, int n, bool accumulates);

// One wgmma of `warp` has taken effect; after the last one the sums go to the registers.
void give_back_accumulators(const Machine& machine, Warp& warp,
                            const std::shared_ptr<WgmmaAccumulators>& accumulators);

}  // namespace olivine::emulation
