// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include "experiments/quantize/run_quantize.h"

namespace olivine::cli {

class Arguments;

// What `olivine quantize` is asked for. Throws ConfigError with every problem of the options.
[[nodiscard]] quality::QuantizeRequest read_quantize_request(const Arguments& arguments);

}  // namespace olivine::cli
