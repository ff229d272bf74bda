// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/view/recorder.h"

#include <fmt/format.h>

#include <memory>
#include <utility>
#include <vector>

#include "experiments/view/annotate.h"
#include "models/analytic/network.h"
#include "models/base/error.h"
#include "models/numerics/gemm.h"
#include "models/numerics/random_operand.h"
#include "sim/memory/dma_engine.h"
#include "sim/memory/make_memory.h"
#include "sim/systolic/array_driver.h"
#include "sim/systolic/layer_engine.h"
#include "sim/systolic/layer_operands.h"
#include "sim/systolic/run_layer.h"
#include "sim/systolic/tile_program.h"

namespace olivine::view {
namespace {

// More than trained tensors have, so that a small matrix shows one.
constexpr double kShownOutlierShare = 0.12;

void check_size(const MachineConfig& machine) {
  if (machine.array.rows <= kMaxSide && machine.array.cols <= kMaxSide) return;
  throw ConfigError{
      fmt::format("machine {}: {} x {} PEs: at most {} x {} can be shown; set --rows and --cols",
                  machine.name, machine.array.rows, machine.array.cols, kMaxSide, kMaxSide)};
}

void check_scheme(const Scheme& scheme) {
  for (const Format format : {scheme.weights, scheme.activations}) {
    if (info(format).is_integer) continue;
    throw ShapeError{fmt::format("the cycle model computes integers, and {} has {} operands",
                                 scheme.name, name_of(format))};
  }
}

[[noreturn]] void refuse_length(const GemmShape& shape) {
  throw ConfigError{fmt::format("{}x{}x{} takes more than {} cycles: choose a smaller GEMM",
                                shape.m, shape.n, shape.k, kMaxCycles)};
}

// The registers, the border and the bottom edge as the cycle just stepped left them.
void capture(const LayerEngine& engine, int64_t cycle, Recording& recording, Observation& seen) {
  const ArrayDriver& driver = engine.driver();
  Frame frame;
  frame.cycle = cycle;
  frame.has_moved = driver.has_moved();
  for (int64_t row = 0; row < recording.geometry.rows; ++row) {
    for (int64_t col = 0; col < recording.geometry.cols; ++col) {
      PeView pe;
      pe.registers = driver.array().pe(static_cast<size_t>(row), static_cast<size_t>(col));
      frame.pes.push_back(pe);
    }
  }
  recording.frames.push_back(std::move(frame));
  seen.borders.push_back(driver.border());
  const auto bottom = driver.array().bottom();
  seen.bottoms.emplace_back(bottom.begin(), bottom.end());
}

std::optional<StallCause> stall_since(const StallCycles& before, const StallCycles& now) {
  for (size_t i = 0; i < now.size(); ++i) {
    if (now[i] != before[i]) return static_cast<StallCause>(i);
  }
  return std::nullopt;
}

void step_layer(const MachineConfig& machine, const LayerPlan& plan, Recording& recording,
                Observation& seen, const std::vector<int32_t>& expected) {
  LayerJob job{recording.geometry, plan.work, plan.tiling, {}};
  job.is_ideal = machine.dram.model == DramModel::Ideal;
  const DramConfig dram = job.is_ideal ? DramConfig{} : machine.dram;  // unused where ideal
  const std::unique_ptr<MemoryModel> memory = make_memory(dram, machine.clock_hz);
  DirectPort port{*memory};
  LayerOperands operands;
  operands.activations.push_back(seen.activations);
  operands.weights.push_back(seen.weights);
  LayerEngine engine{job, operands, port, lone_dma(dram)};
  for (int64_t now = 0;; ++now) {
    port.deliver(engine, now);
    if (engine.is_finished()) break;
    if (now == kMaxCycles) refuse_length(recording.shape);
    const StallCycles before = engine.timing().stalls;
    engine.tick(now);
    port.deliver(engine, now);
    capture(engine, now, recording, seen);
    recording.frames.back().stall = stall_since(before, engine.timing().stalls);
  }
  recording.timing = engine.timing();
  const auto outputs = engine.outputs();
  if (std::vector<int32_t>(outputs.begin(), outputs.end()) != expected) {
    throw CheckFailed{"the outputs of the array differ from the golden GEMM"};
  }
}

}  // namespace

MachineConfig default_machine() {
  MachineConfig machine;
  machine.name = "array";
  machine.array.rows = 4;
  machine.array.cols = 4;
  machine.dram.model = DramModel::Ideal;
  return machine;
}

GemmShape two_folds(const ArrayGeometry& geometry) {
  // Long enough that a fold's results are out before those of the next one come.
  const int64_t stream = geometry.rows + 2;
  const int64_t across = 2 * geometry.col_span;
  switch (geometry.dataflow) {
    case Dataflow::WeightStationary:
      return {stream, across, geometry.row_span, 1};
    case Dataflow::OutputStationary:
      return {geometry.row_span, across, geometry.is_sparse ? 2 * stream : stream, 1};
    case Dataflow::InputStationary:
      return {across, stream, geometry.row_span, 1};
  }
  OLV_CHECK(false, "dataflow {}", static_cast<int>(geometry.dataflow));
}

Recording record(const Example& example) {
  check_size(example.machine);
  check_scheme(example.scheme);
  const ArrayGeometry geometry = make_geometry(example.machine, example.scheme);
  const GemmShape shape = example.shape.value_or(two_folds(geometry));
  // Folds of a cycle each are the least that a layer can take; the rest shows when it is stepped.
  const double least = static_cast<double>(geometry.row_folds(shape.m, shape.k)) *
                       static_cast<double>(geometry.col_folds(shape.m, shape.n)) *
                       static_cast<double>(geometry.stream_cycles(shape.m, shape.n, shape.k));
  if (least > static_cast<double>(kMaxCycles)) refuse_length(shape);

  PlanOptions options;
  options.mapper.tile = example.tile;
  const NetworkPlan network =
      plan_network(example.machine, example.scheme, single_gemm(shape), options);
  Rng rng{example.seed};
  const PackedMatrix a = random_packed(example.scheme.activations, Pattern::Dense, shape.m, shape.k,
                                       rng, kShownOutlierShare);
  const PackedMatrix b = random_packed(example.scheme.weights, example.scheme.weight_pattern,
                                       shape.n, shape.k, rng, kShownOutlierShare);
  Observation seen;
  seen.activations = decode(a, lane_count(example.machine.array, a.format));
  seen.weights = decode(b, lane_count(example.machine.array, b.format));

  Recording recording;
  recording.machine = example.machine.name;
  recording.scheme = example.scheme;
  recording.shape = shape;
  recording.geometry = geometry;
  recording.seed = example.seed;
  const LayerPlan& plan = network.plans.front();
  step_layer(example.machine, plan, recording, seen, gemm_golden(a, b).c);
  annotate(recording, plan, seen);
  return recording;
}

}  // namespace olivine::view
