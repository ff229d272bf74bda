// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/array_driver.h"

#include <algorithm>
#include <utility>

#include "models/base/error.h"
#include "sim/systolic/output_stationary_array.h"
#include "sim/systolic/stationary_array.h"

namespace olivine {
namespace {

std::unique_ptr<PeArray> make_array(const ArrayGeometry& geometry) {
  const auto rows = static_cast<size_t>(geometry.rows);
  const auto cols = static_cast<size_t>(geometry.cols);
  if (geometry.is_output_stationary()) {
    return std::make_unique<OutputStationaryArray>(rows, cols, geometry.is_sparse);
  }
  return std::make_unique<StationaryArray>(rows, cols, geometry.is_sparse);
}

}  // namespace

ArrayDriver::ArrayDriver(const ArrayGeometry& geometry, OutputGrid& outputs)
    : geometry_(geometry),
      outputs_(&outputs),
      array_(make_array(geometry)),
      border_(static_cast<size_t>(geometry.rows), static_cast<size_t>(geometry.cols),
              geometry.is_sparse) {}

bool ArrayDriver::can_preload(int64_t now) const {
  if (geometry_.is_output_stationary() || preloaded_) return false;
  if (!has_run_) return true;
  // Serial: nothing moves while the fold before is in the array. Overlapped: `next` is free once
  // the fold before has begun to swap it away, column by column, ahead of the new operands.
  if (geometry_.pipelining == Pipelining::Serial) return running_.empty();
  return last_start_ <= now;
}

void ArrayDriver::preload(Fold fold, int64_t now) { preloaded_ = Run{std::move(fold), now, 0}; }

bool ArrayDriver::is_border_free(int64_t next_stream, int64_t now) const {
  if (!has_run_) return true;
  if (geometry_.pipelining == Pipelining::Serial) return running_.empty();
  if (now < last_start_ + last_stream_) return false;
  // os: row 0 of a column finishes its next sum next_stream-1 cycles after the start and must find
  // its hold register moved on: the last shift it takes part in is the one after the last row's
  // sum, rows + last_stream_ - 1 cycles after the start of the fold before.
  return !geometry_.is_output_stationary() ||
         now + next_stream >= last_start_ + last_stream_ + geometry_.rows;
}

bool ArrayDriver::can_start(int64_t next_stream, int64_t now) const {
  if (!is_border_free(next_stream, now)) return false;
  if (geometry_.is_output_stationary()) return true;
  return is_preloaded(now);
}

bool ArrayDriver::could_have_started(int64_t next_stream, int64_t now) const {
  if (!is_border_free(next_stream, now)) return false;
  if (geometry_.is_output_stationary()) return true;
  if (!has_run_) return now >= geometry_.rows;
  const int64_t earliest_preload =
      geometry_.pipelining == Pipelining::Serial
          ? last_start_ + last_stream_ + geometry_.rows + geometry_.cols - 2
          : last_start_;
  return now >= earliest_preload + geometry_.rows;
}

void ArrayDriver::start(int64_t now) {
  OLV_CHECK(preloaded_ && can_start(preloaded_->fold.stream, now), "cycle {}", now);
  preloaded_->start_at = now;
  has_run_ = true;
  last_start_ = now;
  last_stream_ = preloaded_->fold.stream;
  running_.push_back(std::move(*preloaded_));
  preloaded_.reset();
}

void ArrayDriver::start(Fold fold, int64_t now) {
  if (preloaded_) {
    fold.top = std::move(preloaded_->fold.top);
    fold.top_position = std::move(preloaded_->fold.top_position);
    preloaded_->fold = std::move(fold);
    start(now);
    return;
  }
  OLV_CHECK(geometry_.is_output_stationary() && can_start(fold.stream, now), "cycle {}", now);
  has_run_ = true;
  last_start_ = now;
  last_stream_ = fold.stream;
  running_.push_back(Run{std::move(fold), 0, now});
}

int ArrayDriver::step(int64_t now) {
  if (running_.empty() && !preloaded_) {  // nothing but zeros would move
    if (std::exchange(has_moved_, false)) border_.clear();
    return 0;
  }
  has_moved_ = true;
  border_.clear();
  for (const Run& run : running_) {
    drive_left(run, now);
    if (geometry_.is_output_stationary()) {
      drive_top(run, now);
    } else {
      drive_preload(run, now);
    }
  }
  if (preloaded_) drive_preload(*preloaded_, now);
  array_->step(border_);
  for (const Run& run : running_) collect(run, now);
  if (running_.empty() || last_result_at(running_.front()) != now) return 0;
  running_.pop_front();
  return 1;
}

// Row r receives operand t of the stream in cycle start + r + t.
void ArrayDriver::drive_left(const Run& run, int64_t now) {
  const int64_t age = now - run.start_at;
  const int64_t stream = run.fold.stream;
  const auto bus = static_cast<int64_t>(border_.bus);
  const int64_t first_row = std::max<int64_t>(0, age - stream + 1);
  const int64_t end_row = std::min(geometry_.rows, age + 1);
  const Slice* left = run.fold.left->data();
  for (int64_t r = first_row; r < end_row; ++r) {
    const int64_t t = age - r;
    for (int64_t lane = 0; lane < bus; ++lane) {
      const int64_t line = r * bus + lane;
      border_.left[static_cast<size_t>(line)] = left[line * stream + t];
    }
    border_.left_first[static_cast<size_t>(r)] = t == 0;
    border_.left_last[static_cast<size_t>(r)] = t == stream - 1;
  }
}

// Column c receives the operand of row rows-1-i in cycle preload_at + c + i.
void ArrayDriver::drive_preload(const Run& run, int64_t now) {
  const int64_t age = now - run.preload_at;
  const int64_t first_col = std::max<int64_t>(0, age - geometry_.rows + 1);
  const int64_t end_col = std::min(geometry_.cols, age + 1);
  if (age == geometry_.rows - 1) border_.capture = true;
  if (first_col >= end_col) return;
  border_.is_top_active = true;
  for (int64_t c = first_col; c < end_col; ++c) {
    const int64_t row = geometry_.rows - 1 - (age - c);
    const auto at = static_cast<size_t>(row * geometry_.cols + c);
    border_.top[static_cast<size_t>(c)] = run.fold.top[at];
    if (geometry_.is_sparse) {
      border_.top_position[static_cast<size_t>(c)] = run.fold.top_position[at];
    }
  }
}

// os: column c receives operand t in cycle start + c + t.
void ArrayDriver::drive_top(const Run& run, int64_t now) {
  const int64_t age = now - run.start_at;
  const int64_t stream = run.fold.stream;
  const int64_t first_col = std::max<int64_t>(0, age - stream + 1);
  const int64_t end_col = std::min(geometry_.cols, age + 1);
  if (first_col >= end_col) return;
  border_.is_top_active = true;
  for (int64_t c = first_col; c < end_col; ++c) {
    const auto at = static_cast<size_t>(c * stream + age - c);
    border_.top[static_cast<size_t>(c)] = run.fold.top[at];
    if (geometry_.is_sparse) {
      border_.top_position[static_cast<size_t>(c)] = run.fold.top_position[at];
    }
  }
}

int64_t ArrayDriver::last_result_at(const Run& run) const {
  return run.start_at + run.fold.stream + geometry_.flush_cycles() - 1;
}

// Bottom values of this cycle that belong to `run`. ws, is: operand t of the stream leaves column
// c in cycle start + rows-1 + c + t. os: row rows-1-i of column c leaves in cycle
// start + stream + rows-1 + c + i.
void ArrayDriver::collect(const Run& run, int64_t now) {
  const Fold& fold = run.fold;
  const int64_t age = now - run.start_at - (geometry_.rows - 1);
  const bool is_is = geometry_.dataflow == Dataflow::InputStationary;
  const int64_t pitch = outputs_->row_pitch();
  if (geometry_.is_output_stationary()) {
    const int64_t first_row = geometry_.rows - 1 - (age - fold.stream);  // in column 0
    collect_columns({first_row, fold.m.length * geometry_.left_lanes, 1, geometry_.left_lanes},
                    fold.n.length, outputs_->at(fold.batch, fold.m.begin, fold.n.begin), pitch, 1);
  } else if (is_is) {
    collect_columns({age, fold.stream, -1, 1}, fold.m.length,
                    outputs_->at(fold.batch, fold.m.begin, fold.n.begin), 1, pitch);
  } else {
    collect_columns({age, fold.stream, -1, 1}, fold.n.length,
                    outputs_->at(fold.batch, fold.m.begin, fold.n.begin), pitch, 1);
  }
}

// Adds the bottom value of every column whose index along the other axis is inside 0..count-1.
void ArrayDriver::collect_columns(const BottomIndex& index, int64_t col_elements, int32_t* origin,
                                  int64_t index_pitch, int64_t col_pitch) {
  const int64_t cols = col_elements * geometry_.top_lanes;
  // index.at_column_0 + step * c is inside [0, count).
  const int64_t first = index.step > 0 ? -index.at_column_0 : index.at_column_0 - index.count + 1;
  const int64_t end = index.step > 0 ? index.count - index.at_column_0 : index.at_column_0 + 1;
  const int64_t first_col = std::max<int64_t>(0, first);
  const int64_t end_col = std::min(cols, end);
  if (first_col >= end_col) return;
  const auto bottom = array_->bottom();
  const int64_t at = index.at_column_0 + index.step * first_col;
  int64_t index_lane = at % index.lanes;
  int64_t col_lane = first_col % geometry_.top_lanes;
  int32_t* out =
      origin + at / index.lanes * index_pitch + first_col / geometry_.top_lanes * col_pitch;
  for (int64_t c = first_col; c < end_col; ++c) {
    const auto value = static_cast<uint32_t>(bottom[static_cast<size_t>(c)]);
    *out = static_cast<int32_t>(static_cast<uint32_t>(*out) + value);
    if (++index_lane == index.lanes) {
      index_lane = 0;
      out += index.step * index_pitch;
    }
    if (++col_lane == geometry_.top_lanes) {
      col_lane = 0;
      out += col_pitch;
    }
  }
}

}  // namespace olivine
