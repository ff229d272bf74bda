// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/stream_accelerator.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "models/base/error.h"
#include "models/numerics/ovp.h"
#include "sim/systolic/array_driver.h"
#include "sim/systolic/fold_stream_operands.h"

namespace olivine {
namespace {

constexpr int64_t kHalves = 2;
constexpr int64_t kMaxDepth = 65536;
constexpr int64_t kMaxSide = 1024;

// One double-buffered operand scratchpad: a half is held from its last beat until the last line has
// read it.
class OperandScratchpad {
 public:
  OperandScratchpad(int64_t lines, int64_t depth) : lines_(lines), depth_(depth) {}

  // Whether a beat can be taken in cycle `now`, in which nothing has been taken yet.
  [[nodiscard]] bool is_ready(int64_t now) {
    while (!releases_.empty() && releases_.front() < now) {
      releases_.pop_front();
      --held_;
    }
    return held_ != kHalves;
  }
  void take(const StreamBeat& beat);

  [[nodiscard]] bool is_resident() const { return !blocks_.empty(); }
  [[nodiscard]] const OperandBlock& front() const { return blocks_.front(); }
  // The first line reads its last word in cycle `last`; the block is not used again.
  void release(int64_t last) {
    blocks_.pop_front();
    // Lines of a pair read together, a pair two cycles after the one before.
    releases_.push_back(last + 2 * (ceil_div(lines_, int64_t{2}) - 1));
  }
  [[nodiscard]] std::string describe() const {
    return fmt::format("{} halves held, {} blocks not begun, {} beats of the next", held_,
                       blocks_.size(), incoming_.beats());
  }

 private:
  int64_t lines_;
  int64_t depth_;
  OperandBlock incoming_;
  std::deque<OperandBlock> blocks_;
  std::deque<int64_t> releases_;
  int64_t held_ = 0;
};

void OperandScratchpad::take(const StreamBeat& beat) {
  incoming_.beat_words = static_cast<size_t>(ceil_div(lines_, int64_t{2}));
  OLV_CHECK(beat.words.size() == incoming_.beat_words, "{} words", beat.words.size());
  incoming_.words.insert(incoming_.words.end(), beat.words.begin(), beat.words.end());
  OLV_CHECK(std::cmp_less_equal(incoming_.beats(), depth_), "a block of more than {} beats",
            depth_);
  if (!beat.is_last) return;
  incoming_.is_odd = beat.is_odd;
  blocks_.push_back(std::exchange(incoming_, {}));
  ++held_;
}

// `is` runs on the ws array: which operand is which matters to software alone.
ArrayGeometry array_geometry(const AcceleratorLimits& limits, const StreamFormats& formats) {
  ArrayGeometry geometry;
  geometry.dataflow =
      limits.is_output_stationary ? Dataflow::OutputStationary : Dataflow::WeightStationary;
  geometry.pipelining = formats.is_overlapped ? Pipelining::Overlapped : Pipelining::Serial;
  geometry.rows = limits.rows;
  geometry.cols = limits.cols;
  geometry.left_lanes = slice_count(formats.left);
  geometry.top_lanes = slice_count(formats.top);
  geometry.is_sparse = formats.is_sparse;
  return geometry;
}

}  // namespace

void validate(const AcceleratorLimits& limits) {
  Problems problems;
  const auto check = [&](const char* key, int64_t value, int64_t least, int64_t most) {
    if (value >= least && value <= most) return;
    problems.add(fmt::format("{} = {}: must be {}..{}", key, value, least, most));
  };
  check("rows", limits.rows, 1, kMaxSide);
  check("cols", limits.cols, 1, kMaxSide);
  check("buffer_depth", limits.buffer_depth, 2, kMaxDepth);
  check("output_depth", limits.output_depth, 2, kMaxDepth);
  if (2 * limits.buffer_depth <= limits.rows) {
    problems.add(fmt::format("buffer_depth = {}: must be more than half of the {} rows",
                             limits.buffer_depth, limits.rows));
  }
  if (limits.is_output_stationary && limits.output_depth < limits.rows) {
    problems.add(fmt::format("output_depth = {}: must be at least the {} rows of an os array",
                             limits.output_depth, limits.rows));
  }
  problems.throw_if_any();
}

StreamFormats make_stream_formats(Format left, Format top, bool is_sparse, bool is_overlapped) {
  const auto bias = [](Format format) { return paper_grid(format).outlier.bias; };
  return {left, top, bias(left), bias(top), is_sparse, is_overlapped};
}

class StreamAccelerator::Impl {
 public:
  Impl(const AcceleratorLimits& limits, const StreamFormats& formats);

