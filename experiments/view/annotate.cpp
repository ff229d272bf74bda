// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/view/annotate.h"

#include <algorithm>
#include <optional>

#include "experiments/view/port_events.h"
#include "models/analytic/layer_plan.h"
#include "models/base/error.h"
#include "sim/systolic/fold.h"
#include "sim/systolic/tile_walker.h"

namespace olivine::view {
namespace {

// One index a PE.
class Labels {
 public:
  Labels(int64_t rows, int64_t cols)
      : cols_(cols), data_(static_cast<size_t>(rows * cols), kNone) {}
  [[nodiscard]] Index& at(int64_t row, int64_t col) {
    return data_[static_cast<size_t>(row * cols_ + col)];
  }

 private:
  int64_t cols_;
  std::vector<Index> data_;
};

// Finds when folds began, then moves labels beside the data.
class Annotator {
 public:
  Annotator(Recording& recording, const LayerPlan& plan, const Observation& seen)
      : recording_(recording),
        plan_(plan),
        seen_(seen),
        geometry_(recording.geometry),
        rows_(geometry_.rows),
        cols_(geometry_.cols),
        is_os_(geometry_.is_output_stationary()),
        left_(rows_, cols_),
        top_(rows_, cols_),
        next_(rows_, cols_),
        active_(rows_, cols_),
        sum_(rows_, cols_),
        hold_(rows_, cols_),
        captures_(static_cast<size_t>(cols_)),
        shifts_(static_cast<size_t>(cols_)) {}

  void run() {
    list_folds();
    find_starts();
    make_events();
    for (size_t i = 0; i < recording_.frames.size(); ++i) {
      drive_border(recording_.frames[i]);
      if (recording_.frames[i].has_moved) {
        step(recording_.frames[i], seen_.borders[i]);
        collect(recording_.frames[i], seen_.bottoms[i]);
      }
      store(recording_.frames[i]);
    }
    mark_outputs();
  }

 private:
  // Where the events and results of a fold stand in the recording.
  struct FoldEvents {
    Index left = 0, top = 0, results = 0;
  };

  void list_folds();
  void find_starts();
  void make_events();
  void drive_border(Frame& frame) const;
  void step(const Frame& frame, const ArrayBorder& border);
  void move_operands(const Frame& frame);
  void swap_and_capture(const Frame& frame, bool is_captured);
  void drain();
  void restart_and_hold(const Frame& frame);
  void collect(Frame& frame, const std::vector<int32_t>& bottom) const;
  void store(Frame& frame);
  void check(const PeView& pe) const;
  void mark_outputs();
  [[nodiscard]] Index result_of(Index left_event, int64_t row, int64_t col) const;

