// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/emulator/emulate_quant.h"

#include "kernels/emulator/emulate_kernel.h"
#include "kernels/quant/check_ovp4.cuh"
#include "kernels/quant/decode_ovp.cuh"
#include "kernels/quant/encode.cuh"

namespace olivine {

EmulatorReport emulate_quant(const DecodeOvpArgs& args, const EmulatorOptions& options) {
  return emulate_kernel(device::decode_ovp, make_launch_config(args), args, options);
}
EmulatorReport emulate_quant(const CheckOvp4Args& args, const EmulatorOptions& options) {
  return emulate_kernel(device::check_ovp4, make_launch_config(args), args, options);
}
EmulatorReport emulate_quant(const EncodeArgs& args, const EmulatorOptions& options) {
  return emulate_kernel(device::encode, make_launch_config(args), args, options);
}

}  // namespace olivine
