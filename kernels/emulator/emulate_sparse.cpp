// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/emulator/emulate_sparse.h"

#include "kernels/sparse/compress_two_four.cuh"
#include "kernels/sparse/prune_two_four.cuh"
#include "kernels/sparse/quantize_int8.cuh"

namespace olivine {
namespace {

template <class Args>
EmulatorReport run(void (*kernel)(const Args&), const Args& args, const EmulatorOptions& options) {
  const LaunchConfig config = make_launch_config(args);
  if (config.blocks == 0) return {};
  return emulate(config, options, [&](std::byte*) { kernel(args); });
}

}  // namespace

EmulatorReport emulate_sparse(const PruneTwoFourArgs& args, const EmulatorOptions& options) {
  return run(device::prune_two_four, args, options);
}
EmulatorReport emulate_sparse(const CompressTwoFourArgs& args, const EmulatorOptions& options) {
  return run(device::compress_two_four, args, options);
}
EmulatorReport emulate_sparse(const QuantizeInt8Args& args, const EmulatorOptions& options) {
  return run(device::quantize_int8, args, options);
}

}  // namespace olivine
