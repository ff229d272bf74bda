// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

// What the stand-in for cuSPARSELt is and what it has seen. Tests find it with the library's own
// fake_cusparselt_state().
struct FakeCusparseLtState {
  int major = 0;
  int minor = 8;
  int patch = 1;
  int init_result = 0;
  bool has_column_order = true;  // kernels whose D is in column order
  int alg_count = 5;             // of which number 3 cannot run
  int live_objects = 0;          // made less destroyed
  int searches = 0;
  int last_alg = 0;         // that ran
  int last_structured = 0;  // operand of the last run that was structured: 1 or 2
};
