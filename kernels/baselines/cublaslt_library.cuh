// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cublasLt.h>

#include <string>
#include <vector>

#include "kernels/launch/status.h"
#include "kernels/runtime/dynamic_library.h"
#include "kernels/runtime/memory.h"

namespace olivine {

// What of cuBLASLt is called, looked up in the library; its header says the types. With a handle
// and the workspace that all runs share.
struct CublasLtApi {
  CublasLtApi() = default;
  ~CublasLtApi();
  CublasLtApi(const CublasLtApi&) = delete;
  CublasLtApi& operator=(const CublasLtApi&) = delete;
  CublasLtApi(CublasLtApi&&) = delete;
  CublasLtApi& operator=(CublasLtApi&&) = delete;

  Status open(const std::vector<std::string>& folders);
  // The reason: what was called, and the library's name for its error.
  [[nodiscard]] Status check(const char* function, cublasStatus_t status) const;

  DynamicLibrary library;
  std::string version;
  cublasLtHandle_t handle = nullptr;
  DeviceBuffer workspace;

  decltype(&cublasLtCreate) create = nullptr;
  decltype(&cublasLtDestroy) destroy = nullptr;
  decltype(&cublasLtGetStatusName) status_name = nullptr;
  decltype(&cublasLtGetProperty) property = nullptr;
  decltype(&cublasLtMatmulDescCreate) desc_create = nullptr;
  decltype(&cublasLtMatmulDescDestroy) desc_destroy = nullptr;
  decltype(&cublasLtMatmulDescSetAttribute) desc_set = nullptr;
  decltype(&cublasLtMatrixLayoutCreate) layout_create = nullptr;
  decltype(&cublasLtMatrixLayoutDestroy) layout_destroy = nullptr;
  decltype(&cublasLtMatmulPreferenceCreate) preference_create = nullptr;
  decltype(&cublasLtMatmulPreferenceDestroy) preference_destroy = nullptr;
  decltype(&cublasLtMatmulPreferenceSetAttribute) preference_set = nullptr;
  decltype(&cublasLtMatmulAlgoGetHeuristic) heuristic = nullptr;
  decltype(&cublasLtMatmulAlgoConfigGetAttribute) algo_attribute = nullptr;
  decltype(&cublasLtMatmul) matmul = nullptr;

 private:
  Status load();
  Status read_version();
};

}  // namespace olivine
