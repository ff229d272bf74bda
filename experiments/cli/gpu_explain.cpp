// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/gpu_explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include "experiments/cli/arguments.h"
#include "experiments/cli/explain.h"
#include "experiments/cli/gpu_experiment.h"
#include "experiments/cli/gpu_report.h"
#include "experiments/cli/gpu_run.h"
#include "experiments/cli/gpu_step.h"
#include "experiments/cli/text_table.h"
#include "models/base/error.h"
#include "models/energy/gpu_energy.h"
#include "sim/tensor_core/gemm_model.h"
#include "sim/tensor_core/gpu_network.h"

namespace olivine::cli {
namespace {

constexpr double kRounding = 1e-6;  // sums of doubles of different magnitudes
constexpr double kPicojoulesPerJoule = 1e12;

double operand_bytes_once(const GemmProblem& problem) {
  const GemmShape& shape = problem.shape;
  const auto batch = static_cast<double>(shape.batch);
  const auto bytes = [](Bytes count) { return static_cast<double>(count.count()); };
  const Scheme& scheme = problem.scheme;
  const double activations =
      problem.activation_elems > 0
          ? static_cast<double>(problem.activation_elems) * info(scheme.activations).bits / 8
          : batch * bytes(operand_bytes(scheme.activations, Pattern::Dense, shape.m, shape.k));
  const double weights =
      batch * bytes(operand_bytes(scheme.weights, scheme.weight_pattern, shape.n, shape.k));
  return activations + weights +
         batch * static_cast<double>(shape.m * shape.n * problem.output_bytes);
}

// The pJ of each action, by asking the energy model for the energy of one of it. A calibration may
// scale the table: then every action of a component costs as much more as the component does.
std::vector<GpuEnergyAction> energy_actions(const GpuMachine& machine,
                                            const GpuLayerResult& result) {
  struct Row {
    std::string_view component;
    std::string_view action;
    double GpuActions::*count;
    double GpuEnergy::*energy;
  };
  constexpr std::array kRows = {Row{"tensor", "MACs, padding of tiles included",
                                    &GpuActions::tensor_macs, &GpuEnergy::tensor_pj},
                                Row{"decoders", "elements decoded in tensor cores",
                                    &GpuActions::decoded_elems, &GpuEnergy::decoders_pj},
                                Row{"cuda_cores", "instructions of a CUDA-core lane",
                                    &GpuActions::alu_instructions, &GpuEnergy::cuda_cores_pj},
                                Row{"shared", "bytes of shared memory and L1",
                                    &GpuActions::shared_bytes, &GpuEnergy::shared_pj},
                                Row{"l2", "bytes", &GpuActions::l2_bytes, &GpuEnergy::l2_pj},
                                Row{"hbm", "bytes", &GpuActions::hbm_bytes, &GpuEnergy::hbm_pj}};
  const GpuEnergyModel model{machine};
  const GemmTiming& timing = result.timing;
  const GpuEnergy by_table = model.dynamic_energy(timing.actions, result.executed, timing.clock_hz);
  std::vector<GpuEnergyAction> actions;
  for (const Row& row : kRows) {
    GpuActions one;
    one.*row.count = 1;
    const double count = timing.actions.*row.count;
    if (count == 0) continue;  // the table may have no such action for this machine
    const double scale = timing.energy.*row.energy / by_table.*row.energy;
    const double pj = model.dynamic_energy(one, result.executed, timing.clock_hz).*row.energy;
    actions.push_back({row.component, row.action, count, pj * scale});
  }
  actions.push_back({"constant", "seconds", timing.time_s, model.idle_w() * kPicojoulesPerJoule});
  return actions;
}

void check_sum(const char* what, double sum, double expected) {
  if (std::abs(sum - expected) <= kRounding * expected) return;
  throw CheckFailed{fmt::format("{} add up to {}, the model says {}", what, sum, expected)};
}

void check(const GpuExplanation& explanation) {
  const GemmTiming& timing = explanation.result->timing;
  check_sum("parts of the time", std::accumulate(timing.parts_s.begin(), timing.parts_s.end(), 0.0),
            timing.time_s);
  double pj = 0;
  for (const GpuEnergyAction& action : explanation.actions) pj += action.count * action.pj;
  check_sum("actions", pj, timing.energy.total_pj());
}

// Every kernel that the library has for this m, whether the user named one or not, and those of the
// user's tile.
void add_menu(GpuExplanation& explanation, const GemmModel& model, const GemmProblem& problem) {
  const GpuLayerResult& result = *explanation.result;
  const KernelMenu& menu = model.menu(result.scheme, result.library);
  std::vector<GemmKernel> kernels = menu.kernels;
  if (const auto& tile = explanation.experiment->tile) {
    for (GemmKernel& kernel : custom_menu(model, menu, result.scheme, *tile).kernels) {
      kernels.push_back(std::move(kernel));
    }
  }
  for (const GemmKernel& kernel : kernels) {
    const bool is_dispatched = kernel.min_m <= problem.shape.m && problem.shape.m <= kernel.max_m;
    if (!is_dispatched && kernel.name != result.timing.kernel) continue;
    explanation.menu.push_back({kernel, model.time(kernel, problem, {}, result.library)});
  }
  std::stable_sort(explanation.menu.begin(), explanation.menu.end(),
                   [](const KernelCandidate& a, const KernelCandidate& b) {
                     return a.timing.time_s < b.timing.time_s;
                   });
  const auto chosen = std::find_if(
      explanation.menu.begin(), explanation.menu.end(),
      [&](const KernelCandidate& entry) { return entry.kernel.name == result.timing.kernel; });
  OLV_CHECK(chosen != explanation.menu.end(), "kernel {}", result.timing.kernel);
  explanation.chosen = static_cast<size_t>(chosen - explanation.menu.begin());
  if (chosen->kernel.on_cuda_cores) return;
  explanation.occupancy = occupancy(model.machine(), chosen->kernel, result.scheme);
}

}  // namespace

GpuExplanation explain_gpu_layer(const GpuExperiment& experiment, const GpuNetworkResult& network) {
  const Layer& layer = network.workload.layers.front();
  GpuExplanation explanation;
  explanation.experiment = &experiment;
  explanation.result = &network.results.front();
  const GemmTiming& timing = explanation.result->timing;
  if (explanation.result->library.empty()) {
    explanation.tensor_bytes = timing.hbm_bytes;  // each moved once
  } else {
    const GemmProblem problem = gpu_problem(layer, explanation.result->scheme);
    explanation.tensor_bytes = operand_bytes_once(problem);
    add_menu(explanation, *experiment.model, problem);
  }
  explanation.traffic = {LevelTraffic{"shared memory", timing.actions.shared_bytes},
                         LevelTraffic{"L2", timing.l2_bytes},
                         LevelTraffic{"HBM", timing.hbm_bytes}};
  explanation.actions = energy_actions(experiment.machine, *explanation.result);
  check(explanation);
  return explanation;
}

int explain_gpu(const Arguments& arguments) {
  GpuExperiment experiment = load_gpu_experiment(arguments);
  select_layer(arguments, experiment.workload);
  const GpuNetworkResult network = run_gpu_network(*experiment.model, experiment.workload,
                                                   experiment.scheme, run_options_of(experiment));
  const GpuExplanation explanation = explain_gpu_layer(experiment, network);
  std::optional<GpuStep> step;
  if (arguments.has("step")) step = step_gpu_layer(explanation);
  fmt::print(stderr, "{}", calibration_notes(network));
  if (arguments.has("json")) {
    nlohmann::ordered_json json = to_json(explanation);
    if (step) json["stepped"] = step_json(*step);
    fmt::print("{}\n", json.dump(2));
  } else {
    const bool is_colored = is_stdout_colored();
    fmt::print("{}{}", to_text(explanation, is_colored), step ? step_text(*step, is_colored) : "");
  }
  return 0;
}

}  // namespace olivine::cli
