// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/tensor_core/gemm_timing.h"
#include "sim/tensor_core/kernel.h"

namespace olivine {

struct Calibration;
struct CtaPlan;
struct GpuMachine;

// The kernels a library has for one scheme on one machine.
struct KernelMenu {
  std::string library;      // "cublas", "smoothquant", "weight_only", "olivine"
  bool calibrated = false;  // its constants were fitted to measurements of this library and machine
  std::vector<GemmKernel> kernels;
  // The smallest kernel of the library that the machine cannot run, and why; "" where it runs all.
  std::string refusal;
  GemmKernel left_out = {};

  // Whether the machine can run it.
  bool add(const GpuMachine& machine, const Scheme& scheme, GemmKernel kernel);
};

// What runs around a GEMM. Default: every operand comes from memory, and the work before lasted so
// long that the power limit holds from the start.
struct GemmContext {
  // Sets of weights that a benchmark rotates through: where they fit L2 together they are found
  // there. 0: as many as it takes to find none. Activations are found there if one set fits.
  double weight_sets = 0;
  double throttle_s = 0;  // a kernel of that duration spends half its time below the highest clock
  double launch_s = 0;    // on top of the library's own
};

// Times GEMM kernels on one machine.
class GemmModel {
 public:
  // Throws ConfigError that lists names the energy table or calibration does not have.
  explicit GemmModel(const GpuMachine& machine);
  // With constants of its own instead of the shipped ones.
  GemmModel(const GpuMachine& machine, const Calibration& calibration);
  ~GemmModel();
  GemmModel(GemmModel&&) noexcept;
  GemmModel& operator=(GemmModel&&) noexcept;

  [[nodiscard]] const GpuMachine& machine() const;

  // The library's menu for a scheme; with no library named, a calibrated one where there is one,
  // else the fastest at 4096 x 4096 x 4096. Lives as long as the model. Throws ConfigError with the
  // reason and the nearest choice where nothing runs it: no instruction, or no kernel that fits.
  [[nodiscard]] const KernelMenu& menu(const Scheme& scheme, const std::string& library = "") const;

  // Names of libraries with a menu for the scheme on this machine.
  [[nodiscard]] std::vector<std::string> libraries(const Scheme& scheme) const;

  // One kernel, with the constants of a library. Contract: the kernel runs on the machine
  // (refuse_kernel). Any extent may be 0: only the launch is left.
  [[nodiscard]] GemmTiming time(const GemmKernel& kernel, const GemmProblem& problem,
                                const GemmContext& context = {},
                                const std::string& library = "") const;

  // The fastest kernel of the menu. Throws ConfigError where none runs it.
  [[nodiscard]] GemmTiming best(const KernelMenu& menu, const GemmProblem& problem,
                                const GemmContext& context = {}) const;

  // The kernel's CTAs at the highest clock, to be stepped (cta_stepper.h). Contract: as of time(),
  // and the kernel has tiles.
  [[nodiscard]] CtaPlan cta_plan(const GemmKernel& kernel, const GemmProblem& problem,
                                 const GemmContext& context = {},
                                 const std::string& library = "") const;

  // How the measurements of one collection (`source` column) were taken; the default one where
  // the library's calibration does not know it.
  [[nodiscard]] GemmContext context(const std::string& library, const std::string& source) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace olivine
