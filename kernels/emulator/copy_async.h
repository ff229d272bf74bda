// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include "kernels/emulator/machine.h"

// cp.async: each copy takes effect at some moment between its issue and the wait for its group.
namespace olivine::emulation {

// Some of a thread's copies take effect, by the seed.
void finish_some_copies(Machine& machine, Thread& thread);
// All of them, as where the thread ends.
void finish_copies(Thread& thread);

}  // namespace olivine::emulation
