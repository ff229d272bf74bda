// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

namespace olivine::cli {

class Arguments;

// `olivine run` on a GPU: load, simulate, report. Returns the exit status. Throws as
// load_gpu_experiment(), GemmModel() and run_gpu_network().
[[nodiscard]] int run_gpu(const Arguments& arguments);

// `olivine explain` on a GPU.
[[nodiscard]] int explain_gpu(const Arguments& arguments);

}  // namespace olivine::cli
