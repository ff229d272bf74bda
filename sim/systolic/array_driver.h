// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "sim/systolic/fold.h"
#include "sim/systolic/pe_array.h"

namespace olivine {

// The fold controller: decides when a fold may be preloaded and started, drives the borders with
// the skew, and says which result each bottom value is. Knows nothing of memory: its caller asks
// `can_preload` / `can_start` and adds its own conditions.
class ArrayDriver {
 public:
  // Contract: `outputs` outlives the driver; results are added to it as they leave the array.
  ArrayDriver(const ArrayGeometry& geometry, OutputGrid& outputs);

  // ws, is: whether the stationary operands of the next fold may start down the pass registers in
  // cycle `now`. os: never.
  [[nodiscard]] bool can_preload(int64_t now) const;
  // Contract: can_preload(now). The fold becomes the next one to start.
  void preload(Fold fold, int64_t now);

  // Whether the array itself allows the next fold to start in cycle `now`: the border is free,
  // results of the fold before are out of the way and, for ws and is, the preload has arrived.
  [[nodiscard]] bool can_start(int64_t next_stream, int64_t now) const;
  // The same, had every operand been there in time: later cycles are stalls.
  [[nodiscard]] bool could_have_started(int64_t next_stream, int64_t now) const;
  // Contract: can_start. os: starts `fold`. ws, is: starts the preloaded fold, as it was preloaded
  // or with everything but the stationary operands from `fold`.
  void start(int64_t now);
  void start(Fold fold, int64_t now);

  // Steps the array through cycle `now`. Returns the number of folds whose last result left the
  // array in this cycle (0 or 1).
  int step(int64_t now);

  // Whether the next fold's stationary operands are all in the PEs.
  [[nodiscard]] bool is_preloaded(int64_t now) const {
    return preloaded_ && now >= preloaded_->preload_at + geometry_.rows;
  }
  [[nodiscard]] const PeArray& array() const { return *array_; }
  // Whether the cycle just stepped was a clock edge for the array: with no fold in it or on its way
  // it keeps its registers, and the border is zero.
  [[nodiscard]] bool has_moved() const { return has_moved_; }
  [[nodiscard]] const ArrayBorder& border() const { return border_; }
  [[nodiscard]] size_t folds_in_flight() const { return running_.size(); }

 private:
  struct Run {
    Fold fold;
    int64_t preload_at = 0;
    int64_t start_at = 0;
  };

  [[nodiscard]] bool is_border_free(int64_t next_stream, int64_t now) const;
  void drive_left(const Run& run, int64_t now);
  void drive_preload(const Run& run, int64_t now);
  void drive_top(const Run& run, int64_t now);
  void collect(const Run& run, int64_t now);
  // Which element of the axis that is not the columns leaves at the bottom: at_column_0 + step * c
  // in column c, valid inside 0..count-1; `lanes` of them are one output element.
  struct BottomIndex {
    int64_t at_column_0;
    int64_t count;
    int64_t step;
    int64_t lanes;
  };
  void collect_columns(const BottomIndex& index, int64_t col_elements, int32_t* origin,
                       int64_t index_pitch, int64_t col_pitch);
  [[nodiscard]] int64_t last_result_at(const Run& run) const;

  ArrayGeometry geometry_;
  OutputGrid* outputs_;
  std::unique_ptr<PeArray> array_;
  ArrayBorder border_;
  bool has_moved_ = false;
  std::deque<Run> running_;       // started, results not all out; oldest first
  std::optional<Run> preloaded_;  // preload begun, not started
  // Of the youngest started fold, kept after its results are out.
  bool has_run_ = false;
  int64_t last_start_ = 0;
  int64_t last_stream_ = 0;
};

}  // namespace olivine
