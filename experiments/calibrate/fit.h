// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/tensor_core/calibration.h"
#include "sim/tensor_core/kernel.h"

namespace olivine {
struct GpuMachine;
}

namespace olivine::calibrate {

// One measurement to fit to.
struct FitPoint {
  GemmProblem problem;
  std::string source;  // its collection: LibraryCalibration::harnesses
  double seconds = 0;
};

struct FitOptions {
  int starts = 6;  // the given one, and others at random around it
  uint64_t seed = 1;
  int max_iterations = 40;
  double robust_error = 0.03;  // relative error beyond which a point loses influence
};

// Mean |relative error| in percent over the points.
[[nodiscard]] double mape_pct(const GpuMachine& machine, const LibraryCalibration& calibration,
                              const std::vector<FitPoint>& points);

// The constants of a library that its kernels for these points depend on, and for several
// collections what each launch costs more: {"tensor_reached", "harness.weight_sets"}.
[[nodiscard]] std::vector<std::string> free_constants(const GpuMachine& machine,
                                                      const LibraryCalibration& start,
                                                      const std::vector<FitPoint>& points);

// Constants of one library on one machine that make the model's times closest to the points':
// least sum of the soft-L1 loss of log(simulated / measured), by Levenberg-Marquardt on the
// constants named in `free`, each kept in its legal range by a logistic map. The fastest kernel of
// the menu is searched anew in every iteration. Constants that are not free keep the values of
// `start`. on_progress(start, iteration, mape_pct).
[[nodiscard]] LibraryCalibration fit_library(
    const GpuMachine& machine, const LibraryCalibration& start, const std::vector<FitPoint>& points,
    const std::vector<std::string>& free, const FitOptions& options,
    const std::function<void(int, int, double)>& on_progress);

}  // namespace olivine::calibrate
