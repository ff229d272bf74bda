// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "sim/tensor_core/cta_stepper.h"

namespace olivine::cli {

struct GpuExplanation;

// `olivine explain --step`: the chosen kernel's CTAs, stepped beside the model of waves. Both at
// the highest clock, since stepping has no power.
struct GpuStep {
  CtaSteps steps;
  double clock_hz = 0;
  double stepped_s = 0;
  double waves_s = 0;
};

// Contract: the menu of the explanation is complete. Throws ConfigError where there is nothing to
// step, or too much.
[[nodiscard]] GpuStep step_gpu_layer(const GpuExplanation& explanation);

// A section of the text, with its heading.
[[nodiscard]] std::string step_text(const GpuStep& step, bool is_colored);
[[nodiscard]] nlohmann::ordered_json step_json(const GpuStep& step);

}  // namespace olivine::cli
