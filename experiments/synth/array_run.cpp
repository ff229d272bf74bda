// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/synth/array_run.h"

#include "models/base/rng.h"
#include "models/numerics/random_operand.h"
#include "sim/systolic/array_driver.h"

namespace olivine::synth {
namespace {

ArrayGeometry geometry_of(const ArrayWorkload& workload) {
  MachineConfig machine;
  machine.name = "synth";
  machine.array.rows = workload.rows;
  machine.array.cols = workload.cols;
  machine.array.pe_operand_bits = workload.pe_operand_bits;
  machine.array.dataflow = workload.dataflow;
  return make_geometry(machine, workload.scheme);
}

GemmShape shape_of(const ArrayWorkload& workload, const ArrayGeometry& geometry) {
  const int64_t n = workload.folds * geometry.col_span;
  if (!geometry.is_output_stationary()) {
    return {workload.stream_cycles, n, geometry.row_span, 1};
  }
  // A 2:4 group of four elements takes two cycles.
  const int64_t k = workload.stream_cycles * (geometry.is_sparse ? 2 : 1);
  return {geometry.row_span, n, k, 1};
}

DecodedMatrix operand(Format format, Pattern pattern, int64_t rows, int64_t k, int64_t lanes,
                      uint64_t seed) {
  Rng rng{seed};
  return decode(random_packed(format, pattern, rows, k, rng), lanes);
}

}  // namespace

struct ArrayRun::State {
  explicit State(const ArrayWorkload& wanted);
  Fold build() { return builder.build({0, shape.m}, {0, shape.n}, {0, shape.k}, built++); }
  void start_what_may();

  ArrayWorkload workload;
  ArrayGeometry geometry;
  GemmShape shape;
  DecodedMatrix activations;
  DecodedMatrix weights;
  OutputGrid outputs;
  ArrayDriver driver;
  FoldBuilder builder;
  int64_t built = 0;
  int64_t started = 0;
  int64_t done = 0;
  int64_t now = 0;
};

ArrayRun::State::State(const ArrayWorkload& wanted)
    : workload(wanted),
      geometry(geometry_of(workload)),
      shape(shape_of(workload, geometry)),
      activations(operand(workload.scheme.activations, Pattern::Dense, shape.m, shape.k,
                          geometry.left_lanes, workload.seed)),
      weights(operand(workload.scheme.weights, workload.scheme.weight_pattern, shape.n, shape.k,
                      geometry.top_lanes, workload.seed + 1)),
      outputs(shape),
      driver(geometry, outputs),
      builder(geometry, ActivationView{activations}, weights, 0) {}

void ArrayRun::State::start_what_may() {
  const bool preloads = !geometry.is_output_stationary();
  for (;;) {
    if (preloads && built < workload.folds && driver.can_preload(now)) {
      driver.preload(build(), now);
    }
    if (started == workload.folds || !driver.can_start(workload.stream_cycles, now)) return;
    preloads ? driver.start(now) : driver.start(build(), now);
    ++started;
  }
}

ArrayRun::ArrayRun(const ArrayWorkload& workload)
    : workload_(workload), state_(std::make_unique<State>(workload)) {}
ArrayRun::~ArrayRun() = default;

bool ArrayRun::step() {
  if (state_->done == workload_.folds) return false;
  state_->start_what_may();
  state_->done += state_->driver.step(state_->now++);
  return true;
}

const ArrayBorder& ArrayRun::border() const { return state_->driver.border(); }
const PeArray& ArrayRun::array() const { return state_->driver.array(); }

}  // namespace olivine::synth
