// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>

#include "experiments/compare/comparison.h"
#include "models/base/error.h"

namespace olivine::compare {

// A formula in place of the simulator: 1 us a million multiplications and 2 us to launch. GEMMs of
// m below 16 are of the launch regime, others of compute. Machines are "a100_sxm", "h100_sxm" and
// "mine"; the library "none" has no kernels, k = 13 runs on none, "" means "fastest", which alone
// is not calibrated.
class FakeTimer : public GemmTimer {
 public:
  [[nodiscard]] bool has_machine(const std::string& machine) const override {
    return machine == "a100_sxm" || machine == "h100_sxm" || machine == "mine";
  }

  [[nodiscard]] KernelSource kernels(const std::string& machine, const Scheme&,
                                     const std::string& library) override {
    if (library == "none") throw ConfigError{"no kernels on " + machine};
    if (library.empty()) return {"fastest", false, std::nullopt};
    return {library, true, kFitSeed};
  }

  [[nodiscard]] int64_t sm_count(const std::string&) const override { return kSms; }

  [[nodiscard]] GemmTiming time(const std::string&, const std::string&, const std::string&,
                                const GemmProblem& problem) const override {
    const GemmShape& shape = problem.shape;
    if (shape.k == 13) throw ConfigError{"no kernel runs k = 13"};
    GemmTiming timing;
    timing.time_s = seconds(shape);
    const TimePart part = shape.m < 16 ? TimePart::Launch : TimePart::Tensor;
    timing.parts_s[static_cast<size_t>(part)] = timing.time_s;
    timing.power_w = 500;
    timing.kernel = "fake_kernel";
    return timing;
  }

  static double seconds(const GemmShape& shape) {
    return 1e-12 * static_cast<double>(shape.macs().count()) + 2e-6;
  }
  static constexpr uint64_t kFitSeed = 3;
  static constexpr int64_t kSms = 100;
};

// A measured time of `ratio` times what FakeTimer says.
inline Measurement measured(const GemmShape& shape, double ratio) {
  Measurement row;
  row.line = 2;
  row.device = "H100-SXM5-80GB";
  row.source = "lab";
  row.library = "torch cuBLAS";
  row.dtype = "bf16";
  row.shape = shape;
  row.value = ratio * FakeTimer::seconds(shape);
  return row;
}

}  // namespace olivine::compare
