// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/quant/check_ovp4.cuh"
#include "kernels/quant/decode_ovp.cuh"
#include "kernels/quant/encode.cuh"
#include "kernels/runtime/launch_kernel.cuh"

namespace olivine {
namespace {

__global__ void __launch_bounds__(kQuantThreads) decode_kernel(DecodeOvpArgs args) {
  device::decode_ovp(args);
}
__global__ void __launch_bounds__(kQuantThreads) check_kernel(CheckOvp4Args args) {
  device::check_ovp4(args);
}
__global__ void __launch_bounds__(kQuantThreads) encode_kernel(EncodeArgs args) {
  device::encode(args);
}

}  // namespace

void launch(const DecodeOvpArgs& args, StreamHandle stream) {
  launch_kernel(decode_kernel, make_launch_config(args), args, stream);
}
void launch(const CheckOvp4Args& args, StreamHandle stream) {
  launch_kernel(check_kernel, make_launch_config(args), args, stream);
}
void launch(const EncodeArgs& args, StreamHandle stream) {
  launch_kernel(encode_kernel, make_launch_config(args), args, stream);
}

}  // namespace olivine
