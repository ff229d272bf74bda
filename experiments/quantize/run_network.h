// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace olivine::quality {

struct QuantizeReport;
struct QuantizeRequest;

// Quantizes and executes a text encoder: run_quantize() with calibration, and its `watch`.
// Contract: the request has passed check_request() and has calibration.
[[nodiscard]] QuantizeReport run_network(
    const QuantizeRequest& request,
    const std::function<void(size_t done, size_t total, const std::string& what)>& watch);

}  // namespace olivine::quality
