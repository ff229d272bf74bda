// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/platform_run.h"

#include <fmt/format.h>

#include <utility>

#include "experiments/cli/arguments.h"
#include "experiments/cli/interrupt.h"
#include "experiments/cli/numbers.h"
#include "experiments/cli/output.h"
#include "experiments/cli/platform_experiment.h"
#include "experiments/cli/platform_report.h"
#include "experiments/cli/progress.h"
#include "experiments/cli/text_table.h"
#include "experiments/platform/platform_result.h"
#include "models/base/error.h"
#include "sim/platform/partition.h"

namespace olivine::cli {
namespace {

std::string report_text(const Arguments& arguments, const PlatformReport& report, bool is_file) {
  if (arguments.has("json")) return to_json(report).dump(2) + "\n";
  if (arguments.has("csv")) return to_csv(report);
  return to_table(report, !is_file && is_stdout_colored());
}

// Where the kernel's trace lies until it is complete (sim/platform/vcd_file.h).
std::string unfinished_trace(const std::string& vcd) {
  return vcd.empty() ? "" : vcd + ".partial.vcd";
}

PlatformResult simulate(const PlatformExperiment& experiment, const PlatformProgram& program) {
  PlatformOptions options;
  options.vcd = experiment.vcd;
  options.seed = experiment.seed;
  set_unfinished_file(Unfinished::Trace, unfinished_trace(experiment.vcd));
  Progress progress{"cycles", estimated_cycles(experiment.platform, program)};
  return run_program(experiment.platform, program, std::move(options),
                     [&](const std::string& phase, uint64_t cycles) {
                       progress.set_label(phase);
                       progress.update(cycles);
                     });
}

// Equal phases are simulated once, so their slices are compared once.
void print_what_was_compared(const PlatformConfig& platform, const PlatformProgram& program) {
  uint64_t slices = 0;
  for (const Phase& phase : program.phases) {
    for (const Job& job : phase.jobs) {
      const AcceleratorModel model = platform.accelerators[job.accelerator].model;
      const bool has_values =
          model != AcceleratorModel::Event && job.plan.kind != LayerKind::Vector;
      slices += has_values ? 1 : 0;
    }
  }
  if (slices == 0) return;
  fmt::print(stderr,
             "outputs of {} slice{}, and their bytes in memory, equal the functional GEMM\n",
             with_separators(slices), slices == 1 ? "" : "s");
}

}  // namespace

int run_platform(const Arguments& arguments) {
  const PlatformExperiment experiment = load_platform_experiment(arguments);
  Output output{arguments.get("output")};
  if (arguments.has("dump-config")) {
    output.commit(platform_yaml(experiment.platform));
    return 0;
  }
  const PlatformProgram program = partition_network(experiment.platform, experiment.scheme,
                                                    experiment.workload, experiment.kinds);
  const PlatformResult result = simulate(experiment, program);
  set_unfinished_file(Unfinished::Trace, "");
  print_what_was_compared(experiment.platform, program);
  output.commit(report_text(arguments, {&experiment, &program, &result}, output.is_file()));
  return 0;
}

}  // namespace olivine::cli
