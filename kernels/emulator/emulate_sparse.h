// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include "kernels/emulator/emulator.h"
#include "kernels/sparse/sparse_kernels.h"

namespace olivine {

// Run the kernels of kernels/sparse on the CPU; pointers in `args` are host addresses. Nothing is
// run for no blocks. Contract: can_run(args). Throw EmulatorError.
EmulatorReport emulate_sparse(const PruneTwoFourArgs& args, const EmulatorOptions& options);
EmulatorReport emulate_sparse(const CompressTwoFourArgs& args, const EmulatorOptions& options);
EmulatorReport emulate_sparse(const QuantizeInt8Args& args, const EmulatorOptions& options);

}  // namespace olivine
