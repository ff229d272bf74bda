// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/tile_program.h"

#include <algorithm>
#include <utility>

#include "models/base/error.h"
#include "sim/memory/dma_engine.h"
#include "sim/systolic/layer_observer.h"
#include "sim/systolic/placement.h"
#include "sim/systolic/tile_data.h"

namespace olivine {

TileProgram::TileProgram(const LayerJob& job, DmaEngine& dma)
    : job_(job),
      dma_(&dma),
      layout_(std::make_unique<OperandLayout>(job.work, job.tiling, job.placement)),
      walker_(job.work, job.tiling) {
  OLV_CHECK(!misalignment(job.work, job.tiling), "{}", *misalignment(job.work, job.tiling));
  if (job.observer != nullptr) dma.observe(job.observer);
  *always_ = job.begin;
  last_write_ = last_results_ = always_;
  if (auto first = queue_operands(always_)) {
    program_.push_back(first);
    queue_after(nullptr, first);
  }
}

TileProgram::~TileProgram() = default;

void TileProgram::start_next(int64_t at) {
  OLV_CHECK(!program_.empty(), "no tile left to start");
  const std::shared_ptr<Tile> tile = program_.front();
  ++timing_.tiles;
  *tile->started = at;
  if (job_.observer != nullptr) job_.observer->tile_started(tile->visit, at);
  last_results_ = tile->results;
  if (program_.size() > 1) queue_after(tile.get(), program_[1]);
  program_.pop_front();
}

// Takes the next tile from the walk and queues its operands. Null after the last tile.
std::shared_ptr<Tile> TileProgram::queue_operands(const EventCycle& trigger) {
  const std::optional<TileVisit> visit = walker_.next();
  if (!visit) return nullptr;
  auto tile = std::make_shared<Tile>();
  const int64_t m = visit->m.length;
  const int64_t n = visit->n.length;
  const int64_t k = visit->k.length;
  tile->visit = *visit;
  tile->index = tiles_queued_++;
  tile->folds = job_.geometry.folds(m, n, k);
  tile->stream = job_.geometry.stream_cycles(m, n, k);
  tile->activations = tile->weights = tile->psums = always_;
  if (visit->loads_activations) {
    tile->activations =
        fetch(Operand::Activations, *tile, activation_tile_bytes(job_.work, m, k), trigger);
  }
  if (visit->loads_weights) {
    tile->weights = fetch(Operand::Weights, *tile, weight_dram_bytes(job_.work, n, k), trigger);
    timing_.weight_buffer_bytes += static_cast<uint64_t>(weight_tile_bytes(job_.work, n, k));
  }
  return tile;
}

// The DMA program after the operands of `tile`: operands of the tile after it, the output tile it
// leaves behind, partial sums of the tile after it (which may be what was just written).
void TileProgram::queue_after(const Tile* previous, const std::shared_ptr<Tile>& tile) {
  const std::shared_ptr<Tile> next = queue_operands(tile->started);
  tile->half_free = last_write_;
  if (previous != nullptr && tile->visit.is_new_output) write_back(*previous);
  if (next == nullptr) {
    write_back(*tile);
    return;
  }
  if (next->visit.reloads_psums) {
    const int64_t bytes = psum_tile_bytes(next->visit.m.length, next->visit.n.length);
    timing_.psum_reload_bytes += static_cast<uint64_t>(bytes);
    next->psums = fetch(Operand::PartialSums, *next, bytes, tile->started);
  }
  program_.push_back(next);
}

EventCycle TileProgram::fetch(Operand operand, const Tile& tile, int64_t bytes,
                              const EventCycle& trigger) {
  const TileVisit& visit = tile.visit;
  timing_.dram_bytes[static_cast<size_t>(operand)] += static_cast<uint64_t>(bytes);
  if (job_.is_ideal) return always_;
  Transfer transfer{
      Access::Read, layout_->address(operand, visit), bytes, trigger, make_event(), {}, operand,
      tile.index};
  if (operand == Operand::Weights) {
    transfer.expanded_elems = expanded_elems(job_.work, visit.n.length, visit.k.length);
    transfer.expanded_bytes = weight_tile_bytes(job_.work, visit.n.length, visit.k.length);
  }
  if (job_.data != nullptr) {
    transfer.data = [data = job_.data, operand, visit](std::vector<uint8_t>& arrived) {
      data->arrive(operand, visit, arrived);
    };
  }
  EventCycle done = transfer.done;
  dma_->push(std::move(transfer));
  return done;
}

void TileProgram::write_back(const Tile& tile) {
  const TileVisit& visit = tile.visit;
  const bool is_final = visit.completes_outputs;
  const int64_t bytes = is_final ? output_tile_bytes(job_.work, visit.m.length, visit.n.length)
                                 : psum_tile_bytes(visit.m.length, visit.n.length);
  const Operand operand = is_final ? Operand::Outputs : Operand::PartialSums;
  timing_.dram_bytes[static_cast<size_t>(operand)] += static_cast<uint64_t>(bytes);
  if (job_.is_ideal) return;
  Transfer transfer{Access::Write, layout_->address(operand, visit),
                    bytes,         tile.results,
                    make_event(),  {},
                    operand,       tile.index};
  if (job_.data != nullptr) {
    transfer.data = [data = job_.data, operand, visit](std::vector<uint8_t>& leaving) {
      data->leave(operand, visit, leaving);
    };
  }
  last_write_ = transfer.done;
  dma_->push(std::move(transfer));
}

bool TileProgram::finish() {
  if (!program_.empty() || !last_results_->has_value() || !last_write_->has_value()) return false;
  const int64_t results = **last_results_;
  timing_.stalls[static_cast<size_t>(StallCause::WriteBack)] =
      static_cast<uint64_t>(end() - results);
  timing_.cycles = static_cast<uint64_t>(end() - job_.begin);
  timing_.array_cycles = timing_.cycles;
  for (const uint64_t stall : timing_.stalls) timing_.array_cycles -= stall;
  return true;
}

// The last write-back is not the last to arrive where a memory reorders.
int64_t TileProgram::end() const { return std::max(**last_results_, dma_->busy_until()); }

}  // namespace olivine
