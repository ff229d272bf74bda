// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#if __has_include(<cublasLt.h>)

#include "kernels/baselines/cublaslt_library.cuh"

namespace olivine {
namespace {

constexpr int kLeastMajor = 12;

// The version that the header belongs to, first; then others that have the same functions.
std::vector<std::string> names() {
  std::vector<std::string> list = {"libcublasLt.so." + std::to_string(CUBLAS_VER_MAJOR)};
  for (const int major : {13, 12}) {
    if (major != CUBLAS_VER_MAJOR) {
      list.push_back("libcublasLt.so." + std::to_string(major));
    }
  }
  return list;
}

}  // namespace

CublasLtApi::~CublasLtApi() {
  if (handle != nullptr) {
    destroy(handle);
  }
}

Status CublasLtApi::check(const char* function, cublasStatus_t status) const {
  if (status == CUBLAS_STATUS_SUCCESS) {
    return {};
  }
  return Status::refuse("cuBLASLt: " + std::string{function} + ": " + status_name(status));
}

Status CublasLtApi::open(const std::vector<std::string>& folders) {
  if (Status status = DynamicLibrary::open(library_candidates(names(), folders), library);
      !status) {
    return Status::refuse("cuBLASLt: " + status.reason());
  }
  if (Status status = load(); !status) {
    return Status::refuse("cuBLASLt: " + status.reason());
  }
  if (Status status = read_version(); !status) {
    return status;
  }
  library.keep_mapped();
  return check("cublasLtCreate", create(&handle));
}

Status CublasLtApi::load() {
  FunctionLoader loader{library};
  loader.load("cublasLtCreate", create);
  loader.load("cublasLtDestroy", destroy);
  loader.load("cublasLtGetStatusName", status_name);
  loader.load("cublasLtGetProperty", property);
  loader.load("cublasLtMatmulDescCreate", desc_create);
  loader.load("cublasLtMatmulDescDestroy", desc_destroy);
  loader.load("cublasLtMatmulDescSetAttribute", desc_set);
  loader.load("cublasLtMatrixLayoutCreate", layout_create);
  loader.load("cublasLtMatrixLayoutDestroy", layout_destroy);
  loader.load("cublasLtMatmulPreferenceCreate", preference_create);
  loader.load("cublasLtMatmulPreferenceDestroy", preference_destroy);
  loader.load("cublasLtMatmulPreferenceSetAttribute", preference_set);
  loader.load("cublasLtMatmulAlgoGetHeuristic", heuristic);
  loader.load("cublasLtMatmulAlgoConfigGetAttribute", algo_attribute);
  loader.load("cublasLtMatmul", matmul);
  return loader.status();
}

Status CublasLtApi::read_version() {
  int major = 0;
  int minor = 0;
  int patch = 0;
  if (Status status = check("cublasLtGetProperty", property(MAJOR_VERSION, &major)); !status) {
    return status;
  }
  if (Status status = check("cublasLtGetProperty", property(MINOR_VERSION, &minor)); !status) {
    return status;
  }
  if (Status status = check("cublasLtGetProperty", property(PATCH_LEVEL, &patch)); !status) {
    return status;
  }
  version = std::to_string(major) + '.' + std::to_string(minor) + '.' + std::to_string(patch);
  if (major >= kLeastMajor) {
    return {};
  }
  return Status::refuse("cuBLASLt: version " + version + " of " + library.path() + ": must be " +
                        std::to_string(kLeastMajor) + " or later");
}

}  // namespace olivine

#endif
