// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>

#include "kernels/emulator/machine.h"

// Threads that wait for each other: all of a warp, warps of a block, all of a cluster.
namespace olivine::emulation {

// EmulatorError where the running thread may not join those of its warp in `operation`.
void require_joinable(const Machine& machine, const Waiting& operation);

// Enters a warp-wide operation. True in the last thread, which then carries it out for all with
// what every lane brought, and calls leave_warp_wide(); false in the others, after that.
[[nodiscard]] inline bool enter_warp_wide(Machine& machine, const Waiting& operation,
                                          void* argument) {
  Warp& warp = machine.warp();
  if (warp.arrived == 0 || warp.operation != operation) require_joinable(machine, operation);
  warp.operation = operation;
  warp.arguments[static_cast<size_t>(machine.thread().lane())] = argument;
  if (++warp.arrived == kWarpThreads) return true;
  machine.wait(operation);
  return false;
}
void leave_warp_wide(Machine& machine);

template <class Argument, class Execute>
[[gnu::noinline]] void execute_warp_wide(Machine& machine, const Execute& execute) {
  std::array<Argument*, kWarpThreads> arguments;
  for (size_t i = 0; i < kWarpThreads; ++i) {
    arguments[i] = static_cast<Argument*>(machine.warp().arguments[i]);
  }
  execute(arguments);
  leave_warp_wide(machine);
}

// execute(arguments) runs once, in the last thread of the warp.
template <class Argument, class Execute>
void warp_wide(Machine& machine, const Waiting& operation, Argument& argument,
               const Execute& execute) {
  if (enter_warp_wide(machine, operation, &argument)) {
    execute_warp_wide<Argument>(machine, execute);
  }
}

// Called where a thread has ended: the others no longer wait for it.
void barriers_after_exit(Machine& machine, Thread& thread);

void flush_traffic(Machine& machine, Warp& warp);

}  // namespace olivine::emulation
