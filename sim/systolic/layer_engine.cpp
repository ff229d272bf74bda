// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/layer_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "models/base/error.h"
#include "sim/memory/bandwidth_memory.h"
#include "sim/memory/dma_engine.h"
#include "sim/systolic/array_driver.h"
#include "sim/systolic/layer_observer.h"
#include "sim/systolic/layer_operands.h"
#include "sim/systolic/tile_data.h"
#include "sim/systolic/tile_program.h"

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
  Impl(const LayerJob& job, const LayerOperands& operands, MemoryPort& port, const DmaConfig& dma);

  int64_t tick(int64_t now);
  void settle();

  [[nodiscard]] bool is_finished() const { return is_finished_; }
  [[nodiscard]] int64_t end() const { return program_.end(); }
  [[nodiscard]] const LayerTiming& timing() const { return program_.timing(); }
  [[nodiscard]] std::span<const int32_t> outputs() const { return outputs_.values(); }
  [[nodiscard]] const ArrayDriver& driver() const { return driver_; }
  [[nodiscard]] DmaEngine& dma() { return dma_; }
  [[nodiscard]] std::string describe() const;

 private:
  // A tile with folds to start, or whose results are not all out.
  struct ComputingTile {
    std::shared_ptr<Tile> tile;
    int64_t folds_finished = 0;
  };

  void control(int64_t now);
  [[nodiscard]] std::shared_ptr<Tile> tile_to_start() const {
    return current_ != nullptr ? current_ : program_.next();
  }
  [[nodiscard]] bool can_preload_next(const Tile& tile, int64_t now) const;
  [[nodiscard]] std::optional<StallCause> missing(const Tile& tile, int64_t now) const;
  void start_fold(const std::shared_ptr<Tile>& tile, int64_t now);
  void finish_folds(int count, int64_t now);
  [[nodiscard]] FoldBuilder& builder_for(const Tile& tile);

  LayerJob job_;
  const ArrayGeometry& geometry_ = job_.geometry;
  const LayerOperands* operands_;
  DmaEngine dma_;
  TileProgram program_;
  OutputGrid outputs_;
  ArrayDriver driver_;  // counts cycles from the beginning of the layer
  std::optional<FoldBuilder> builder_;
  int64_t builder_batch_ = -1;
  std::shared_ptr<Tile> current_;  // started, with folds left to start; else null
  int64_t folds_started_ = 0;      // of the tile that starts folds
  std::deque<ComputingTile> computing_;
  bool is_finished_ = false;
};

LayerEngine::Impl::Impl(const LayerJob& job, const LayerOperands& operands, MemoryPort& port,
                        const DmaConfig& dma)
    : job_(job),
      operands_(&operands),
      dma_(port, dma),
      program_(job, dma_),
      outputs_(job.work.shape),
      driver_(job.geometry, outputs_) {
  check_lanes(geometry_, operands);
  if (job.data != nullptr) job.data->bind(outputs_);
  is_finished_ = program_.next() == nullptr;
}

int64_t LayerEngine::Impl::tick(int64_t now) {
  control(now);
  dma_.tick(now);
  finish_folds(driver_.step(now - job_.begin), now);
  settle();
  return is_finished_ ? kNever : now + 1;
}

void LayerEngine::Impl::settle() {
  is_finished_ = program_.next() == nullptr && current_ == nullptr && computing_.empty() &&
                 dma_.is_drained() && program_.finish();
}

// Starts what can start in this cycle: a fold, then the preload of the one after it.
void LayerEngine::Impl::control(int64_t now) {
  const int64_t cycle = now - job_.begin;
  while (const std::shared_ptr<Tile> tile = tile_to_start()) {
    if (can_preload_next(*tile, now)) {
      const TileVisit& visit = tile->visit;
      driver_.preload(builder_for(*tile).stationary(visit.m, visit.n, visit.k, folds_started_),
                      cycle);
    }
    const bool is_tile_start = folds_started_ == 0;
    const std::optional<StallCause> cause = is_tile_start ? missing(*tile, now) : std::nullopt;
    if (cause || !driver_.can_start(tile->stream, cycle)) {
      if (cause && driver_.could_have_started(tile->stream, cycle)) {
        ++program_.timing().stalls[static_cast<size_t>(*cause)];
        if (job_.observer != nullptr) job_.observer->stalled(*cause, now, now + 1);
      }
      return;
    }
    start_fold(tile, now);
  }
}

bool LayerEngine::Impl::can_preload_next(const Tile& tile, int64_t now) const {
  if (!driver_.can_preload(now - job_.begin)) return false;
  const bool preloads_weights = geometry_.dataflow == Dataflow::WeightStationary;
  return has_happened(preloads_weights ? tile.weights : tile.activations, now);
}

