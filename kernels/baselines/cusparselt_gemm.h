// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernels/baselines/baseline_gemm.h"
#include "kernels/launch/status.h"

namespace olivine {

struct CusparseLtOptions {
  // Folders to look into before the loader's own (python_library_folders()).
  std::vector<std::string> folders = {};
  int max_candidates = 24;  // before BaselineGemm::search()
};

// cuSPARSELt, loaded now, neither header nor library needed to build: fp16 and int8 with 2:4
// weights. Or why not: no library, a version other than 0.8.1 and later ones of 0.x (0.8.0 is slow
// on H100, earlier ones have other structures), no GPU.
// Contract: a device is current (use_device()).
Status open_cusparselt(const CusparseLtOptions& options, std::unique_ptr<BaselineLibrary>& library);

}  // namespace olivine
