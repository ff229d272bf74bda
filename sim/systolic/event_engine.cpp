// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/event_engine.h"

#include <fmt/format.h>

#include <optional>

#include "sim/memory/dma_engine.h"
#include "sim/systolic/layer_observer.h"
#include "sim/systolic/tile_program.h"

namespace olivine {

class EventEngine::Impl {
 public:
  Impl(const LayerJob& job, MemoryPort& port, const DmaConfig& dma)
      : geometry_(job.geometry),
        begin_(job.begin),
        observer_(job.observer),
        dma_(port, dma),
        program_(job, dma_) {}

  int64_t tick(int64_t now) {
    now_ = now;
    while (start_tile()) {
    }
    dma_.tick(now);
    // A packet may have been answered at once, and with it the start of a tile become known.
    while (start_tile()) {
    }
    settle();
    return is_finished_ ? kNever : dma_.next_tick(now);
  }
  void settle() { is_finished_ = dma_.is_drained() && program_.finish(); }

  [[nodiscard]] bool is_finished() const { return is_finished_; }
  [[nodiscard]] int64_t end() const { return program_.end(); }
  [[nodiscard]] const LayerTiming& timing() const { return program_.timing(); }
  [[nodiscard]] DmaEngine& dma() { return dma_; }
  [[nodiscard]] int64_t in_flight() const { return results_out_ > now_ ? 1 : 0; }
  [[nodiscard]] std::string describe() const;

 private:
  bool start_tile();
  void wait(int64_t& start, int64_t ready, StallCause cause);

  ArrayGeometry geometry_;
  int64_t begin_;
  LayerObserver* observer_;
  DmaEngine dma_;
  TileProgram program_;
  // Of the tile before.
  bool is_first_ = true;
  int64_t last_fold_ = 0;  // start of its last fold
  int64_t stream_ = 0;
  int64_t results_out_ = 0;
  int64_t now_ = 0;
  bool is_finished_ = false;
};

// Starts the next tile if everything it depends on is known, and may lie ahead.
bool EventEngine::Impl::start_tile() {
  const std::shared_ptr<Tile> tile = program_.next();
  if (tile == nullptr) return false;
  for (const EventCycle& event : {tile->activations, tile->weights, tile->psums}) {
    if (!event->has_value()) return false;
  }
  // A tile that adds to the outputs before it needs no other half, and must not wait to be told.
  if (tile->visit.is_new_output && !tile->half_free->has_value()) return false;
  const int64_t preload = geometry_.preload_cycles();
  int64_t start =
      is_first_ ? begin_ + preload : last_fold_ + geometry_.interval(stream_, tile->stream);
  const bool weights_stream = geometry_.dataflow == Dataflow::InputStationary;
  // What is preloaded has to be there earlier; what was there before the layer, never late.
  const auto ready = [&](const EventCycle& event, bool is_preloaded) {
    return event == program_.always() ? begin_ : **event + (is_preloaded ? preload : 0);
  };
  wait(start, ready(tile->activations, weights_stream), StallCause::Activations);
  wait(start, ready(tile->weights, !weights_stream), StallCause::Weights);
  wait(start, **tile->psums, StallCause::PartialSums);
  if (tile->visit.is_new_output) wait(start, **tile->half_free, StallCause::BufferFull);

  const int64_t interval = geometry_.interval(tile->stream, tile->stream);
  last_fold_ = start + (tile->folds - 1) * interval;
  stream_ = tile->stream;
  results_out_ = last_fold_ + stream_ + geometry_.flush_cycles() + geometry_.pipeline_cycles;
  *tile->results = results_out_;
  program_.timing().folds += static_cast<uint64_t>(tile->folds);
  program_.start_next(start);
  is_first_ = false;
  if (observer_ != nullptr) {
    observer_->folds_started({start, tile->folds, interval, stream_});
    observer_->results_out(results_out_);
  }
  return true;
}

void EventEngine::Impl::wait(int64_t& start, int64_t ready, StallCause cause) {
  if (ready <= start) return;
  program_.timing().stalls[static_cast<size_t>(cause)] += static_cast<uint64_t>(ready - start);
  if (observer_ != nullptr) observer_->stalled(cause, start, ready);
  start = ready;
}

std::string EventEngine::Impl::describe() const {
  const std::shared_ptr<Tile> tile = program_.next();
  std::string text = fmt::format("{} tiles started, results of the last out in cycle {}",
                                 program_.timing().tiles, results_out_);
  if (tile != nullptr) {
    const auto state = [](const EventCycle& event) {
      return event->has_value() ? fmt::format("{}", **event) : std::string{"unknown"};
    };
    text += fmt::format(
        "; the next has its activations in cycle {}, weights {}, partial sums {}, a free output "
        "half {}",
        state(tile->activations), state(tile->weights), state(tile->psums), state(tile->half_free));
  }
  return fmt::format("{}; DMA: {}", text, dma_.describe());
}

EventEngine::EventEngine(const LayerJob& job, MemoryPort& port, const DmaConfig& dma)
    : impl_(std::make_unique<Impl>(job, port, dma)) {}

EventEngine::~EventEngine() = default;

int64_t EventEngine::tick(int64_t now) { return impl_->tick(now); }
void EventEngine::settle() { impl_->settle(); }
bool EventEngine::is_finished() const { return impl_->is_finished(); }
int64_t EventEngine::end() const { return impl_->end(); }
const LayerTiming& EventEngine::timing() const { return impl_->timing(); }
DmaEngine& EventEngine::dma() { return impl_->dma(); }
int64_t EventEngine::in_flight() const { return impl_->in_flight(); }
std::string EventEngine::describe() const { return impl_->describe(); }

}  // namespace olivine
