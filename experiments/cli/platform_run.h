// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

namespace olivine::cli {

class Arguments;

// `olivine run --platform`: load, spread over the accelerators, simulate in SystemC, report.
// Returns the exit status. Throws as load_platform_experiment(), partition_network() and
// run_program().
[[nodiscard]] int run_platform(const Arguments& arguments);

}  // namespace olivine::cli
