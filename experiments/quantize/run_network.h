// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include "experiments/quantize/run_quantize.h"

namespace olivine::quality {

// Quantizes and executes a text encoder (run_quantize() with calibration). Contract: the request
// has passed check_request() and has calibration.
[[nodiscard]] QuantizeReport run_network(const QuantizeRequest& request, const Watch& watch);

}  // namespace olivine::quality
