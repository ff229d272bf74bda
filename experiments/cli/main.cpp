// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <new>
#include <string>
#include <system_error>
#include <vector>

#include "experiments/cli/commands.h"
#include "experiments/cli/engine.h"
#include "experiments/cli/experiment.h"
#include "experiments/cli/gpu_experiment.h"
#include "experiments/cli/gpu_run.h"
#include "experiments/cli/interrupt.h"
#include "experiments/cli/output.h"
#include "experiments/cli/platform_run.h"
#include "experiments/cli/provenance.h"
#include "experiments/cli/report.h"
#include "experiments/cli/text_table.h"
#include "experiments/cli/trace_output.h"
#include "experiments/trace/network_trace.h"
#include "models/analytic/network.h"
#include "models/base/error.h"
#include "models/machines/machine_yaml.h"
#include "sim/memory/memory_model.h"

namespace olivine::cli {
namespace {

enum ExitStatus { kCheckFailedStatus = 1, kUserErrorStatus = 2, kNoProgressStatus = 3 };

std::string report(const Arguments& arguments, const Experiment& experiment,
                   const NetworkPlan& plan, const NetworkResult& result, const MemoryStats& stats,
                   bool is_file) {
  const MemoryStats* dram = plan.machine.dram.model == DramModel::Banked ? &stats : nullptr;
  if (arguments.has("json")) return to_json(experiment, plan, result, dram).dump(2) + "\n";
  if (arguments.has("csv")) return to_csv(plan, result);
  const bool is_colored = !is_file && is_stdout_colored();
  return to_table(plan, result, {is_colored, arguments.has("verbose")}, dram);
}

// Metadata of a trace: what was run, as in a result.
trace::TraceOptions trace_options(const Experiment& experiment, const NetworkPlan& plan) {
  trace::TraceOptions options = experiment.trace.options;
  options.metadata = {{"clock_hz", plan.machine.clock_hz},
                      {"machine", plan.machine.name},
                      {"workload", plan.workload.name},
                      {"scheme", plan.scheme.name},
                      {"traced_engine", experiment.engine == Engine::Cycle ? "cycle" : "event"},
                      {"config", resolved_config(experiment)},
                      {"provenance", provenance()}};
  return options;
}

NetworkResult run_and_trace(const Experiment& experiment, const NetworkPlan& plan,
                            MemoryStats& dram) {
  if (!experiment.trace.path) {
    return run_engine(plan, experiment.engine, experiment.seed, &dram);
  }
  TraceOutput output{experiment.trace};
  const trace::TraceOptions options = trace_options(experiment, plan);
  trace::NetworkRecorder recorder{plan, options};
  NetworkResult result = run_engine(plan, experiment.engine, experiment.seed, &dram, &recorder);
  output.commit(trace::write_network_trace(output.sink(), plan, result, recorder, options));
  return result;
}

int print_problems(const UserError& error) {
  for (const std::string& problem : error.problems()) fmt::print(stderr, "error: {}\n", problem);
  return kUserErrorStatus;
}

}  // namespace

// olivine run: load, build, run, report.
int run_experiment(const Arguments& arguments) {
  if (arguments.has("json") && arguments.has("csv")) {
    throw ConfigError{"--json and --csv exclude each other"};
  }
  if (arguments.has("platform")) return run_platform(arguments);
  if (is_gpu_requested(arguments)) return run_gpu(arguments);
  const Experiment experiment = load_experiment(arguments);
  Output output{arguments.get("output")};
  if (arguments.has("dump-config")) {
    output.commit(machine_yaml(experiment.machine));
    return 0;
  }
  const NetworkPlan plan = plan_network(experiment.machine, experiment.scheme, experiment.workload,
                                        plan_options(experiment), experiment.energy);
  MemoryStats dram;
  const NetworkResult result = run_and_trace(experiment, plan, dram);
  output.commit(report(arguments, experiment, plan, result, dram, output.is_file()));
  return 0;
}

}  // namespace olivine::cli

int main(int argc, char** argv) {
  using namespace olivine::cli;
  const std::vector<std::string> words(argv + 1, argv + argc);
  install_interrupt_handler();
  try {
    const int status = run_command(words);
    if (std::fflush(stdout) != 0) throw std::system_error{errno, std::generic_category(), "stdout"};
    return status;
  } catch (const olivine::UserError& error) {
    return print_problems(error);
  } catch (const olivine::CheckFailed& failure) {
    fmt::print(stderr, "check failed: {}\n", failure.what());
    return kCheckFailedStatus;
  } catch (const olivine::NoProgress& failure) {
    fmt::print(stderr, "no progress: {}\n", failure.what());
    return kNoProgressStatus;
  } catch (const std::system_error& error) {  // a full disk, a closed stdout
    fmt::print(stderr, "error: {}\n", error.what());
    return kUserErrorStatus;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "error: out of memory: the layers are too large for this machine\n");
    return kUserErrorStatus;
  }
}
