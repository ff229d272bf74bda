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
#include "experiments/cli/provenance.h"
#include "experiments/cli/text_table.h"
#include "experiments/cli/trace_output.h"
#include "experiments/platform/platform_result.h"
#include "experiments/trace/platform_trace.h"
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

PlatformResult simulate(const PlatformExperiment& experiment, const PlatformProgram& program,
                        PlatformObserver* observer = nullptr) {
  PlatformOptions options;
  options.observer = observer;
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

// Metadata of a trace: what was run, as in a result.
trace::TraceOptions trace_options(const PlatformExperiment& experiment) {
  trace::TraceOptions options = experiment.trace.options;
  options.metadata = {
      {"clock_hz", experiment.platform.clock_hz}, {"platform", experiment.platform.name},
      {"workload", experiment.workload.name},     {"scheme", experiment.scheme.name},
      {"config", resolved_config(experiment)},    {"provenance", provenance()}};
  return options;
}

PlatformResult simulate_and_trace(const PlatformExperiment& experiment,
                                  const PlatformProgram& program) {
  if (!experiment.trace.path) return simulate(experiment, program);
  TraceOutput output{experiment.trace};
  const trace::TraceOptions options = trace_options(experiment);
  trace::PlatformRecorder recorder{experiment.platform, program, options};
  PlatformResult result = simulate(experiment, program, &recorder);
  output.commit(
      trace::write_platform_trace(output.sink(), experiment.platform, program, recorder, options),
      "phases");
  return result;
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
  const PlatformResult result = simulate_and_trace(experiment, program);
  set_unfinished_file(Unfinished::Trace, "");
  print_what_was_compared(experiment.platform, program);
  output.commit(report_text(arguments, {&experiment, &program, &result}, output.is_file()));
  return 0;
}

}  // namespace olivine::cli
