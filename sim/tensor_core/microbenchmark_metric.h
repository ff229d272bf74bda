// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <span>
#include <string_view>

#include "sim/tensor_core/microbenchmark.h"

namespace olivine {

// One quantity that microbenchmarks measure, and how it is simulated.
struct MicrobenchmarkMetric {
  std::string_view name;
  std::array<std::string_view, 2> units;  // spellings
  bool is_memory;                         // else of an instruction
  // Contract: the machine has the instruction, if the metric is of one.
  double (*simulate)(const GpuMachine& machine, const TensorInstruction& instruction);
  Evidence evidence;
};

[[nodiscard]] std::span<const MicrobenchmarkMetric> microbenchmark_metric_table();
// Null when there is none.
[[nodiscard]] const MicrobenchmarkMetric* find_microbenchmark_metric(std::string_view name);

}  // namespace olivine
