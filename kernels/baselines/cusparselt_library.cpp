// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/baselines/cusparselt_library.h"

#include <tuple>

namespace olivine::cusparselt {

std::string text_of(const Version& version) {
  return std::to_string(version.major) + '.' + std::to_string(version.minor) + '.' +
         std::to_string(version.patch);
}

Status check_version(const Version& version) {
  const auto number = std::tuple{version.major, version.minor, version.patch};
  if (number >= std::tuple{0, 8, 1} && version.major == 0) {
    return {};
  }
  return Status::refuse("version " + text_of(version) + ": must be 0.8.1 or later and below 1.0");
}

Status Library::check(const char* function, Result result) const {
  if (result == kSuccess) {
    return {};
  }
  return Status::refuse("cuSPARSELt: " + std::string{function} + ": " + error_name(result));
}

Status Library::open(const std::vector<std::string>& folders) {
  std::string reasons;
  for (const std::string& candidate :
       library_candidates({"libcusparseLt.so.0", "libcusparseLt.so"}, folders)) {
    Status status = open_file(candidate);
    if (status) {
      return status;
    }
    reasons += (reasons.empty() ? "" : "; ") + status.reason();
  }
  return Status::refuse("cuSPARSELt: " + reasons);
}

Status Library::open_file(const std::string& candidate) {
  if (Status status = DynamicLibrary::open({candidate}, library); !status) {
    return status;
  }
  if (Status status = library.load("cusparseLtGetProperty", property); !status) {
    return status;
  }
  Version found;
  if (property(kMajor, &found.major) != kSuccess || property(kMinor, &found.minor) != kSuccess ||
      property(kPatch, &found.patch) != kSuccess) {
    return Status::refuse(library.path() + ": does not tell its version");
  }
  if (Status status = check_version(found); !status) {
    return Status::refuse(library.path() + ": " + status.reason());
  }
  version = found;
  library.keep_mapped();
  return load();
}

Status Library::load() {
  FunctionLoader loader{library};
  loader.load("cusparseLtInit", init);
  loader.load("cusparseLtDestroy", destroy);
  loader.load("cusparseLtGetErrorName", error_name);
  loader.load("cusparseLtDenseDescriptorInit", dense);
  loader.load("cusparseLtStructuredDescriptorInit", structured);
  loader.load("cusparseLtMatDescriptorDestroy", matrix_destroy);
  loader.load("cusparseLtMatmulDescriptorInit", matmul_init);
  loader.load("cusparseLtMatmulAlgSelectionInit", alg_init);
  loader.load("cusparseLtMatmulAlgSelectionDestroy", alg_destroy);
  loader.load("cusparseLtMatmulAlgSetAttribute", alg_set);
  loader.load("cusparseLtMatmulAlgGetAttribute", alg_get);
  loader.load("cusparseLtMatmulPlanInit", plan_init);
  loader.load("cusparseLtMatmulPlanDestroy", plan_destroy);
  loader.load("cusparseLtMatmulGetWorkspace", workspace);
  loader.load("cusparseLtMatmul", matmul);
  loader.load("cusparseLtMatmulSearch", search);
  loader.load("cusparseLtSpMMAPruneCheck2", prune_check);
  loader.load("cusparseLtSpMMACompressedSize2", compressed_size);
  loader.load("cusparseLtSpMMACompress2", compress);
  return loader.status();
}

}  // namespace olivine::cusparselt
