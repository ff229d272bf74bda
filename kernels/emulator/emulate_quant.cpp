// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/emulator/emulate_quant.h"

#include "kernels/quant/check_ovp4.cuh"
#include "kernels/quant/decode_ovp.cuh"
#include "kernels/quant/encode.cuh"

namespace olivine {
namespace {

template <class Args>
EmulatorReport run(void (*kernel)(const Args&), const Args& args, const EmulatorOptions& options) {
  const LaunchConfig config = make_launch_config(args);
  if (config.blocks == 0) return {};
  return emulate(config, options, [&](std::byte*) { kernel(args); });
}

}  // namespace

EmulatorReport emulate_quant(const DecodeOvpArgs& args, const EmulatorOptions& options) {
  return run(device::decode_ovp, args, options);
}
EmulatorReport emulate_quant(const CheckOvp4Args& args, const EmulatorOptions& options) {
  return run(device::check_ovp4, args, options);
}
EmulatorReport emulate_quant(const EncodeArgs& args, const EmulatorOptions& options) {
  return run(device::encode, args, options);
}

}  // namespace olivine
