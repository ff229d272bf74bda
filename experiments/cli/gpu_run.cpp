// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/gpu_run.h"

#include <fmt/format.h>

#include "experiments/cli/arguments.h"
#include "experiments/cli/gpu_experiment.h"
#include "experiments/cli/gpu_report.h"
#include "experiments/cli/output.h"
#include "experiments/cli/text_table.h"
#include "models/machines/machine_yaml.h"
#include "sim/tensor_core/gpu_network.h"

namespace olivine::cli {
namespace {

std::string report_text(const Arguments& arguments, const GpuReport& report, bool is_file) {
  if (arguments.has("json")) return to_json(report).dump(2) + "\n";
  if (arguments.has("csv")) return to_csv(report);
  return to_table(report, !is_file && is_stdout_colored(), arguments.has("verbose"));
}

}  // namespace

int run_gpu(const Arguments& arguments) {
  const GpuExperiment experiment = load_gpu_experiment(arguments);
  Output output{arguments.get("output")};
  if (arguments.has("dump-config")) {
    output.commit(machine_yaml(experiment.machine));
    return 0;
  }
  const GpuNetworkResult result = run_gpu_network(*experiment.model, experiment.workload,
                                                  experiment.scheme, run_options_of(experiment));
  fmt::print(stderr, "{}", calibration_notes(result));
  output.commit(report_text(arguments, {&experiment, &result}, output.is_file()));
  return 0;
}

}  // namespace olivine::cli