  Recording& recording_;
  const LayerPlan& plan_;
  const Observation& seen_;
  const ArrayGeometry& geometry_;
  int64_t rows_, cols_;
  bool is_os_;
  std::vector<FoldEvents> places_;
  Labels left_, top_, next_, active_, sum_, hold_;
  std::vector<uint8_t> captures_;  // by column: the capture flag on its way
  std::vector<int64_t> shifts_;    // os, by column: 0 idle, else the shift of this cycle
  std::vector<Index> bottom_ = std::vector<Index>(static_cast<size_t>(cols_), kNone);
};

void Annotator::list_folds() {
  TileWalker walker{plan_.work, plan_.tiling};
  while (const auto tile = walker.next()) {
    const int64_t count = geometry_.folds(tile->m.length, tile->n.length, tile->k.length);
    for (int64_t i = 0; i < count; ++i) {
      const Fold fold = make_fold(geometry_, tile->batch, tile->m, tile->n, tile->k, i);
      recording_.folds.push_back({fold.m, fold.n, fold.k, fold.stream, std::nullopt, 0, 0, 0});
    }
  }
}

void Annotator::find_starts() {
  size_t started = 0;
  size_t preloaded = 0;
  for (const Frame& frame : recording_.frames) {
    const ArrayBorder& border = seen_.borders[static_cast<size_t>(frame.cycle)];
    if (border.capture) {
      OLV_CHECK(preloaded < recording_.folds.size(), "cycle {}", frame.cycle);
      recording_.folds[preloaded++].preload_at = frame.cycle - (rows_ - 1);
    }
    if (border.left_first[0] != 0) {
      OLV_CHECK(started < recording_.folds.size(), "cycle {}", frame.cycle);
      recording_.folds[started++].start_at = frame.cycle;
    }
  }
  OLV_CHECK(started == recording_.folds.size() && preloaded == (is_os_ ? 0 : started),
            "{} preloaded, {} started of {} folds", preloaded, started, recording_.folds.size());
}

void Annotator::make_events() {
  const PortEvents ports{recording_, seen_};
  for (size_t i = 0; i < recording_.folds.size(); ++i) {
    const auto fold = static_cast<Index>(i);
    const int64_t stream = recording_.folds[i].stream;
    FoldEvents place;
    place.left = static_cast<Index>(recording_.events.size());
    for (int64_t row = 0; row < rows_; ++row) {
      for (int64_t t = 0; t < stream; ++t) recording_.events.push_back(ports.left(fold, row, t));
    }
    place.top = static_cast<Index>(recording_.events.size());
    for (int64_t col = 0; col < cols_; ++col) {
      for (int64_t t = 0; t < (is_os_ ? stream : rows_); ++t) {
        recording_.events.push_back(ports.top(fold, col, t));
      }
    }
    place.results = static_cast<Index>(recording_.results.size());
    for (int64_t t = 0; t < (is_os_ ? rows_ : stream); ++t) {
      for (int64_t col = 0; col < cols_; ++col) {
        recording_.results.push_back(ports.result(fold, col, t));
      }
    }
    places_.push_back(place);
  }
}

// Which events the ports carry in this cycle: skewed by a cycle a row and a column.
void Annotator::drive_border(Frame& frame) const {
  frame.left.assign(static_cast<size_t>(rows_), kNone);
  frame.top.assign(static_cast<size_t>(cols_), kNone);
  for (size_t i = 0; i < recording_.folds.size(); ++i) {
    const FoldRecord& fold = recording_.folds[i];
    const int64_t age = frame.cycle - fold.start_at;
    for (int64_t row = 0; row < rows_; ++row) {
      const int64_t t = age - row;
      if (t < 0 || t >= fold.stream) continue;
      frame.left[static_cast<size_t>(row)] =
          places_[i].left + static_cast<Index>(row * fold.stream + t);
    }
    const int64_t length = is_os_ ? fold.stream : rows_;
    const int64_t top_age = is_os_ ? age : frame.cycle - *fold.preload_at;
    for (int64_t col = 0; col < cols_; ++col) {
      const int64_t t = top_age - col;
      if (t < 0 || t >= length) continue;
      // The operand of the last row comes first.
      const int64_t operand = is_os_ ? t : rows_ - 1 - t;
      frame.top[static_cast<size_t>(col)] =
          places_[i].top + static_cast<Index>(col * length + operand);
    }
  }
}

void Annotator::step(const Frame& frame, const ArrayBorder& border) {
  if (is_os_) drain();
  move_operands(frame);
  if (is_os_) {
    restart_and_hold(frame);
  } else {
    swap_and_capture(frame, border.capture);
    for (int64_t row = 0; row < rows_; ++row) {
      for (int64_t col = 0; col < cols_; ++col) {
        sum_.at(row, col) = result_of(left_.at(row, col), row, col);
      }
    }
    for (int64_t col = 0; col < cols_; ++col) {
      bottom_[static_cast<size_t>(col)] = sum_.at(rows_ - 1, col);
    }
  }
}

void Annotator::move_operands(const Frame& frame) {
  for (int64_t row = rows_ - 1; row >= 0; --row) {
    for (int64_t col = cols_ - 1; col >= 0; --col) {
      left_.at(row, col) = col > 0 ? left_.at(row, col - 1) : frame.left[static_cast<size_t>(row)];
      top_.at(row, col) = row > 0 ? top_.at(row - 1, col) : frame.top[static_cast<size_t>(col)];
    }
  }
}

// ws, is: the swap flag is the model's; the capture flag enters at column 0 and moves right.
void Annotator::swap_and_capture(const Frame& frame, bool is_captured) {
  std::copy_backward(captures_.begin(), captures_.end() - 1, captures_.end());
  captures_[0] = is_captured ? 1 : 0;
  for (int64_t row = 0; row < rows_; ++row) {
    for (int64_t col = 0; col < cols_; ++col) {
      if (recording_.pe(frame, row, col).registers.first) active_.at(row, col) = next_.at(row, col);
      if (captures_[static_cast<size_t>(col)] != 0) next_.at(row, col) = top_.at(row, col);
    }
  }
}

// os: one shift of every draining column; row r passes its value on in the first r+1 of them.
void Annotator::drain() {
  for (int64_t col = 0; col < cols_; ++col) {
    int64_t& shift = shifts_[static_cast<size_t>(col)];
    bottom_[static_cast<size_t>(col)] = shift == 0 ? kNone : hold_.at(rows_ - 1, col);
    if (shift == 0) continue;
    for (int64_t row = rows_ - 1; row >= shift; --row) hold_.at(row, col) = hold_.at(row - 1, col);
    hold_.at(shift - 1, col) = kNone;  // passed on; the register keeps the value until the next
    if (++shift > rows_) shift = 0;
  }
}

void Annotator::restart_and_hold(const Frame& frame) {
  for (int64_t row = 0; row < rows_; ++row) {
    for (int64_t col = 0; col < cols_; ++col) {
      const PeState& registers = recording_.pe(frame, row, col).registers;
      if (registers.first) sum_.at(row, col) = result_of(left_.at(row, col), row, col);
      if (!registers.last) continue;
      hold_.at(row, col) = sum_.at(row, col);
      if (row == rows_ - 1) shifts_[static_cast<size_t>(col)] = 1;
    }
  }
}

Index Annotator::result_of(Index left_event, int64_t row, int64_t col) const {
  if (left_event == kNone) return kNone;
  const auto fold = static_cast<size_t>(recording_.event(left_event).fold);
  const int64_t t = (left_event - places_[fold].left) % recording_.folds[fold].stream;
  return places_[fold].results + static_cast<Index>((is_os_ ? row : t) * cols_ + col);
}

void Annotator::collect(Frame& frame, const std::vector<int32_t>& bottom) const {
  for (int64_t col = 0; col < cols_; ++col) {
    const Index result = bottom_[static_cast<size_t>(col)];
    if (result == kNone || recording_.result(result).is_padding) continue;
    frame.outputs.push_back({col, result, bottom[static_cast<size_t>(col)]});
  }
}

void Annotator::store(Frame& frame) {
  for (int64_t row = 0; row < rows_; ++row) {
    for (int64_t col = 0; col < cols_; ++col) {
      PeView& pe = frame.pes[static_cast<size_t>(row * cols_ + col)];
      pe.left = left_.at(row, col);
      pe.top = top_.at(row, col);
      pe.next = next_.at(row, col);
      pe.active = active_.at(row, col);
      pe.sum = sum_.at(row, col);
      pe.hold = hold_.at(row, col);
      check(pe);
    }
  }
}

// A label stands on the value of its element, no label on a zero.
void Annotator::check(const PeView& pe) const {
  const auto values_of = [&](Index event) {
    return event == kNone ? std::array<Slice, 4>{} : recording_.event(event).values;
  };
  const PeState& registers = pe.registers;
  OLV_CHECK(registers.left == values_of(pe.left), "left register is not event {}", pe.left);
  OLV_CHECK(registers.top == values_of(pe.top)[0], "top register is not event {}", pe.top);
  OLV_CHECK(registers.next == values_of(pe.next)[0], "next register is not event {}", pe.next);
  OLV_CHECK(registers.active == values_of(pe.active)[0], "active register is not event {}",
            pe.active);
  OLV_CHECK(pe.sum != kNone || registers.sum == 0, "a sum of no fold is {}", registers.sum);
}

void Annotator::mark_outputs() {
  std::vector<bool> has_output(recording_.folds.size());
  for (const Frame& frame : recording_.frames) {
    for (const Output& output : frame.outputs) {
      const auto index = static_cast<size_t>(recording_.result(output.result).fold);
      FoldRecord& fold = recording_.folds[index];
      if (!has_output[index]) fold.first_output_at = frame.cycle;
      has_output[index] = true;
      fold.last_output_at = frame.cycle;
    }
  }
}

}  // namespace

void annotate(Recording& recording, const LayerPlan& plan, const Observation& seen) {
  OLV_CHECK(recording.frames.size() == seen.borders.size(), "{} borders", seen.borders.size());
  Annotator{recording, plan, seen}.run();
}

}  // namespace olivine::view
