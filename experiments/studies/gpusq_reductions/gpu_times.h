// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

namespace olivine {

class GemmModel;
struct Workload;

// Times of a network's layers on a GPU. Linear layers and the patch embedding run in the named
// scheme; attention, which has no weights, and vector layers stay in fp16.
struct GpuTimes {
  double fp16_s = 0;         // linear layers and patch embedding
  double int8_sparse_s = 0;  // the same, w8a8-int8-2:4
  double int4_sparse_s = 0;  // the same, w4a4-int4-2:4
  double attention_s = 0;
  double vector_s = 0;
};

// Throws ConfigError where the machine does not run a scheme.
[[nodiscard]] GpuTimes time_network(const GemmModel& model, const Workload& workload);

}  // namespace olivine