// What the next tile still waits for, in the order in which waiting is charged.
std::optional<StallCause> LayerEngine::Impl::missing(const Tile& tile, int64_t now) const {
  const bool is_preloaded = driver_.is_preloaded(now - job_.begin);
  const bool has_activations = geometry_.dataflow == Dataflow::InputStationary
                                   ? is_preloaded
                                   : has_happened(tile.activations, now);
  const bool has_weights = geometry_.dataflow == Dataflow::WeightStationary
                               ? is_preloaded
                               : has_happened(tile.weights, now);
  if (!has_activations) return StallCause::Activations;
  if (!has_weights) return StallCause::Weights;
  if (!has_happened(tile.psums, now)) return StallCause::PartialSums;
  if (tile.visit.is_new_output && !has_happened(tile.half_free, now)) {
    return StallCause::BufferFull;
  }
  return std::nullopt;
}

void LayerEngine::Impl::start_fold(const std::shared_ptr<Tile>& tile, int64_t now) {
  const int64_t cycle = now - job_.begin;
  const TileVisit& visit = tile->visit;
  FoldBuilder& builder = builder_for(*tile);
  // What streams is read when it starts, and not before it has arrived.
  driver_.start(geometry_.is_output_stationary()
                    ? builder.build(visit.m, visit.n, visit.k, folds_started_)
                    : builder.streamed(visit.m, visit.n, visit.k, folds_started_),
                cycle);
  ++program_.timing().folds;
  if (folds_started_++ == 0) {
    program_.start_next(now);
    current_ = tile;
    computing_.push_back({tile});
  }
  if (job_.observer != nullptr) job_.observer->folds_started({now, 1, 0, tile->stream});
  if (folds_started_ == tile->folds) {
    current_ = nullptr;
    folds_started_ = 0;
  }
}

void LayerEngine::Impl::finish_folds(int count, int64_t now) {
  if (count == 0) return;
  ComputingTile& oldest = computing_.front();
  if (++oldest.folds_finished < oldest.tile->folds) return;
  *oldest.tile->results = now + 1 + geometry_.pipeline_cycles;
  if (job_.observer != nullptr) job_.observer->results_out(**oldest.tile->results);
  computing_.pop_front();
}

FoldBuilder& LayerEngine::Impl::builder_for(const Tile& tile) {
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
  return *builder_;
}

std::string LayerEngine::Impl::describe() const {
  return fmt::format("{} tiles started, {} computing, {} folds in the array; DMA: {}",
                     program_.timing().tiles, computing_.size(), driver_.folds_in_flight(),
                     dma_.describe());
}

struct LayerEngine::OwnMemory {
  explicit OwnMemory(const DramConfig& dram) : memory(dram.bytes_per_cycle, dram.latency_cycles) {}

  BandwidthMemory memory;
  DirectPort port{memory};
};

LayerEngine::LayerEngine(const LayerJob& job, const LayerOperands& operands, MemoryPort& port,
                         const DmaConfig& dma)
    : impl_(std::make_unique<Impl>(job, operands, port, dma)) {}

LayerEngine::LayerEngine(const ArrayGeometry& geometry, const DramConfig& dram,
                         const GemmWork& work, const Tiling& tiling, const LayerOperands& operands)
    : own_(std::make_unique<OwnMemory>(dram)) {
  OLV_CHECK(dram.model != DramModel::Banked, "banked memory belongs to the caller");
  LayerJob job{geometry, work, tiling, {}};
  job.is_ideal = dram.model == DramModel::Ideal;
  impl_ = std::make_unique<Impl>(job, operands, own_->port, lone_dma(dram));
}

LayerEngine::~LayerEngine() = default;

int64_t LayerEngine::tick(int64_t now) { return impl_->tick(now); }
void LayerEngine::settle() { impl_->settle(); }
bool LayerEngine::is_finished() const { return impl_->is_finished(); }
int64_t LayerEngine::end() const { return impl_->end(); }
const LayerTiming& LayerEngine::timing() const { return impl_->timing(); }
std::span<const int32_t> LayerEngine::outputs() const { return impl_->outputs(); }
DmaEngine& LayerEngine::dma() { return impl_->dma(); }
const ArrayDriver& LayerEngine::driver() const { return impl_->driver(); }
std::string LayerEngine::describe() const { return impl_->describe(); }

int64_t LayerEngine::in_flight() const {
  return static_cast<int64_t>(impl_->driver().folds_in_flight());
}

const LayerTiming& LayerEngine::run(const LayerProgress& progress) {
  OLV_CHECK(own_ != nullptr, "the memory belongs to the caller");
  return run_layer(*this, own_->port, 0, progress);
}

}  // namespace olivine
