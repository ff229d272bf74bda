// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/layer_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "models/base/error.h"
#include "sim/memory/dma_engine.h"
#include "sim/systolic/array_driver.h"
#include "sim/systolic/tile_walker.h"

namespace olivine {

namespace {

void check_lanes(const ArrayGeometry& geometry, const LayerOperands& operands) {
  const bool weights_stream = geometry.dataflow == Dataflow::InputStationary;
  const auto& left = weights_stream ? operands.weights : operands.activations;
  const auto& top = weights_stream ? operands.activations : operands.weights;
  for (const DecodedMatrix& matrix : left) {
    OLV_CHECK(matrix.slices == geometry.left_lanes, "{} slices from the left", matrix.slices);
  }
  for (const DecodedMatrix& matrix : top) {
    OLV_CHECK(matrix.slices == geometry.top_lanes, "{} slices from the top", matrix.slices);
  }
}

}  // namespace

class LayerEngine::Impl {
 public:
  Impl(const ArrayGeometry& geometry, const DramConfig& dram, const GemmWork& work,
       const Tiling& tiling, const LayerOperands& operands);
  bool step();
  const LayerTiming& run(const Progress& progress);

  [[nodiscard]] int64_t cycle() const { return now_; }
  [[nodiscard]] const LayerTiming& timing() const { return timing_; }
  [[nodiscard]] std::span<const int32_t> outputs() const { return outputs_.values(); }
  [[nodiscard]] const ArrayDriver& driver() const { return driver_; }
  [[nodiscard]] const DmaEngine& dma() const { return dma_; }

 private:
  // A tile on its way: its operands' arrivals, and when its results are in the scratchpad.
  struct Tile {
    TileVisit visit;
    Event activations, weights, psums;  // its operands are in the scratchpads
    Event half_free;                    // the older output half has been written back
    Event started = make_event();
    Event results = make_event();  // its results are in the scratchpad
    int64_t folds = 0;
    int64_t folds_started = 0;
    int64_t folds_finished = 0;
  };

  void control();
  [[nodiscard]] bool can_preload_next() const;
  [[nodiscard]] std::optional<StallCause> missing() const;
  void start_fold();
  void finish_folds(int count);
  std::shared_ptr<Tile> queue_operands(const Event& trigger);
  void queue_after(const Tile* previous, Tile& tile);
  Event fetch(Operand operand, int64_t bytes, const Event& trigger);
  void write_back(const Tile& tile);
  [[nodiscard]] Fold build_fold();
  [[nodiscard]] bool is_finished() const;
  void finish();

