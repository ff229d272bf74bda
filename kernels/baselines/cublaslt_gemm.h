// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernels/baselines/baseline_gemm.h"
#include "kernels/launch/status.h"

namespace olivine {

struct CublasLtOptions {
  // Folders to look into before the loader's own (python_library_folders()).
  std::vector<std::string> folders = {};
  int64_t workspace_bytes = int64_t{64} << 20;
  int max_candidates = 24;  // of the heuristic, each to be timed; 1..64
};

// cuBLASLt, loaded now: fp16, bf16, fp8 and int8, dense. Or why not: no library, one older than
// version 12, no GPU, or built where cublasLt.h was missing.
// Contract: a device is current (use_device()).
Status open_cublaslt(const CublasLtOptions& options, std::unique_ptr<BaselineLibrary>& library);

}  // namespace olivine
