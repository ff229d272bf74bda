// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/emulator/emulate_sparse.h"

#include "kernels/emulator/emulate_kernel.h"
#include "kernels/sparse/compress_two_four.cuh"
#include "kernels/sparse/prune_two_four.cuh"
#include "kernels/sparse/quantize_int8.cuh"

namespace olivine {

EmulatorReport emulate_sparse(const PruneTwoFourArgs& args, const EmulatorOptions& options) {
  return emulate_kernel(device::prune_two_four, make_launch_config(args), args, options);
}
EmulatorReport emulate_sparse(const CompressTwoFourArgs& args, const EmulatorOptions& options) {
  return emulate_kernel(device::compress_two_four, make_launch_config(args), args, options);
}
EmulatorReport emulate_sparse(const QuantizeInt8Args& args, const EmulatorOptions& options) {
  return emulate_kernel(device::quantize_int8, make_launch_config(args), args, options);
}

}  // namespace olivine