  ArrayGeometry geometry_;
  bool is_ideal_;
  GemmWork work_;
  const LayerOperands* operands_;
  TileWalker walker_;
  DmaEngine dma_;
  OutputGrid outputs_;
  ArrayDriver driver_;
  std::optional<FoldBuilder> builder_;
  int64_t builder_batch_ = -1;
  // Tiles with folds to start, oldest first; the DMA queue holds the operands of all of them.
  std::deque<std::shared_ptr<Tile>> program_;
  std::deque<std::shared_ptr<Tile>> computing_;  // started, results not all out
  Event always_ = make_event();
  Event last_write_;  // done event of the youngest write-back queued
  Event last_results_;
  int64_t now_ = 0;
  bool is_done_ = false;
  LayerTiming timing_;
};

LayerEngine::Impl::Impl(const ArrayGeometry& geometry, const DramConfig& dram, const GemmWork& work,
                        const Tiling& tiling, const LayerOperands& operands)
    : geometry_(geometry),
      is_ideal_(dram.model == DramModel::Ideal),
      work_(work),
      operands_(&operands),
      walker_(work, tiling),
      dma_(dram),
      outputs_(work.shape),
      driver_(geometry, outputs_) {
  OLV_CHECK(!misalignment(work, tiling), "{}", *misalignment(work, tiling));
  check_lanes(geometry, operands);
  *always_ = 0;
  last_write_ = always_;
  if (const auto first = queue_operands(always_)) {
    program_.push_back(first);
    queue_after(nullptr, *first);
  }
  is_done_ = program_.empty();
}

bool LayerEngine::Impl::step() {
  if (is_done_) return false;
  control();
  dma_.tick(now_);
  finish_folds(driver_.step(now_));
  ++now_;
  if (is_finished()) finish();
  return true;
}

const LayerTiming& LayerEngine::Impl::run(const Progress& progress) {
  constexpr int64_t kProgressCycles = 1 << 16;
  constexpr int64_t kPatienceCycles = 1'000'000;
  int64_t last_move = 0;
  while (step()) {
    if (driver_.folds_in_flight() != 0 || dma_.is_busy()) last_move = now_;
    if (now_ - last_move > kPatienceCycles) {
      throw NoProgress{
          fmt::format("no progress since cycle {}: {} transfers queued, {} tiles computing",
                      last_move, dma_.queued(), computing_.size())};
    }
    if (progress && now_ % kProgressCycles == 0) progress(static_cast<uint64_t>(now_));
  }
  return timing_;
}

// Starts what can start in this cycle: a fold, then the preload of the one after it.
void LayerEngine::Impl::control() {
  while (!program_.empty()) {
    if (can_preload_next()) driver_.preload(build_fold(), now_);
    const Tile& tile = *program_.front();
    const int64_t stream =
        geometry_.stream_cycles(tile.visit.m.length, tile.visit.n.length, tile.visit.k.length);
    const bool is_tile_start = tile.folds_started == 0;
    const std::optional<StallCause> cause = is_tile_start ? missing() : std::nullopt;
    if (cause || !driver_.can_start(stream, now_)) {
      if (cause && driver_.could_have_started(stream, now_)) {
        ++timing_.stalls[static_cast<size_t>(*cause)];
      }
      return;
    }
    start_fold();
  }
}

bool LayerEngine::Impl::can_preload_next() const {
  if (!driver_.can_preload(now_)) return false;
  const bool preloads_weights = geometry_.dataflow == Dataflow::WeightStationary;
  const Tile& tile = *program_.front();
  return has_happened(preloads_weights ? tile.weights : tile.activations, now_);
}

// What the next tile still waits for, in the order in which waiting is charged.
std::optional<StallCause> LayerEngine::Impl::missing() const {
  const Tile& tile = *program_.front();
  const bool is_preloaded = driver_.is_preloaded(now_);
  const bool has_activations = geometry_.dataflow == Dataflow::InputStationary
                                   ? is_preloaded
                                   : has_happened(tile.activations, now_);
  const bool has_weights = geometry_.dataflow == Dataflow::WeightStationary
                               ? is_preloaded
                               : has_happened(tile.weights, now_);
  if (!has_activations) return StallCause::Activations;
  if (!has_weights) return StallCause::Weights;
  if (!has_happened(tile.psums, now_)) return StallCause::PartialSums;
  if (tile.visit.is_new_output && !has_happened(tile.half_free, now_)) {
    return StallCause::BufferFull;
  }
  return std::nullopt;
}

void LayerEngine::Impl::start_fold() {
  const std::shared_ptr<Tile> tile = program_.front();
  if (geometry_.is_output_stationary()) {
    driver_.start(build_fold(), now_);
  } else {
    driver_.start(now_);
  }
  ++timing_.folds;
  if (tile->folds_started++ == 0) {
    ++timing_.tiles;
    *tile->started = now_;
    computing_.push_back(tile);
    if (program_.size() > 1) queue_after(tile.get(), *program_[1]);
  }
  if (tile->folds_started == tile->folds) program_.pop_front();
}

void LayerEngine::Impl::finish_folds(int count) {
  if (count == 0) return;
  Tile& tile = *computing_.front();
  if (++tile.folds_finished < tile.folds) return;
  *tile.results = now_ + 1 + geometry_.pipeline_cycles;
  last_results_ = tile.results;
  computing_.pop_front();
}

// Takes the next tile from the walk and queues its operands. Null after the last tile.
std::shared_ptr<LayerEngine::Impl::Tile> LayerEngine::Impl::queue_operands(const Event& trigger) {
  const std::optional<TileVisit> visit = walker_.next();
  if (!visit) return nullptr;
  auto tile = std::make_shared<Tile>();
  tile->visit = *visit;
  tile->folds = geometry_.folds(visit->m.length, visit->n.length, visit->k.length);
  tile->activations = tile->weights = tile->psums = always_;
  if (visit->loads_activations) {
    tile->activations =
        fetch(Operand::Activations, activation_tile_bytes(work_, visit->m.length, visit->k.length),
              trigger);
  }
  if (visit->loads_weights) {
    tile->weights = fetch(Operand::Weights,
                          weight_tile_bytes(work_, visit->n.length, visit->k.length), trigger);
  }
  return tile;
}

// The DMA program after the operands of `tile`: operands of the tile after it, the output tile it
// leaves behind, partial sums of the tile after it (which may be what was just written).
void LayerEngine::Impl::queue_after(const Tile* previous, Tile& tile) {
  const std::shared_ptr<Tile> next = queue_operands(tile.started);
  tile.half_free = last_write_;
  if (previous != nullptr && tile.visit.is_new_output) write_back(*previous);
  if (next == nullptr) {
    write_back(tile);
    return;
  }
  if (next->visit.reloads_psums) {
    const int64_t bytes = psum_tile_bytes(next->visit.m.length, next->visit.n.length);
    timing_.psum_reload_bytes += static_cast<uint64_t>(bytes);
    next->psums = fetch(Operand::PartialSums, bytes, tile.started);
  }
  program_.push_back(next);
}

Event LayerEngine::Impl::fetch(Operand operand, int64_t bytes, const Event& trigger) {
  timing_.dram_bytes[static_cast<size_t>(operand)] += static_cast<uint64_t>(bytes);
  if (is_ideal_) return always_;
  Event done = make_event();
  dma_.push({Transfer::Kind::Read, bytes, trigger, done});
  return done;
}

void LayerEngine::Impl::write_back(const Tile& tile) {
  const bool is_final = tile.visit.completes_outputs;
  const int64_t bytes = is_final
                            ? output_tile_bytes(work_, tile.visit.m.length, tile.visit.n.length)
                            : psum_tile_bytes(tile.visit.m.length, tile.visit.n.length);
  const Operand operand = is_final ? Operand::Outputs : Operand::PartialSums;
  timing_.dram_bytes[static_cast<size_t>(operand)] += static_cast<uint64_t>(bytes);
  if (is_ideal_) return;
  last_write_ = make_event();
  dma_.push({Transfer::Kind::Write, bytes, tile.results, last_write_});
}

Fold LayerEngine::Impl::build_fold() {
  const Tile& tile = *program_.front();
  const TileVisit& visit = tile.visit;
  if (builder_batch_ != visit.batch) {
    const auto batch = static_cast<size_t>(visit.batch);
    const ActivationView activations =
        operands_->addressing
            ? ActivationView{operands_->activations.front(), *operands_->addressing, visit.batch}
            : ActivationView{operands_->activations[batch]};
    builder_.emplace(geometry_, activations, operands_->weights[batch], visit.batch);
    builder_batch_ = visit.batch;
  }
  return builder_->build(visit.m, visit.n, visit.k, tile.folds_started);
}

bool LayerEngine::Impl::is_finished() const {
  return program_.empty() && computing_.empty() && dma_.is_idle();
}

void LayerEngine::Impl::finish() {
  is_done_ = true;
  const int64_t results = **last_results_;
  const int64_t end = std::max(results, **last_write_);
  timing_.stalls[static_cast<size_t>(StallCause::WriteBack)] = static_cast<uint64_t>(end - results);
  timing_.cycles = static_cast<uint64_t>(end);
  timing_.array_cycles = timing_.cycles;
  for (const uint64_t stall : timing_.stalls) timing_.array_cycles -= stall;
}

LayerEngine::LayerEngine(const ArrayGeometry& geometry, const DramConfig& dram,
                         const GemmWork& work, const Tiling& tiling, const LayerOperands& operands)
    : impl_(std::make_unique<Impl>(geometry, dram, work, tiling, operands)) {}

LayerEngine::~LayerEngine() = default;

bool LayerEngine::step() { return impl_->step(); }
const LayerTiming& LayerEngine::run(const Progress& progress) { return impl_->run(progress); }
int64_t LayerEngine::cycle() const { return impl_->cycle(); }
const LayerTiming& LayerEngine::timing() const { return impl_->timing(); }
std::span<const int32_t> LayerEngine::outputs() const { return impl_->outputs(); }
const ArrayDriver& LayerEngine::driver() const { return impl_->driver(); }
const DmaEngine& LayerEngine::dma() const { return impl_->dma(); }

}  // namespace olivine
