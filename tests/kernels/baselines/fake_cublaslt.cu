// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// A stand-in for libcublasLt.so that multiplies int8 and fp16 on the CPU, by the definition of its
// documentation: column-major matrices, D = alpha * op(A) * op(B) + beta * C.
#include "tests/kernels/baselines/fake_cublaslt.h"

#include <cublasLt.h>
#include <cuda_fp16.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace {

FakeCublasLtState state;

constexpr int kFirstAlgo = 60;

struct Desc {
  cublasComputeType_t compute;
  cudaDataType_t scale;
  cublasOperation_t op_a = CUBLAS_OP_N;
  cublasOperation_t op_b = CUBLAS_OP_N;
};
struct Layout {
  cudaDataType type;
  uint64_t rows, columns;
  int64_t ld;
};

template <class Object, class Handle>
Object* object(Handle handle) {
  return reinterpret_cast<Object*>(handle);
}

template <class Object, class Handle>
cublasStatus_t hand_out(const Object& made, Handle* handle) {
  *handle = reinterpret_cast<Handle>(new Object{made});
  ++state.live_objects;
  return CUBLAS_STATUS_SUCCESS;
}
template <class Object, class Handle>
cublasStatus_t take_back(Handle handle) {
  delete object<Object>(handle);
  --state.live_objects;
  return CUBLAS_STATUS_SUCCESS;
}

// "TN" is the only form of int8, and of everything that is asked for here.
bool is_legal(const Desc& desc, const Layout& a, const Layout& b, const Layout& d) {
  return desc.op_a == CUBLAS_OP_T && desc.op_b == CUBLAS_OP_N && a.rows == b.rows &&
         a.columns == d.rows && b.columns == d.columns && a.type == b.type &&
         a.ld >= static_cast<int64_t>(a.rows) && b.ld >= static_cast<int64_t>(b.rows) &&
         d.ld >= static_cast<int64_t>(d.rows) &&
         (a.type != CUDA_R_8I || (desc.compute == CUBLAS_COMPUTE_32I &&
                                  desc.scale == (d.type == CUDA_R_32I ? CUDA_R_32I : CUDA_R_32F)));
}

float element(const Layout& layout, const void* values, uint64_t row, uint64_t column) {
  const int64_t at = static_cast<int64_t>(column) * layout.ld + static_cast<int64_t>(row);
  return layout.type == CUDA_R_8I ? static_cast<float>(static_cast<const int8_t*>(values)[at])
                                  : __half2float(static_cast<const __half*>(values)[at]);
}

void store(const Layout& layout, void* values, int64_t at, const void* alpha, float sum) {
  switch (layout.type) {
    case CUDA_R_32I:
      static_cast<int32_t*>(values)[at] =
          *static_cast<const int32_t*>(alpha) * static_cast<int32_t>(sum);
      break;
    case CUDA_R_8I:
      static_cast<int8_t*>(values)[at] = static_cast<int8_t>(
          std::clamp(std::nearbyint(*static_cast<const float*>(alpha) * sum), -128.0F, 127.0F));
      break;
    default:
      static_cast<__half*>(values)[at] = __float2half(*static_cast<const float*>(alpha) * sum);
  }
}

void multiply(const void* alpha, const void* a, const Layout& a_layout, const void* b,
              const Layout& b_layout, void* d, const Layout& d_layout) {
  for (uint64_t column = 0; column < d_layout.columns; ++column) {
    for (uint64_t row = 0; row < d_layout.rows; ++row) {
      float sum = 0.0F;
      for (uint64_t k = 0; k < a_layout.rows; ++k) {
        sum += element(a_layout, a, k, row) * element(b_layout, b, k, column);
      }
      store(d_layout, d, static_cast<int64_t>(column) * d_layout.ld + static_cast<int64_t>(row),
            alpha, sum);
    }
  }
}

}  // namespace

