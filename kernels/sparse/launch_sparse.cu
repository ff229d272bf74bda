// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/runtime/launch_kernel.cuh"
#include "kernels/sparse/compress_two_four.cuh"
#include "kernels/sparse/prune_two_four.cuh"
#include "kernels/sparse/quantize_int8.cuh"
#include "kernels/sparse/sparse_kernels.h"

namespace olivine {
namespace {

__global__ void __launch_bounds__(kSparseThreads) prune_kernel(PruneTwoFourArgs args) {
  device::prune_two_four(args);
}
__global__ void __launch_bounds__(kSparseThreads) compress_kernel(CompressTwoFourArgs args) {
  device::compress_two_four(args);
}
__global__ void __launch_bounds__(kSparseThreads) quantize_kernel(QuantizeInt8Args args) {
  device::quantize_int8(args);
}

}  // namespace

void launch(const PruneTwoFourArgs& args, StreamHandle stream) {
  launch_kernel(prune_kernel, make_launch_config(args), args, stream);
}
void launch(const CompressTwoFourArgs& args, StreamHandle stream) {
  launch_kernel(compress_kernel, make_launch_config(args), args, stream);
}
void launch(const QuantizeInt8Args& args, StreamHandle stream) {
  launch_kernel(quantize_kernel, make_launch_config(args), args, stream);
}

}  // namespace olivine
