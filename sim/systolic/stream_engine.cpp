// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/stream_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "models/base/error.h"
#include "models/machines/machine.h"
#include "sim/memory/dma_engine.h"
#include "sim/systolic/accelerator_layout.h"
#include "sim/systolic/fold_stream.h"
#include "sim/systolic/layer_observer.h"
#include "sim/systolic/tile_data.h"
#include "sim/systolic/tile_program.h"

namespace olivine {
namespace {

constexpr int64_t kPatienceCycles = 1'000'000;

// A tile whose operands are fed or whose folds start.
struct TileWork {
  std::shared_ptr<Tile> tile;
  TileStream stream;
  AcceleratorLayout layout;
  size_t folds_taken = 0;
};

std::string describe_event(const EventCycle& event, int64_t now) {
  if (has_happened(event, now)) return "there";
  return event->has_value() ? fmt::format("in cycle {}", **event) : "not known";
}

// Sends the blocks of one side, a beat a cycle.
class BlockFeeder {
 public:
  enum class Side : uint8_t { Left, Top };

  BlockFeeder(Side side, bool carries_weights) : side_(side), carries_weights_(carries_weights) {}

  // The beat to offer in cycle `now`; nothing while the operand of the next tile is missing.
  [[nodiscard]] std::optional<StreamBeat> offer(const std::deque<TileWork>& tiles, int64_t now);
  // It was taken.
  void advance();
  // The oldest tile, all folds of which have started, is gone.
  void drop_tile();
  [[nodiscard]] std::string describe(const std::deque<TileWork>& tiles, int64_t now) const;

 private:
  [[nodiscard]] const EventCycle& operand_of(const TileWork& work) const {
    return carries_weights_ ? work.tile->weights : work.tile->activations;
  }
  [[nodiscard]] bool needs_block(const StreamFold& fold) const {
    return side_ == Side::Top || fold.has_left_block;
  }

  Side side_;
  bool carries_weights_;
  size_t tile_ = 0;  // index of the tile, and of the fold in it, whose block is next
  size_t fold_ = 0;
  std::optional<OperandBlock> block_;
  size_t beat_ = 0;
  uint64_t beats_sent_ = 0;
  uint64_t blocks_sent_ = 0;
};

std::optional<StreamBeat> BlockFeeder::offer(const std::deque<TileWork>& tiles, int64_t now) {
  while (!block_) {
    if (tile_ == tiles.size()) return std::nullopt;
    const TileWork& work = tiles[tile_];
    if (fold_ == work.stream.folds.size()) {
      ++tile_;
      fold_ = 0;
      continue;
    }
    if (!has_happened(operand_of(work), now)) return std::nullopt;
    const StreamFold& fold = work.stream.folds[fold_++];
    if (!needs_block(fold)) continue;
    block_ = side_ == Side::Left ? work.layout.left(fold.fold) : work.layout.top(fold.fold);
    beat_ = 0;
  }
  return StreamBeat{block_->beat(beat_), beat_ + 1 == block_->beats(), block_->is_odd};
}

void BlockFeeder::advance() {
  ++beats_sent_;
  if (++beat_ < block_->beats()) return;
  ++blocks_sent_;
  block_.reset();
}

void BlockFeeder::drop_tile() {
  if (tile_ > 0) {
    --tile_;
    return;
  }
  OLV_CHECK(!block_, "every fold of a tile has started before its operands were sent");
  fold_ = 0;  // its last folds have no block of their own
}

std::string BlockFeeder::describe(const std::deque<TileWork>& tiles, int64_t now) const {
  std::string text = fmt::format("{}: {} blocks, {} beats sent",
                                 side_ == Side::Left ? "left" : "top", blocks_sent_, beats_sent_);
  if (block_) return text + fmt::format(", beat {} of {} next", beat_, block_->beats());
  if (tile_ == tiles.size()) return text + ", nothing to send";
  return text + fmt::format(", {} {}", carries_weights_ ? "weights" : "activations",
                            describe_event(operand_of(tiles[tile_]), now));
}

void check_core(const LayerJob& job, const AcceleratorLimits& limits) {
  const ArrayGeometry& geometry = job.geometry;
  const ArrayOperands formats = array_operands(geometry.dataflow, job.work.scheme);
  OLV_CHECK(!job.work.conv, "a convolution on an accelerator behind streams");
  OLV_CHECK(limits.rows == geometry.rows && limits.cols == geometry.cols &&
                limits.is_output_stationary == geometry.is_output_stationary(),
            "an accelerator of {}x{}", limits.rows, limits.cols);
  OLV_CHECK(geometry.left_lanes == slice_count(formats.left) &&
                geometry.top_lanes == slice_count(formats.top),
            "{} and {} lanes: the PEs are not of 4 bits", geometry.left_lanes, geometry.top_lanes);
}

}  // namespace

class StreamEngine::Impl {
 public:
  Impl(const LayerJob& job, const PackedOperands& operands, AcceleratorCore& core, MemoryPort& port,
       const DmaConfig& dma);

