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
#include "experiments/trace/network_trace.h"
#include "models/analytic/network.h"
#include "models/base/error.h"
#include "models/machines/dram_device.h"
#include "sim/memory/dma_engine.h"
#include "sim/memory/make_memory.h"
#include "sim/systolic/event_engine.h"
#include "sim/systolic/run_layer.h"
#include "sim/systolic/simulate.h"
#include "sim/systolic/tile_program.h"

namespace olivine::cli {
namespace {

// The first of equal layers, under which a difference is reported.
const std::string& name_of_plan(const NetworkPlan& plan, size_t index) {
  const auto first = std::find(plan.plan_of_layer.begin(), plan.plan_of_layer.end(), index);
  return plan.workload.layers[static_cast<size_t>(first - plan.plan_of_layer.begin())].name;
}

// Two ways to time a layer, as messages call them.
struct Names {
  std::string_view tested;
  std::string_view reference;
};

// What differs, with both figures: "cycles 120 stepped, 118 closed".
std::string differences(const LayerTiming& tested, const LayerTiming& reference,
                        const Names& names) {
  std::string text;
  const auto compare = [&](std::string_view what, uint64_t a, uint64_t b) {
    if (a == b) return;
    text += fmt::format("{}{} {} {}, {} {}", text.empty() ? "" : "; ", what, a, names.tested, b,
                        names.reference);
  };
  compare("cycles", tested.cycles, reference.cycles);
  compare("array_cycles", tested.array_cycles, reference.array_cycles);
  compare("folds", tested.folds, reference.folds);
  compare("tiles", tested.tiles, reference.tiles);
  for (size_t i = 0; i < tested.stalls.size(); ++i) {
    compare(fmt::format("stall_cycles.{}", kStallCauseNames[i]), tested.stalls[i],
            reference.stalls[i]);
  }
  for (size_t i = 0; i < tested.dram_bytes.size(); ++i) {
    compare(fmt::format("dram_bytes.{}", kOperandNames[i]), tested.dram_bytes[i],
            reference.dram_bytes[i]);
  }
  compare("psum_reload_bytes", tested.psum_reload_bytes, reference.psum_reload_bytes);
  compare("weight_buffer_bytes", tested.weight_buffer_bytes, reference.weight_buffer_bytes);
  return text;
}

bool is_array_layer(const LayerPlan& layer) { return layer.kind != LayerKind::Vector; }

bool has_closed_form(const NetworkPlan& plan) {
  return plan.machine.dram.model != DramModel::Banked;
}

// Of a banked memory: close enough to show progress by.
LayerTiming closed_timing(const NetworkPlan& plan, const LayerPlan& layer) {
  return time_layer(layer.geometry, equivalent_bandwidth(plan.machine.dram, plan.machine.clock_hz),
                    layer.work, layer.tiling);
}

// One array layer, tile by tile as events, alone on a memory that is new.
LayerTiming event_timing(const NetworkPlan& plan, const LayerPlan& layer, MemoryStats* stats,
                         const LayerProgress& progress, const LayerObservers& observers = {}) {
  LayerJob job;
  job.geometry = layer.geometry;
  job.work = layer.work;
  job.tiling = layer.tiling;
  job.is_ideal = plan.machine.dram.model == DramModel::Ideal;
  job.observer = observers.layer;
  const DramConfig dram = job.is_ideal ? DramConfig{} : plan.machine.dram;  // unused where ideal
  const auto memory = make_memory(dram, plan.machine.clock_hz);
  memory->observe(observers.memory);
  DirectPort port{*memory};
  EventEngine engine{job, port, lone_dma(dram)};
  const LayerTiming timing = run_layer(engine, port, 0, progress);
  if (stats != nullptr) stats->add(memory->stats(), layer.occurrences);
  return timing;
}

// Names the layer in what `step` throws.
template <class Step>
auto with_layer_name(const NetworkPlan& plan, size_t plan_index, Step step) {
  const std::string& name = name_of_plan(plan, plan_index);
  try {
    return step();
  } catch (const CheckFailed& failure) {
    throw CheckFailed{fmt::format("layer {}: {}", name, failure.what())};
  } catch (const NoProgress& failure) {
    throw NoProgress{fmt::format("layer {}: {}", name, failure.what())};
  }
}

// `timing_of(index, progress, observers)` of every array layer under a progress bar; the vector
// unit's layers in closed form.
template <class TimingOf>
std::vector<LayerResult> run_layers(const NetworkPlan& plan, trace::NetworkRecorder* recorder,
                                    TimingOf timing_of) {
  uint64_t total_cycles = 0;
  for (const LayerPlan& layer : plan.plans) {
    if (is_array_layer(layer)) total_cycles += closed_timing(plan, layer).cycles;
  }
  Progress progress{"cycles", total_cycles};
  uint64_t finished_cycles = 0;
  std::vector<LayerResult> results;
  for (size_t i = 0; i < plan.plans.size(); ++i) {
    const LayerPlan& layer = plan.plans[i];
    if (!is_array_layer(layer)) {
      results.push_back(evaluate_layer(plan, layer));
      continue;
    }
    progress.set_label(name_of_plan(plan, i));
    const LayerObservers observers = recorder == nullptr ? LayerObservers{} : recorder->observe(i);
    const auto report = [&](uint64_t cycles) { progress.update(finished_cycles + cycles); };
    const LayerTiming timing =
        with_layer_name(plan, i, [&] { return timing_of(i, report, observers); });
    if (recorder != nullptr) recorder->finish(i, timing);
    results.push_back(layer_result(*plan.energy, layer, timing));
    finished_cycles += timing.cycles;
    progress.update(finished_cycles);
  }
  return results;
}

NetworkResult run_events(const NetworkPlan& plan, MemoryStats* dram,
                         trace::NetworkRecorder* recorder = nullptr) {
  const auto timing_of = [&](size_t index, const LayerProgress& progress,
                             const LayerObservers& observers) {
    const LayerPlan& layer = plan.plans[index];
    const LayerTiming timing = event_timing(plan, layer, dram, progress, observers);
    if (!has_closed_form(plan)) return timing;
    const LayerTiming closed = closed_timing(plan, layer);
    if (timing != closed) throw CheckFailed{differences(timing, closed, {"by events", "closed"})};
    return timing;
  };
  return sum_up(plan, run_layers(plan, recorder, timing_of));
}

// The timing that a stepped layer must give.
LayerTiming timing_in(const LayerResult& result) {
  LayerTiming timing;
  timing.cycles = result.cycles;
  timing.array_cycles = result.array_cycles;
  timing.folds = result.folds;
  timing.tiles = result.tiles;
  timing.stalls = result.stalls;
  timing.dram_bytes = result.dram_bytes;
  timing.psum_reload_bytes = result.counts.dram_read_bytes -
                             result.dram_bytes[static_cast<size_t>(Operand::Activations)] -
                             result.dram_bytes[static_cast<size_t>(Operand::Weights)];
  timing.weight_buffer_bytes = result.counts.weight_buffer_write_bytes;
  return timing;
}

void print_what_was_compared(const NetworkPlan& plan, Engine engine) {
  uint64_t layers = 0;
  for (const LayerPlan& layer : plan.plans) layers += is_array_layer(layer) ? layer.occurrences : 0;
  const std::string count =
      fmt::format("{} layer{}", with_separators(layers), layers == 1 ? "" : "s");
  if (engine == Engine::Cycle) {
    fmt::print(stderr, "outputs of {} equal the functional GEMM, cycles equal the {}\n", count,
               has_closed_form(plan) ? "closed form" : "event engine's");
  } else if (engine == Engine::Closed) {
    fmt::print(stderr, "the trace is by events; cycles of {} equal the closed form\n", count);
  } else if (has_closed_form(plan)) {
    fmt::print(stderr, "cycles of {} equal the closed form\n", count);
  }
}

}  // namespace

NetworkResult step_network(const NetworkPlan& plan, const NetworkResult& reference, uint64_t seed,
                           trace::NetworkRecorder* recorder) {
  const Names names{"stepped", has_closed_form(plan) ? "closed" : "by events"};
  const auto timing_of = [&](size_t index, const LayerProgress& progress,
                             const LayerObservers& observers) {
    const LayerTiming stepped = simulate_layer(plan, plan.plans[index], seed, progress, observers);
    const LayerTiming expected = timing_in(reference.results[index]);
    if (stepped != expected) throw CheckFailed{differences(stepped, expected, names)};
    return stepped;
  };
  return sum_up(plan, run_layers(plan, recorder, timing_of));
}

NetworkResult run_engine(const NetworkPlan& plan, Engine engine, uint64_t seed, MemoryStats* dram,
                         trace::NetworkRecorder* recorder) {
  if (engine == Engine::Closed && recorder == nullptr) return evaluate(plan);
  NetworkResult result;
  if (engine == Engine::Cycle) {
    const NetworkResult reference = has_closed_form(plan) ? evaluate(plan) : run_events(plan, dram);
    result = step_network(plan, reference, seed, recorder);
  } else {
    result = run_events(plan, dram, recorder);
  }
  print_what_was_compared(plan, engine);
  return result;
}

LayerResult time_one_layer(const NetworkPlan& plan, const LayerPlan& layer) {
  if (!is_array_layer(layer) || has_closed_form(plan)) return evaluate_layer(plan, layer);
  return layer_result(*plan.energy, layer, event_timing(plan, layer, nullptr, {}));
}

}  // namespace olivine::cli
