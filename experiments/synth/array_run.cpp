// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/synth/array_run.h"

#include "models/base/rng.h"
#include "models/numerics/random_operand.h"

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

ArrayRun::ArrayRun(const ArrayWorkload& workload)
    : workload_(workload),
      geometry_(geometry_of(workload)),
      shape_(shape_of(workload, geometry_)),
      activations_(operand(workload.scheme.activations, Pattern::Dense, shape_.m, shape_.k,
                           geometry_.left_lanes, workload.seed)),
      weights_(operand(workload.scheme.weights, workload.scheme.weight_pattern, shape_.n, shape_.k,
                       geometry_.top_lanes, workload.seed + 1)),
      outputs_(shape_),
      driver_(geometry_, outputs_),
      builder_(geometry_, ActivationView{activations_}, weights_, 0) {}

void ArrayRun::start_what_may() {
  const bool preloads = !geometry_.is_output_stationary();
  for (;;) {
    if (preloads && built_ < workload_.folds && driver_.can_preload(now_)) {
      driver_.preload(build(), now_);
    }
    if (started_ == workload_.folds || !driver_.can_start(workload_.stream_cycles, now_)) return;
    preloads ? driver_.start(now_) : driver_.start(build(), now_);
    ++started_;
  }
}

bool ArrayRun::step() {
  if (done_ == workload_.folds) return false;
  start_what_may();
  done_ += driver_.step(now_++);
  return true;
}

}  // namespace olivine::synth
