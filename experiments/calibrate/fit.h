// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

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
  int max_iterations = 40;
  double robust_error = 0.03;  // relative error beyond which a point loses influence
};

// Mean |relative error| in percent over the points.
[[nodiscard]] double mape_pct(const GpuMachine& machine, const LibraryCalibration& calibration,
                              const std::vector<FitPoint>& points);

// Constants of one library on one machine that make the model's times closest to the points':
// least sum of the soft-L1 loss of log(simulated / measured), by Levenberg-Marquardt on the
// constants named in `free` ("tensor_reached", "harness.weight_sets"), each kept in its legal range
// by a logistic map. The fastest kernel of the menu is searched anew in every iteration. Starts
// from `start`; constants that are not free keep its values. on_progress(iteration, mape_pct).
[[nodiscard]] LibraryCalibration fit_library(const GpuMachine& machine,
                                             const LibraryCalibration& start,
                                             const std::vector<FitPoint>& points,
                                             const std::vector<std::string>& free,
                                             const FitOptions& options,
                                             const std::function<void(int, double)>& on_progress);

}  // namespace olivine::calibrate
