// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "models/workloads/workload.h"

namespace olivine {

// Importer of SCALE-Sim (v2) topology files. The header line tells the two forms apart:
//   GEMM  Layer, M, N, K,
//   conv  Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels,
//         Num Filter, Strides,              (optionally a second, horizontal stride column)
// A trailing comma, CR LF and blank lines are accepted, and so is a stride column that only the
// rows have. As SCALE-Sim does it: one image, no padding, the output extent is
// ceil((in - filter + stride) / stride), and a conv layer with "DP" in its name is depthwise (one
// filter a channel; Num Filter is 1). Columns it does not know (sparsity) are refused, not ignored.

inline constexpr size_t kMaxCsvBytes = size_t{4} << 20;

// Throws ConfigError with every problem of the file as file:line. The workload has the name of the
// file without its suffix.
[[nodiscard]] Workload load_scalesim_csv(const std::filesystem::path& path);
// The same from text; `source` names it in messages.
[[nodiscard]] Workload parse_scalesim_csv(std::string_view text, const std::string& source);

}  // namespace olivine
