// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <memory>
#include <string>

#include "experiments/compare/comparison.h"

namespace olivine {
struct GpuMachine;
}

namespace olivine::cli {

// Times GEMMs by the model of the tensor cores (sim/tensor_core/gemm_model.h): on the machine that
// the user chose, or on every shipped GPU by its name.
class ModelTimer : public compare::GemmTimer {
 public:
  // `chosen`: null for every shipped GPU. Contract: it outlives the timer.
  explicit ModelTimer(const GpuMachine* chosen);
  ~ModelTimer() override;
  ModelTimer(const ModelTimer&) = delete;
  ModelTimer& operator=(const ModelTimer&) = delete;

  [[nodiscard]] bool has_machine(const std::string& machine) const override;
  [[nodiscard]] compare::KernelSource kernels(const std::string& machine, const Scheme& scheme,
                                              const std::string& library) override;
  [[nodiscard]] int64_t sm_count(const std::string& machine) const override;
  [[nodiscard]] GemmTiming time(const std::string& machine, const std::string& library,
                                const std::string& source,
                                const GemmProblem& problem) const override;

  // Contract: kernels() was asked for it.
  [[nodiscard]] const GpuMachine& machine(const std::string& name) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace olivine::cli