  int64_t tick(int64_t now);
  void settle();

  [[nodiscard]] bool is_finished() const { return is_finished_; }
  [[nodiscard]] int64_t end() const { return program_.end(); }
  [[nodiscard]] const LayerTiming& timing() const { return program_.timing(); }
  [[nodiscard]] std::span<const int32_t> outputs() const { return outputs_.values(); }
  [[nodiscard]] DmaEngine& dma() { return dma_; }
  [[nodiscard]] int64_t in_flight() const { return in_flight_; }
  [[nodiscard]] std::string describe() const;

 private:
  // Results that are awaited.
  struct AwaitedRegion {
    StreamRegion region;
    std::shared_ptr<Tile> completes;  // null: not the last one of its tile
  };

  void queue_next_tile();
  [[nodiscard]] const StreamFold* next_fold() const;
  [[nodiscard]] std::optional<StallCause> missing(int64_t now) const;
  void charge(const std::optional<StallCause>& cause, int64_t from, int64_t end);
  void take_fold(int64_t now);
  void take_beat(const StreamOutputs& outputs, int64_t now);
  [[nodiscard]] int64_t next_tick(bool is_offering, int64_t now) const;

  LayerJob job_;
  const ArrayGeometry& geometry_ = job_.geometry;
  PackedOperands operands_;
  AcceleratorCore* core_;
  DmaEngine dma_;
  TileProgram program_;
  OutputGrid outputs_;
  std::deque<TileWork> tiles_;  // one whose folds start, then the one that starts next
  BlockFeeder left_, top_;
  std::deque<AwaitedRegion> regions_;
  int64_t beat_ = 0;       // of the oldest one
  int64_t in_flight_ = 0;  // folds
  // When the array alone could take the next fold, and what the next tile waited for last.
  int64_t could_start_at_ = 0;
  std::optional<StallCause> cause_;
  int64_t last_tick_ = 0;
  int64_t last_move_ = 0;
  bool is_finished_ = false;
};

StreamEngine::Impl::Impl(const LayerJob& job, const PackedOperands& operands, AcceleratorCore& core,
                         MemoryPort& port, const DmaConfig& dma)
    : job_(job),
      operands_(operands),
      core_(&core),
      dma_(port, dma),
      program_(job, dma_),
      outputs_(job.work.shape),
      left_(BlockFeeder::Side::Left, job.geometry.dataflow == Dataflow::InputStationary),
      top_(BlockFeeder::Side::Top, job.geometry.dataflow != Dataflow::InputStationary),
      could_start_at_(job.begin + job.geometry.preload_cycles()),
      last_tick_(job.begin - 1),
      last_move_(job.begin) {
  check_core(job, core.limits());
  const ArrayOperands formats = array_operands(geometry_.dataflow, job.work.scheme);
  core.configure(make_stream_formats(formats.left, formats.top, geometry_.is_sparse,
                                     geometry_.pipelining == Pipelining::Overlapped));
  if (job.data != nullptr) job.data->bind(outputs_);
  queue_next_tile();
  is_finished_ = tiles_.empty();
}

int64_t StreamEngine::Impl::tick(int64_t now) {
  charge(cause_, last_tick_ + 1, now);  // nothing changed while the engine slept
  last_tick_ = now;
  cause_ = missing(now);
  charge(cause_, now, now + 1);
  StreamInputs inputs;
  const StreamFold* fold = cause_ ? nullptr : next_fold();
  if (fold != nullptr) inputs.fold = &fold->command;
  inputs.left = left_.offer(tiles_, now);
  inputs.top = top_.offer(tiles_, now);
  const StreamOutputs& outputs = core_->cycle(inputs);
  const bool takes_left = inputs.left && outputs.left_ready;
  const bool takes_top = inputs.top && outputs.top_ready;
  if (takes_left) left_.advance();
  if (takes_top) top_.advance();
  if (outputs.takes_fold) take_fold(now);
  if (outputs.has_beat) take_beat(outputs, now);
  dma_.tick(now);
  if (takes_left || takes_top || outputs.takes_fold || outputs.has_beat || outputs.preloads) {
    last_move_ = now;
  }
  settle();
  return is_finished_ ? kNever : next_tick(fold != nullptr, now);
}

void StreamEngine::Impl::settle() {
  is_finished_ = tiles_.empty() && regions_.empty() && dma_.is_drained() && program_.finish();
}

void StreamEngine::Impl::queue_next_tile() {
  const std::shared_ptr<Tile> tile = program_.next();
  if (tile == nullptr) return;
  const auto batch = static_cast<size_t>(tile->visit.batch);
  const AcceleratorLayout layout{geometry_, *operands_.activations[batch],
                                 *operands_.weights[batch]};
  TileWork& work = tiles_.emplace_back(
      TileWork{tile, cut_tile(geometry_, core_->limits(), tile->visit), layout});
  for (StreamRegion& region : work.stream.regions) {
    regions_.push_back({std::move(region), nullptr});
  }
  regions_.back().completes = tile;
}

// Null: every fold of the layer has been taken.
const StreamFold* StreamEngine::Impl::next_fold() const {
  if (tiles_.empty()) return nullptr;
  const TileWork& work = tiles_.front();
  return &work.stream.folds[work.folds_taken];
}

// What the next tile still waits for, in the order in which waiting is charged. A tile that has
// started waits for nothing.
std::optional<StallCause> StreamEngine::Impl::missing(int64_t now) const {
  if (tiles_.empty() || tiles_.front().folds_taken != 0) return std::nullopt;
  const Tile& tile = *tiles_.front().tile;
  if (!has_happened(tile.activations, now)) return StallCause::Activations;
  if (!has_happened(tile.weights, now)) return StallCause::Weights;
  if (!has_happened(tile.psums, now)) return StallCause::PartialSums;
  if (tile.visit.is_new_output && !has_happened(tile.half_free, now)) {
    return StallCause::BufferFull;
  }
  return std::nullopt;
}

// Cycles from..end-1, as far as the array could have started a fold in them.
void StreamEngine::Impl::charge(const std::optional<StallCause>& cause, int64_t from, int64_t end) {
  if (!cause) return;
  from = std::max(from, could_start_at_);
  if (end <= from) return;
  program_.timing().stalls[static_cast<size_t>(*cause)] += static_cast<uint64_t>(end - from);
  if (job_.observer != nullptr) job_.observer->stalled(*cause, from, end);
}

void StreamEngine::Impl::take_fold(int64_t now) {
  TileWork& work = tiles_.front();
  const int64_t stream = next_fold()->command.length;
  ++program_.timing().folds;
  ++in_flight_;
  if (work.folds_taken++ == 0) {
    program_.start_next(now);
    queue_next_tile();
  }
  if (job_.observer != nullptr) job_.observer->folds_started({now, 1, 0, stream});
  if (tiles_.front().folds_taken == tiles_.front().stream.folds.size()) {
    tiles_.pop_front();
    left_.drop_tile();
    top_.drop_tile();
  }
  if (const StreamFold* next = next_fold()) {
    could_start_at_ = now + geometry_.interval(stream, next->command.length);
  }
}

void StreamEngine::Impl::take_beat(const StreamOutputs& outputs, int64_t now) {
  if (regions_.empty() || regions_.front().region.folds > in_flight_) {
    throw CheckFailed{
        fmt::format("cycle {}: a beat of results that no fold computes: {}", now, describe())};
  }
  const AwaitedRegion& awaited = regions_.front();
  awaited.region.add_beat(geometry_, beat_, outputs.columns, outputs_);
  ++beat_;
  if (outputs.is_last != (beat_ == awaited.region.results())) {
    throw CheckFailed{fmt::format("cycle {}: beat {} of {} of a region is{} its last: {}", now,
                                  beat_, awaited.region.results(), outputs.is_last ? "" : " not",
                                  describe())};
  }
  if (!outputs.is_last) return;
  in_flight_ -= awaited.region.folds;
  if (awaited.completes != nullptr) {
    *awaited.completes->results = now + 1;
    if (job_.observer != nullptr) job_.observer->results_out(now + 1);
  }
  regions_.pop_front();
  beat_ = 0;
}

// With no fold in it nor offered, the accelerator comes to rest: the engine sleeps until the next
// operand.
int64_t StreamEngine::Impl::next_tick(bool is_offering, int64_t now) const {
  if (in_flight_ != 0 && now - last_move_ > kPatienceCycles) {
    throw NoProgress{fmt::format("no progress since cycle {}: {}", last_move_, describe())};
  }
  // Skews, a preload and the registers behind them, twice over.
  const int64_t rest_cycles = 2 * (geometry_.rows + geometry_.cols) + 16;
  if (is_offering || in_flight_ != 0 || now - last_move_ <= rest_cycles) return now + 1;
  int64_t next = dma_.next_tick(now);
  for (const TileWork& work : tiles_) {
    const Tile& tile = *work.tile;
    for (const EventCycle& event : {tile.activations, tile.weights, tile.psums, tile.half_free}) {
      if (event->has_value() && **event > now) next = std::min(next, **event);
    }
  }
  return next;
}

std::string StreamEngine::Impl::describe() const {
  const int64_t now = last_tick_;
  std::string text = fmt::format("{} tiles, {} folds started, {} folds in flight",
                                 program_.timing().tiles, program_.timing().folds, in_flight_);
  if (!tiles_.empty()) {
    const TileWork& work = tiles_.front();
    const Tile& tile = *work.tile;
    text += fmt::format(
        "; next: fold {} of {} of a tile with activations {}, weights {}, partial sums {}, output "
        "half {}",
        work.folds_taken, work.stream.folds.size(), describe_event(tile.activations, now),
        describe_event(tile.weights, now), describe_event(tile.psums, now),
        describe_event(tile.half_free, now));
  }
  return text + fmt::format(
                    "; {}; {}; {} regions awaited, {} beats of the first out; core: {}; "
                    "DMA: {}",
                    left_.describe(tiles_, now), top_.describe(tiles_, now), regions_.size(), beat_,
                    core_->describe(), dma_.describe());
}

StreamEngine::StreamEngine(const LayerJob& job, const PackedOperands& operands,
                           AcceleratorCore& core, MemoryPort& port, const DmaConfig& dma)
    : impl_(std::make_unique<Impl>(job, operands, core, port, dma)) {}

StreamEngine::~StreamEngine() = default;

int64_t StreamEngine::tick(int64_t now) { return impl_->tick(now); }
void StreamEngine::settle() { impl_->settle(); }
bool StreamEngine::is_finished() const { return impl_->is_finished(); }
int64_t StreamEngine::end() const { return impl_->end(); }
const LayerTiming& StreamEngine::timing() const { return impl_->timing(); }
std::span<const int32_t> StreamEngine::outputs() const { return impl_->outputs(); }
DmaEngine& StreamEngine::dma() { return impl_->dma(); }
int64_t StreamEngine::in_flight() const { return impl_->in_flight(); }
std::string StreamEngine::describe() const { return impl_->describe(); }

}  // namespace olivine
