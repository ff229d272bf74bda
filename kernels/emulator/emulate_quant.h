// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include "kernels/emulator/emulator.h"
#include "kernels/quant/quant_kernels.h"

namespace olivine {

// Run the kernels of kernels/quant on the CPU; pointers in `args` are host addresses. Nothing is
// run for no blocks. Contract: can_run(args). Throw EmulatorError.
EmulatorReport emulate_quant(const DecodeOvpArgs& args, const EmulatorOptions& options);
EmulatorReport emulate_quant(const CheckOvp4Args& args, const EmulatorOptions& options);
EmulatorReport emulate_quant(const EncodeArgs& args, const EmulatorOptions& options);

}  // namespace olivine
