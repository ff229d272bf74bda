// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/analytic/array_timing.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/base/error.h"

namespace olivine {
namespace {

bool is_empty(const GemmShape& shape) {
  return shape.m == 0 || shape.n == 0 || shape.k == 0 || shape.batch == 0;
}

}  // namespace

int64_t ArrayGeometry::row_folds(int64_t m, int64_t k) const {
  return ceil_div(is_output_stationary() ? m : k, row_span);
}

int64_t ArrayGeometry::col_folds(int64_t m, int64_t n) const {
  return ceil_div(dataflow == Dataflow::InputStationary ? m : n, col_span);
}

int64_t ArrayGeometry::folds(int64_t m, int64_t n, int64_t k) const {
  return row_folds(m, k) * col_folds(m, n);
}

int64_t ArrayGeometry::stream_cycles(int64_t m, int64_t n, int64_t k) const {
  switch (dataflow) {
    case Dataflow::WeightStationary:
      return m;
    case Dataflow::OutputStationary:
      return is_sparse ? 2 * group_count(k) : k;
    case Dataflow::InputStationary:
      return n;
  }
  OLV_CHECK(false, "dataflow {}", static_cast<int>(dataflow));
}

int64_t ArrayGeometry::interval(int64_t stream, int64_t next_stream) const {
  if (pipelining == Pipelining::Serial) return stream + flush_cycles() + preload_cycles();
  if (is_output_stationary()) return stream + std::max<int64_t>(0, rows - next_stream);
  return std::max(stream, rows);
}

ArrayGeometry make_geometry(const MachineConfig& machine, const Scheme& scheme) {
  if (const auto reason = refusal(machine, scheme)) throw ShapeError{*reason};
  const ArrayConfig& array = machine.array;
  ArrayGeometry geometry;
  geometry.dataflow = array.dataflow;
  geometry.pipelining = array.pipelining;
  geometry.rows = array.rows;
  geometry.cols = array.cols;
  geometry.is_sparse = scheme.weight_pattern == Pattern::TwoFour;
  const bool weights_stream = array.dataflow == Dataflow::InputStationary;
  const int64_t activation_lanes = lane_count(array, scheme.activations);
  const int64_t weight_lanes = lane_count(array, scheme.weights);
  geometry.left_lanes = weights_stream ? weight_lanes : activation_lanes;
  geometry.top_lanes = weights_stream ? activation_lanes : weight_lanes;
  // ws on 2:4: the two kept weights of a group hold two lane groups and cover four of k.
  const bool rows_are_groups = geometry.is_sparse && array.dataflow == Dataflow::WeightStationary;
  geometry.row_span = rows_are_groups ? 4 * (array.rows / (2 * geometry.left_lanes))
                                      : array.rows / geometry.left_lanes;
  geometry.col_span = array.cols / geometry.top_lanes;
  geometry.pipeline_cycles = array.decoder_latency_cycles + array.output_latency_cycles;
  OLV_CHECK(geometry.row_span > 0 && geometry.col_span > 0, "{}x{} array", array.rows, array.cols);
  return geometry;
}

Scheme operand_scheme(const Scheme& scheme, bool is_attention) {
  if (!is_attention) return scheme;
  return Scheme{scheme.name, scheme.activations, scheme.activations, Pattern::Dense};
}

Cycles array_cycles(const ArrayGeometry& geometry, const GemmShape& shape) {
  if (is_empty(shape)) return Cycles{0};
  const int64_t folds = geometry.folds(shape.m, shape.n, shape.k) * shape.batch;
  const int64_t stream = geometry.stream_cycles(shape.m, shape.n, shape.k);
  const int64_t cycles = geometry.preload_cycles() +
                         (folds - 1) * geometry.interval(stream, stream) + stream +
                         geometry.flush_cycles() + geometry.pipeline_cycles;
  return Cycles{static_cast<uint64_t>(cycles)};
}

uint64_t useful_pe_ops(const ArrayGeometry& geometry, const GemmShape& shape) {
  const auto lanes = static_cast<uint64_t>(geometry.left_lanes * geometry.top_lanes);
  const auto reduced = geometry.is_sparse ? 2 * group_count(shape.k) : shape.k;
  const GemmShape kept{shape.m, shape.n, reduced, shape.batch};
  return kept.macs().count() * lanes;
}

double utilization(const ArrayGeometry& geometry, uint64_t pe_ops, Cycles total) {
  if (total.count() == 0) return 0.0;
  const double pes = static_cast<double>(geometry.rows * geometry.cols);
  return static_cast<double>(pe_ops) / (pes * static_cast<double>(total.count()));
}

}  // namespace olivine
