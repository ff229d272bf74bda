// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>

#include "experiments/quantize/quantize_report.h"

namespace olivine::cli {

struct QuantizeTableOptions {
  bool is_colored = false;
  bool has_layers = false;  // a table of every scheme's layers too
};

// A row a scheme: bytes, error of the weights, outliers and victims, quality, time and energy; then
// by how much OVP is better than plain integers of the same bits, where both are there.
[[nodiscard]] std::string quantize_table(const quality::QuantizeReport& report,
                                         const QuantizeTableOptions& options);

}  // namespace olivine::cli
