// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "experiments/cli/experiment.h"
#include "experiments/cli/numbers.h"
#include "experiments/cli/progress.h"
#include "models/analytic/network.h"
#include "models/base/error.h"
#include "sim/systolic/simulate.h"

namespace olivine::cli {
namespace {

// The first of equal layers, under which a difference is reported.
const std::string& name_of_plan(const NetworkPlan& plan, size_t index) {
  const auto first = std::find(plan.plan_of_layer.begin(), plan.plan_of_layer.end(), index);
  return plan.workload.layers[static_cast<size_t>(first - plan.plan_of_layer.begin())].name;
}

// What differs, with both figures: "cycles 120 stepped, 118 closed".
std::string differences(const LayerTiming& stepped, const LayerTiming& closed) {
  std::string text;
  const auto compare = [&](std::string_view what, uint64_t a, uint64_t b) {
    if (a == b) return;
    text += fmt::format("{}{} {} stepped, {} closed", text.empty() ? "" : "; ", what, a, b);
  };
  compare("cycles", stepped.cycles, closed.cycles);
  compare("array_cycles", stepped.array_cycles, closed.array_cycles);
  compare("folds", stepped.folds, closed.folds);
  compare("tiles", stepped.tiles, closed.tiles);
  for (size_t i = 0; i < stepped.stalls.size(); ++i) {
    compare(fmt::format("stall_cycles.{}", kStallCauseNames[i]), stepped.stalls[i],
            closed.stalls[i]);
  }
  for (size_t i = 0; i < stepped.dram_bytes.size(); ++i) {
    compare(fmt::format("dram_bytes.{}", kOperandNames[i]), stepped.dram_bytes[i],
            closed.dram_bytes[i]);
  }
  compare("psum_reload_bytes", stepped.psum_reload_bytes, closed.psum_reload_bytes);
  return text;
}

bool is_array_layer(const LayerPlan& layer) { return layer.kind != LayerKind::Vector; }

// The stepped timing of one layer, which is that of the closed form. Throws as step_network().
LayerTiming check_layer(const NetworkPlan& plan, size_t plan_index, uint64_t seed,
                        const SimulationProgress& progress) {
  const LayerPlan& layer = plan.plans[plan_index];
  const std::string& name = name_of_plan(plan, plan_index);
  try {
    const LayerTiming stepped = simulate_layer(plan, layer, seed, progress);
    const LayerTiming closed =
        time_layer(layer.geometry, plan.machine.dram, layer.work, layer.tiling);
    if (stepped != closed) throw CheckFailed{differences(stepped, closed)};
    return stepped;
  } catch (const CheckFailed& failure) {
    throw CheckFailed{fmt::format("layer {}: {}", name, failure.what())};
  } catch (const NoProgress& failure) {
    throw NoProgress{fmt::format("layer {}: {}", name, failure.what())};
  }
}

void print_what_was_compared(const NetworkPlan& plan) {
  uint64_t layers = 0;
  for (const LayerPlan& layer : plan.plans) layers += is_array_layer(layer) ? layer.occurrences : 0;
  fmt::print(stderr,
             "outputs of {} layer{} equal the functional GEMM, cycles equal the closed form\n",
             with_separators(layers), layers == 1 ? "" : "s");
}

}  // namespace

NetworkResult step_network(const NetworkPlan& plan, const NetworkResult& closed, uint64_t seed) {
  uint64_t total_cycles = 0;
  for (size_t i = 0; i < plan.plans.size(); ++i) {
    if (is_array_layer(plan.plans[i])) total_cycles += closed.results[i].cycles;
  }
  Progress progress{"cycles", total_cycles};
  uint64_t finished_cycles = 0;
  std::vector<LayerResult> results = closed.results;
  for (size_t i = 0; i < plan.plans.size(); ++i) {
    if (!is_array_layer(plan.plans[i])) continue;
    progress.set_label(name_of_plan(plan, i));
    const LayerTiming stepped = check_layer(
        plan, i, seed, [&](uint64_t cycles) { progress.update(finished_cycles + cycles); });
    results[i] = layer_result(plan, plan.plans[i], stepped);
    finished_cycles += stepped.cycles;
    progress.update(finished_cycles);
  }
  return sum_up(plan, std::move(results));
}

NetworkResult run_engine(const NetworkPlan& plan, Engine engine, uint64_t seed) {
  NetworkResult closed = evaluate(plan);
  if (engine == Engine::Closed) return closed;
  NetworkResult stepped = step_network(plan, closed, seed);
  print_what_was_compared(plan);
  return stepped;
}

}  // namespace olivine::cli
