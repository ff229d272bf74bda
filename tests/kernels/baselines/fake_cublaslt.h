// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

// What the stand-in for cuBLASLt is and what it has seen. Tests find it with the library's own
// fake_cublaslt_state().
struct FakeCublasLtState {
  int major = 13;
  bool has_gpu = true;
  int algo_count = 3;  // of the heuristic; the one before the last cannot run
  int live_objects = 0;
  int last_algo = 0;
  int8_t fast_accumulation = 0;
  uint64_t allowed_workspace_bytes = 0;
  uint64_t given_workspace_bytes = 0;
};
