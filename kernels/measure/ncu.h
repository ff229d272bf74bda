// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/launch/status.h"

namespace olivine::measure {

// Hardware counters of one launch, by Nsight Compute as a program of its own that runs this program
// again. It leaves clocks as they are (--clock-control none).

// Names of metrics that GH100 (90) or GA100 (80) has, as CUPTI of CUDA 13 enumerates
// them; those of wgmma and TMA on 90 alone.
[[nodiscard]] std::vector<std::string> ncu_metrics(int compute_capability);

// The program `ncu` in one of the folders of `path` (as of PATH), or where CUDA and Nsight Compute
// are installed.
[[nodiscard]] std::optional<std::string> find_ncu(std::string_view path);

// One launch to look at.
struct NcuTarget {
  std::string kernel_function;       // without arguments of templates and functions
  std::vector<std::string> command;  // this program, to run it
};
[[nodiscard]] std::vector<std::string> ncu_command(const std::string& ncu,
                                                   const std::vector<std::string>& metrics,
                                                   const NcuTarget& target);
// "mma_gemm_kernel" of "void olivine::mma_gemm_kernel<(int)3>(olivine::MmaParams)".
[[nodiscard]] std::string function_name(std::string_view demangled);

// Words as a shell takes them.
[[nodiscard]] std::string shell_text(const std::vector<std::string>& command);

// Reads what `ncu --csv --page raw` printed. Refused with what it says: no permission to read
// counters, no such kernel.
Status parse_ncu_csv(std::string_view text, std::map<std::string, double>& counters);

// Runs the command and parses.
Status run_ncu(const std::vector<std::string>& command, std::map<std::string, double>& counters);

}  // namespace olivine::measure