  const StreamOutputs& cycle(const StreamInputs& inputs);

  [[nodiscard]] const ArrayDriver& driver() const { return driver_; }
  [[nodiscard]] std::string describe() const;

 private:
  // A half of the output scratchpad whose last fold has started: it leaves from cycle `from` on.
  struct Region {
    int64_t half = 0;
    int64_t results = 0;
    std::optional<int64_t> from;
  };

  [[nodiscard]] bool can_start(const FoldCommand& command) const;
  void start(const FoldCommand& command);
  [[nodiscard]] Fold make_fold(const FoldCommand& command);
  void clear_results(const FoldCommand& command);
  void preload();
  void finish_fold();
  void show_beat();
  void take_beat();

  AcceleratorLimits limits_;
  ArrayGeometry geometry_;
  FoldStreamOperands operands_;
  OutputGrid results_;  // [half][address][element of the columns]
  ArrayDriver driver_;
  OperandScratchpad left_, top_;
  std::shared_ptr<const std::vector<Slice>> kept_left_;  // the next fold uses it again
  int64_t kept_length_ = 0;
  bool is_preloaded_ = false;
  std::deque<bool> running_;  // folds in the array: whether they drain
  std::deque<Region> regions_;
  int64_t half_ = 0;  // of the next fold
  int64_t beat_ = 0;  // of the region that leaves
  int64_t next_beat_at_ = 0;
  std::vector<int32_t> columns_;
  int64_t now_ = 0;  // cycles since the reset
  StreamOutputs outputs_;
};

StreamAccelerator::Impl::Impl(const AcceleratorLimits& limits, const StreamFormats& formats)
    : limits_(limits),
      geometry_(array_geometry(limits, formats)),
      operands_(limits, formats),
      results_({limits.output_depth, limits.cols / geometry_.top_lanes, 1, kHalves}),
      driver_(geometry_, results_),
      left_(limits.rows, limits.buffer_depth),
      top_(limits.cols, limits.buffer_depth),
      columns_(static_cast<size_t>(limits.cols)) {
  OLV_CHECK(!formats.is_sparse || limits.is_sparse, "2:4 on an array without 2:4");
}

const StreamOutputs& StreamAccelerator::Impl::cycle(const StreamInputs& inputs) {
  outputs_ = {};
  outputs_.left_ready = left_.is_ready(now_);
  outputs_.top_ready = top_.is_ready(now_);
  outputs_.takes_fold = inputs.fold != nullptr && can_start(*inputs.fold);
  show_beat();  // of results that were complete in earlier cycles
  if (outputs_.takes_fold) start(*inputs.fold);
  outputs_.preloads =
      !limits_.is_output_stationary && top_.is_resident() && driver_.can_preload(now_);
  if (outputs_.preloads) preload();
  outputs_.is_busy = driver_.folds_in_flight() != 0 || is_preloaded_;
  if (driver_.step(now_) != 0) finish_fold();
  if (outputs_.has_beat && inputs.is_output_ready) take_beat();
  if (inputs.left && outputs_.left_ready) left_.take(*inputs.left);
  if (inputs.top && outputs_.top_ready) top_.take(*inputs.top);
  ++now_;
  return outputs_;
}

bool StreamAccelerator::Impl::can_start(const FoldCommand& command) const {
  const bool is_os = limits_.is_output_stationary;
  const bool has_top = is_os ? top_.is_resident() : is_preloaded_;
  const bool has_left = left_.is_resident();
  const bool has_room = std::cmp_not_equal(regions_.size(), kHalves);
  return has_top && has_left && has_room && driver_.can_start(command.length, now_);
}

void StreamAccelerator::Impl::start(const FoldCommand& command) {
  const bool is_os = limits_.is_output_stationary;
  OLV_CHECK(command.results >= 1 && command.base >= 0 &&
                command.base + command.results <= limits_.output_depth,
            "results {}..{}", command.base, command.base + command.results);
  if (!command.accumulates) clear_results(command);
  driver_.start(make_fold(command), now_);
  const int64_t last = now_ + command.length - 1;
  if (!command.keeps_left) {
    left_.release(last);
    kept_left_ = nullptr;
  }
  if (is_os) top_.release(last);
  is_preloaded_ = false;
  running_.push_back(command.drains);
  if (!command.drains) return;
  regions_.push_back({half_, command.base + command.results, std::nullopt});
  half_ = (half_ + 1) % kHalves;
}

Fold StreamAccelerator::Impl::make_fold(const FoldCommand& command) {
  Fold fold;
  fold.batch = half_;
  fold.m = {command.base, command.results};
  fold.n = {0, limits_.cols / geometry_.top_lanes};
  fold.stream = command.length;
  if (kept_left_ == nullptr || kept_length_ != command.length) {
    kept_left_ =
        std::make_shared<const std::vector<Slice>>(operands_.left(left_.front(), command.length));
    kept_length_ = command.length;
  }
  fold.left = kept_left_;
  if (limits_.is_output_stationary) operands_.top(top_.front(), command.length, fold);
  return fold;
}

// The array adds to what is there.
void StreamAccelerator::Impl::clear_results(const FoldCommand& command) {
  int32_t* first = results_.at(half_, command.base, 0);
  std::fill_n(first, command.results * results_.row_pitch(), 0);
}

void StreamAccelerator::Impl::preload() {
  Fold fold;
  operands_.top(top_.front(), 0, fold);
  driver_.preload(std::move(fold), now_);
  top_.release(now_ + limits_.rows - 1);
  is_preloaded_ = true;
}

void StreamAccelerator::Impl::finish_fold() {
  const bool drains = running_.front();
  running_.pop_front();
  if (!drains) return;
  // The sum is written with the result, behind a register in ws; the region may leave a cycle
  // later, and a beat is there the cycle after its read.
  const auto region = std::ranges::find_if(
      regions_, [](const Region& waiting) { return !waiting.from.has_value(); });
  region->from = now_ + kOperandDelay + (limits_.is_output_stationary ? 2 : 3);
}

// Slices of an 8-bit element from the top are one result, at the first of its two columns.
void StreamAccelerator::Impl::show_beat() {
  if (regions_.empty()) return;
  const Region& region = regions_.front();
  if (!region.from || now_ < std::max(*region.from, next_beat_at_)) return;
  const int32_t* results = results_.at(region.half, beat_, 0);
  for (int64_t i = 0; i < results_.row_pitch(); ++i) {
    columns_[static_cast<size_t>(i * geometry_.top_lanes)] = results[i];
  }
  outputs_.has_beat = true;
  outputs_.is_last = beat_ + 1 == region.results;
  outputs_.columns = columns_;
}

void StreamAccelerator::Impl::take_beat() {
  ++beat_;
  if (!outputs_.is_last) return;
  beat_ = 0;
  regions_.pop_front();
  next_beat_at_ = now_ + 2;  // the other half is read in the next cycle
}

std::string StreamAccelerator::Impl::describe() const {
  return fmt::format(
      "cycle {}: {} folds in the array{}; left scratchpad: {}; top: {}; output scratchpad: {} "
      "halves committed, {} beats of the first out",
      now_, running_.size(), is_preloaded_ ? ", one preloaded" : "", left_.describe(),
      top_.describe(), regions_.size(), beat_);
}

StreamAccelerator::StreamAccelerator(const AcceleratorLimits& limits) : AcceleratorCore(limits) {
  validate(limits);
}

StreamAccelerator::~StreamAccelerator() = default;

void StreamAccelerator::configure(const StreamFormats& formats) {
  impl_ = std::make_unique<Impl>(limits(), formats);
}

const StreamOutputs& StreamAccelerator::cycle(const StreamInputs& inputs) {
  return impl_->cycle(inputs);
}

std::string StreamAccelerator::describe() const {
  return impl_ == nullptr ? "not configured" : impl_->describe();
}

const PeArray& StreamAccelerator::array() const { return impl_->driver().array(); }
size_t StreamAccelerator::folds_in_flight() const { return impl_->driver().folds_in_flight(); }

}  // namespace olivine