extern "C" {

FakeCublasLtState* fake_cublaslt_state() { return &state; }

cublasStatus_t cublasLtCreate(cublasLtHandle_t* handle) {
  return state.has_gpu ? hand_out(0, handle) : CUBLAS_STATUS_NOT_INITIALIZED;
}
cublasStatus_t cublasLtDestroy(cublasLtHandle_t handle) { return take_back<int>(handle); }
const char* cublasLtGetStatusName(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS:
      return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_NOT_INITIALIZED:
      return "CUBLAS_STATUS_NOT_INITIALIZED";
    case CUBLAS_STATUS_NOT_SUPPORTED:
      return "CUBLAS_STATUS_NOT_SUPPORTED";
    case CUBLAS_STATUS_INVALID_VALUE:
      return "CUBLAS_STATUS_INVALID_VALUE";
    default:
      return "CUBLAS_STATUS_INTERNAL_ERROR";
  }
}
cublasStatus_t cublasLtGetProperty(libraryPropertyType type, int* value) {
  *value = type == MAJOR_VERSION ? state.major : type == MINOR_VERSION ? 1 : 2;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t* desc, cublasComputeType_t compute,
                                        cudaDataType_t scale) {
  return hand_out(Desc{compute, scale}, desc);
}
cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t desc) {
  return take_back<Desc>(desc);
}
cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t handle,
                                              cublasLtMatmulDescAttributes_t attribute,
                                              const void* data, size_t bytes) {
  Desc& desc = *object<Desc>(handle);
  void* place = nullptr;
  size_t place_bytes = sizeof(cublasOperation_t);
  if (attribute == CUBLASLT_MATMUL_DESC_TRANSA) {
    place = &desc.op_a;
  }
  if (attribute == CUBLASLT_MATMUL_DESC_TRANSB) {
    place = &desc.op_b;
  }
  if (attribute == CUBLASLT_MATMUL_DESC_FAST_ACCUM) {
    place = &state.fast_accumulation;
    place_bytes = sizeof(state.fast_accumulation);
  }
  if (place == nullptr || bytes != place_bytes) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  std::memcpy(place, data, bytes);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t* layout, cudaDataType type,
                                          uint64_t rows, uint64_t columns, int64_t ld) {
  return hand_out(Layout{type, rows, columns, ld}, layout);
}
cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t layout) {
  return take_back<Layout>(layout);
}

cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* preference) {
  return hand_out(0, preference);
}
cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t preference) {
  return take_back<int>(preference);
}
cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t /*preference*/,
                                                    cublasLtMatmulPreferenceAttributes_t attribute,
                                                    const void* data, size_t bytes) {
  if (attribute != CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES || bytes != sizeof(uint64_t)) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  std::memcpy(&state.allowed_workspace_bytes, data, bytes);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulAlgoGetHeuristic(
    cublasLtHandle_t /*handle*/, cublasLtMatmulDesc_t desc, cublasLtMatrixLayout_t a,
    cublasLtMatrixLayout_t b, cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
    cublasLtMatmulPreference_t /*preference*/, int requested,
    cublasLtMatmulHeuristicResult_t results[], int* count) {
  if (c != d ||
      !is_legal(*object<Desc>(desc), *object<Layout>(a), *object<Layout>(b), *object<Layout>(d))) {
    return CUBLAS_STATUS_NOT_SUPPORTED;
  }
  *count = std::min(requested, state.algo_count);
  for (int i = 0; i < *count; ++i) {
    results[i] = {};
    results[i].algo.data[0] = static_cast<uint64_t>(kFirstAlgo + i);
    results[i].workspaceSize = static_cast<size_t>(1024 * i);
    results[i].state =
        i == state.algo_count - 2 ? CUBLAS_STATUS_NOT_SUPPORTED : CUBLAS_STATUS_SUCCESS;
  }
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulAlgoConfigGetAttribute(const cublasLtMatmulAlgo_t* algo,
                                                    cublasLtMatmulAlgoConfigAttributes_t attribute,
                                                    void* data, size_t bytes, size_t* written) {
  const bool is_short = attribute == CUBLASLT_ALGO_CONFIG_INNER_SHAPE_ID ||
                        attribute == CUBLASLT_ALGO_CONFIG_CLUSTER_SHAPE_ID;
  const size_t expected = is_short ? sizeof(uint16_t) : sizeof(uint32_t);
  if (bytes != expected) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  const auto value = attribute == CUBLASLT_ALGO_CONFIG_ID ? static_cast<uint32_t>(algo->data[0])
                                                          : 100U + static_cast<uint32_t>(attribute);
  std::memcpy(data, &value, bytes);  // little-endian: the low bytes
  *written = bytes;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmul(cublasLtHandle_t /*handle*/, cublasLtMatmulDesc_t desc,
                              const void* alpha, const void* a, cublasLtMatrixLayout_t a_layout,
                              const void* b, cublasLtMatrixLayout_t b_layout, const void* beta,
                              const void* c, cublasLtMatrixLayout_t c_layout, void* d,
                              cublasLtMatrixLayout_t d_layout, const cublasLtMatmulAlgo_t* algo,
                              void* workspace, size_t workspace_bytes, cudaStream_t /*stream*/) {
  uint32_t beta_bits = 0;  // 0 is 0 in int32 and in float
  std::memcpy(&beta_bits, beta, sizeof(beta_bits));
  if (beta_bits != 0 || c != d || c_layout != d_layout || workspace == nullptr ||
      !is_legal(*object<Desc>(desc), *object<Layout>(a_layout), *object<Layout>(b_layout),
                *object<Layout>(d_layout))) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  state.last_algo = static_cast<int>(algo->data[0]);
  state.given_workspace_bytes = workspace_bytes;
  multiply(alpha, a, *object<Layout>(a_layout), b, *object<Layout>(b_layout), d,
           *object<Layout>(d_layout));
  return CUBLAS_STATUS_SUCCESS;
}

}  // extern "C"
