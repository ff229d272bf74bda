// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/view/port_events.h"

#include <cstdlib>

#include "models/numerics/ovp.h"

namespace olivine::view {
namespace {

constexpr int64_t kGroup = 4;  // dense elements of a 2:4 group
constexpr int64_t kKept = 2;

int32_t element_value(const DecodedMatrix& matrix, int64_t row, int64_t column) {
  int32_t value = 0;
  for (int slice = 0; slice < matrix.slices; ++slice)
    value += matrix.at(row, column, slice).value();
  return value;
}

bool is_outlier(const DecodedMatrix& matrix, Format format, int64_t row, int64_t column) {
  if (!info(format).is_ovp || column >= matrix.columns) return false;
  return std::abs(element_value(matrix, row, column)) > paper_grid(format).max_normal;
}

// Fills in one element of a port event; zero where the row is too short (a 2:4 group's padding).
void add_element(PortEvent& event, size_t lane, const DecodedMatrix& matrix, Format format,
                 int64_t column) {
  if (column >= matrix.columns) return;
  event.values[lane] = matrix.at(event.outer, column, event.slice);
  event.outliers[lane] = is_outlier(matrix, format, event.outer, column);
  // Neighbours along k are a pair, of kept elements where 2:4 dropped the others.
  event.victims[lane] = is_outlier(matrix, format, event.outer, column ^ 1);
}

}  // namespace

PortEvents::PortEvents(const Recording& recording, const Observation& seen)
    : recording_(&recording), seen_(&seen), geometry_(&recording.geometry) {}

int64_t PortEvents::kept(const FoldRecord& fold) const {
  return geometry_->is_sparse ? group_count(fold.k.length) * kKept : fold.k.length;
}

void PortEvents::add_activation(PortEvent& event, size_t lane) const {
  add_element(event, lane, seen_->activations, recording_->scheme.activations,
              event.k + static_cast<int64_t>(lane));
}

void PortEvents::add_weight(PortEvent& event, int64_t stored) const {
  const DecodedMatrix& weights = seen_->weights;
  event.k = stored;
  if (geometry_->is_sparse && stored < weights.columns) {
    event.position = weights.position[static_cast<size_t>(event.outer * weights.columns + stored)];
    event.k = stored / kKept * kGroup + event.position;
  }
  add_element(event, 0, weights, recording_->scheme.weights, stored);
}

PortEvent PortEvents::left(Index fold, int64_t row, int64_t t) const {
  const FoldRecord& record = fold_at(fold);
  const bool is_os = geometry_->is_output_stationary();
  const int64_t element = row / geometry_->left_lanes;
  PortEvent event;
  event.fold = fold;
  event.slice = static_cast<uint8_t>(row % geometry_->left_lanes);
  event.is_padding = element >= (is_os ? record.m.length : kept(record));
  if (geometry_->dataflow == Dataflow::InputStationary) {
    event.matrix = Matrix::B;
    event.outer = record.n.begin + t;
    event.k = record.k.begin + element;
    if (!event.is_padding) add_weight(event, event.k);
    return event;
  }
  const int64_t along_k = is_os ? t : element;
  event.outer = record.m.begin + (is_os ? element : t);
  event.k = record.k.begin + (geometry_->is_sparse ? along_k / kKept * kGroup : along_k);
  event.elements = geometry_->is_sparse ? kGroup : 1;
  if (event.is_padding) return event;
  for (size_t lane = 0; lane < event.elements; ++lane) add_activation(event, lane);
  return event;
}

PortEvent PortEvents::top(Index fold, int64_t col, int64_t t) const {
  const FoldRecord& record = fold_at(fold);
  const bool is_is = geometry_->dataflow == Dataflow::InputStationary;
  const Span& range = is_is ? record.m : record.n;
  const int64_t element = geometry_->is_output_stationary() ? t : t / geometry_->left_lanes;
  PortEvent event;
  event.fold = fold;
  event.matrix = is_is ? Matrix::A : Matrix::B;
  event.slice = static_cast<uint8_t>(col % geometry_->top_lanes);
  event.outer = range.begin + col / geometry_->top_lanes;
  event.is_padding = col / geometry_->top_lanes >= range.length || element >= kept(record);
  event.k = record.k.begin + element;
  if (event.is_padding) return event;
  if (is_is) {
    add_activation(event, 0);
  } else {
    const int64_t begin = geometry_->is_sparse ? record.k.begin / kGroup * kKept : record.k.begin;
    add_weight(event, begin + element);
  }
  return event;
}

Result PortEvents::result(Index fold, int64_t col, int64_t t) const {
  const FoldRecord& record = fold_at(fold);
  const bool is_is = geometry_->dataflow == Dataflow::InputStationary;
  const int64_t across = col / geometry_->top_lanes;  // of the extent in the columns
  Result result;
  result.fold = fold;
  result.top_slice = static_cast<uint8_t>(col % geometry_->top_lanes);
  int64_t along = t;
  if (geometry_->is_output_stationary()) {
    along = t / geometry_->left_lanes;
    result.left_slice = static_cast<uint8_t>(t % geometry_->left_lanes);
  }
  result.m = record.m.begin + (is_is ? across : along);
  result.n = record.n.begin + (is_is ? along : across);
  result.is_padding = result.m >= record.m.end() || result.n >= record.n.end();
  return result;
}

}  // namespace olivine::view
