// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <memory>
#include <string>

#include "sim/systolic/stream_accelerator.h"

namespace olivine {

class RtlModel;

// rtl/accelerator behind its streams, compiled by Verilator: what it shows in every cycle equals
// StreamAccelerator's. An assertion of the RTL that fails throws CheckFailed with its text.
class VerilatedAccelerator final : public AcceleratorCore {
 public:
  // `model`: the top module accelerator, built for `limits`.
  // Throws ConfigError that names a port it lacks.
  VerilatedAccelerator(const AcceleratorLimits& limits, std::unique_ptr<RtlModel> model);
  ~VerilatedAccelerator() override;

  void configure(const StreamFormats& formats) override;
  const StreamOutputs& cycle(const StreamInputs& inputs) override;
  [[nodiscard]] std::string describe() const override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Builds the model in `work` (nothing is built twice) from the tree `rtl` and opens it. Arrays from
// 16x16 on are built with LoopArray, which shows the same and simulates faster.
// Throws ConfigError: limits that cannot be built, all of them at once, and as ModelBuilder.
[[nodiscard]] std::unique_ptr<AcceleratorCore> make_verilated_accelerator(
    const std::string& rtl, const std::string& work, const AcceleratorLimits& limits);

}  // namespace olivine
