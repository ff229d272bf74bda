// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <cuda.h>
#include <cudaTypedefs.h>
#include <cuda_runtime_api.h>

#include <bit>
#include <string>

#include "kernels/launch/tensor_map.h"
#include "kernels/runtime/cuda_check.cuh"

namespace olivine {
namespace {

using Encode = PFN_cuTensorMapEncodeTiled_v12000;
constexpr unsigned kEncodeVersion = 12000;

Encode find_encode() {
  void* function = nullptr;
  cudaDriverEntryPointQueryResult found{};
  OLV_CUDA_CHECK(cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &function,
                                                  kEncodeVersion, cudaEnableDefault, &found));
  if (found != cudaDriverEntryPointSuccess || function == nullptr) {
    throw CudaError{"cuTensorMapEncodeTiled", "cudaGetDriverEntryPointByVersion",
                    "driver has none of version " + std::to_string(kEncodeVersion)};
  }
  return reinterpret_cast<Encode>(function);
}

CUtensorMapSwizzle swizzle_of(Swizzle swizzle) {
  switch (swizzle) {
    case Swizzle::None:
      return CU_TENSOR_MAP_SWIZZLE_NONE;
    case Swizzle::Bytes32:
      return CU_TENSOR_MAP_SWIZZLE_32B;
    case Swizzle::Bytes64:
      return CU_TENSOR_MAP_SWIZZLE_64B;
    case Swizzle::Bytes128:
      return CU_TENSOR_MAP_SWIZZLE_128B;
  }
  return CU_TENSOR_MAP_SWIZZLE_NONE;
}

}  // namespace

// Boxes along k are narrower than what DRAM gives at once: L2 fetches 256 bytes and keeps the rest
// for the next stages.
TensorMap encode_driver_tensor_map(const TensorMapSpec& spec) {
  static const Encode kEncode = find_encode();
  CUtensorMap map{};
  const cuuint64_t extents[] = {static_cast<cuuint64_t>(spec.row_bytes),
                                static_cast<cuuint64_t>(spec.rows)};
  const cuuint64_t strides[] = {static_cast<cuuint64_t>(spec.stride)};
  const cuuint32_t box[] = {static_cast<cuuint32_t>(spec.box_bytes),
                            static_cast<cuuint32_t>(spec.box_rows)};
  const cuuint32_t element_strides[] = {1, 1};
  const CUresult result = kEncode(
      &map, CU_TENSOR_MAP_DATA_TYPE_UINT8, 2, const_cast<void*>(spec.base), extents, strides, box,
      element_strides, CU_TENSOR_MAP_INTERLEAVE_NONE, swizzle_of(spec.swizzle),
      CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  if (result != CUDA_SUCCESS) {
    throw CudaError{"cuTensorMapEncodeTiled", "encode_driver_tensor_map",
                    "CUresult " + std::to_string(static_cast<int>(result))};
  }
  return std::bit_cast<TensorMap>(map);
}

}  // namespace olivine
