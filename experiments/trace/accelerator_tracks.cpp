// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/trace/accelerator_tracks.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "experiments/trace/layer_record.h"
#include "experiments/trace/occupancy.h"
#include "experiments/trace/rate.h"
#include "sim/memory/memory_model.h"

namespace olivine::trace {
namespace {

struct Look {
  std::string_view name;
  std::string_view color;
};

// By ArrayPart; colours are names of the trace event format.
constexpr std::array<Look, 6> kParts = {
    Look{"fold", "thread_state_running"},  Look{"tile", "thread_state_running"},
    Look{"array", "thread_state_running"}, Look{"preload", "thread_state_runnable"},
    Look{"drain", "cq_build_running"},     Look{"feed", "thread_state_unknown"}};
// By StallCause.
constexpr std::array<Look, 5> kStalls = {
    Look{"stall: activations", "rail_animation"}, Look{"stall: weights", "thread_state_iowait"},
    Look{"stall: partial sums", "detailed_memory_dump"}, Look{"stall: buffer full", "olive"},
    Look{"stall: write back", "terrible"}};

// Transfers, by operand and direction.
constexpr std::array<Look, 5> kTransfers = {
    Look{"activations", "rail_response"}, Look{"weights", "background_memory_dump"},
    Look{"partial sums in", "detailed_memory_dump"},
    Look{"partial sums out", "heap_dump_stack_frame"}, Look{"outputs", "good"}};

size_t kind_of(const LayerRecord::Transfer& transfer) {
  switch (transfer.operand) {
    case Operand::Activations:
      return 0;
    case Operand::Weights:
      return 1;
    case Operand::PartialSums:
      return transfer.access == Access::Read ? 2 : 3;
    case Operand::Outputs:
      return 4;
  }
  return kTransfers.size();
}

std::string text_of(const LayerRecord::Range& range) {
  return fmt::format("{}..{}", range.begin, range.end - 1);
}

// All transfers of one kind in a layer.
struct TransferSum {
  int64_t from = 0;
  int64_t until = 0;
  int64_t bytes = 0;
  int64_t count = 0;
};
using TransferSums = std::array<TransferSum, kTransfers.size()>;

TransferSums sum_transfers(const LayerRecord& layer) {
  TransferSums sums;
  for (const LayerRecord::Transfer& transfer : layer.transfers) {
    TransferSum& sum = sums[kind_of(transfer)];
    sum.from = sum.count == 0 ? transfer.sent : std::min(sum.from, transfer.sent);
    sum.until = std::max(sum.until, transfer.done);
    sum.bytes += transfer.bytes;
    ++sum.count;
  }
  return sums;
}

}  // namespace

void Lanes::add(TraceWriter& writer, const Slice& slice, const Args& args) {
  auto lane = std::find_if(lanes_.begin(), lanes_.end(),
                           [&](const Lane& other) { return other.free_at <= slice.from; });
  if (lane == lanes_.end()) {
    const std::string name =
        lanes_.empty() ? name_ : fmt::format("{} ({})", name_, lanes_.size() + 1);
    lane = lanes_.insert(lanes_.end(), {writer.add_track(process_, name), 0});
  }
  lane->free_at = slice.until;
  writer.slice(lane->track, slice, args);
}

AcceleratorTracks::AcceleratorTracks(TraceWriter& writer, std::string_view name,
                                     std::string_view layers)
    : writer_(&writer),
      process_(writer.add_process(name)),
      layers_(writer.add_track(process_, layers)),
      tiles_(writer.add_track(process_, "tiles")),
      array_(writer.add_track(process_, "array")),
      vector_(writer.add_track(process_, "vector unit")),
      scratchpads_{writer.add_counter(process_, "activation buffer", {"bytes"}),
                   writer.add_counter(process_, "weight buffer", {"bytes"}),
                   writer.add_counter(process_, "output buffer", {"bytes"})} {
  for (const Look& kind : kTransfers) dma_.emplace_back(process_, fmt::format("DMA {}", kind.name));
}

void AcceleratorTracks::add_layer(std::string_view name, int64_t begin, const LayerRecord& layer,
                                  Detail detail) {
  const LayerTiming& timing = layer.timing;
  writer_->slice(layers_, {name, "layer", "", begin, begin + static_cast<int64_t>(timing.cycles)},
                 Args{}
                     .add("tiles", static_cast<int64_t>(timing.tiles))
                     .add("folds", static_cast<int64_t>(timing.folds))
                     .add("array_cycles", static_cast<int64_t>(timing.array_cycles))
                     .add("detail", name_of<Detail>(kDetailNames, detail)));
  add_array(begin, layer, detail);
  if (!layer.has_tiles) return;
  if (detail == Detail::Layer) {
    add_transfer_sums(begin, layer);
  } else {
    add_tiles(begin, layer);
    add_transfers(begin, layer);
  }
  add_occupancy(begin, layer, detail);
}

void AcceleratorTracks::add_vector_layer(std::string_view name, int64_t begin, int64_t cycles,
                                         uint64_t ops) {
  const Args args = Args{}.add("ops", static_cast<int64_t>(ops));
  writer_->slice(layers_, {name, "layer", "", begin, begin + cycles}, args);
  writer_->slice(vector_, {"vector", "vector", "vsync_highlight_color", begin, begin + cycles},
                 args);
}

void AcceleratorTracks::add_wait(std::string_view what, int64_t from, int64_t until) {
  if (from == until) return;
  writer_->slice(layers_, {what, what, what == "host" ? "yellow" : "grey", from, until});
}

void AcceleratorTracks::add_array(int64_t begin, const LayerRecord& layer, Detail detail) {
  for_each_array_slice(layer, detail, [&](const ArraySlice& slice) {
    const bool is_stall = slice.part == ArrayPart::Stall;
    const Look& look = is_stall ? kStalls[static_cast<size_t>(slice.cause)]
                                : kParts[static_cast<size_t>(slice.part)];
    Args args;
    if (slice.part == ArrayPart::Fold) {
      args = Args{}.add("tile", slice.tile).add("fold", slice.fold);
    } else if (slice.part == ArrayPart::Tile) {
      args = Args{}.add("tile", slice.tile).add("folds", slice.fold);
    }
    writer_->slice(array_,
                   {look.name, is_stall ? "stall" : "array", look.color, begin + slice.from,
                    begin + slice.until},
                   args);
  });
}

// A tile has the array from its first fold until the next tile has it.
void AcceleratorTracks::add_tiles(int64_t begin, const LayerRecord& layer) {
  for (size_t i = 0; i < layer.tiles.size(); ++i) {
    const LayerRecord::Tile& tile = layer.tiles[i];
    const int64_t until = i + 1 < layer.tiles.size() ? layer.tiles[i + 1].start : tile.results;
    writer_->slice(tiles_, {"tile", "tile", "", begin + tile.start, begin + until},
                   Args{}
                       .add("tile", static_cast<int64_t>(i))
                       .add("batch", tile.batch)
                       .add("m", text_of(tile.m))
                       .add("n", text_of(tile.n))
                       .add("k", text_of(tile.k))
                       .add("results_at", begin + tile.results));
  }
}

void AcceleratorTracks::add_transfers(int64_t begin, const LayerRecord& layer) {
  std::vector<LayerRecord::Transfer> transfers = layer.transfers;
  std::stable_sort(transfers.begin(), transfers.end(),
                   [](const auto& a, const auto& b) { return a.sent < b.sent; });
  for (const LayerRecord::Transfer& transfer : transfers) {
    const Look& look = kTransfers[kind_of(transfer)];
    dma_[kind_of(transfer)].add(
        *writer_, {look.name, "dma", look.color, begin + transfer.sent, begin + transfer.done},
        Args{}.add("tile", transfer.tile).add("bytes", transfer.bytes));
  }
}

void AcceleratorTracks::add_transfer_sums(int64_t begin, const LayerRecord& layer) {
  const TransferSums sums = sum_transfers(layer);
  for (size_t kind = 0; kind < sums.size(); ++kind) {
    const TransferSum& sum = sums[kind];
    if (sum.count == 0) continue;
    const Look& look = kTransfers[kind];
    dma_[kind].add(*writer_, {look.name, "dma", look.color, begin + sum.from, begin + sum.until},
                   Args{}.add("transfers", sum.count).add("bytes", sum.bytes));
  }
}

void AcceleratorTracks::add_occupancy(int64_t begin, const LayerRecord& layer, Detail detail) {
  const auto end = begin + static_cast<int64_t>(layer.timing.cycles);
  for (size_t i = 0; i < scratchpads_.size(); ++i) {
    const std::vector<OccupancyStep> steps = occupancy(layer, static_cast<Scratchpad>(i));
    if (detail == Detail::Layer) {
      int64_t peak = 0;
      for (const OccupancyStep& step : steps) peak = std::max(peak, step.bytes);
      writer_->sample(scratchpads_[i], begin, {static_cast<double>(peak)});
    } else {
      for (const OccupancyStep& step : steps) {
        writer_->sample(scratchpads_[i], begin + step.at, {static_cast<double>(step.bytes)});
      }
    }
    writer_->sample(scratchpads_[i], end, {0.0});
  }
}

uint64_t count_layer_slices(const LayerRecord& layer, Detail detail) {
  uint64_t count = 1 + count_array_slices(layer, detail);
  if (!layer.has_tiles) return count;
  if (detail != Detail::Layer) return count + layer.tiles.size() + layer.transfers.size();
  for (const TransferSum& sum : sum_transfers(layer)) count += sum.count > 0 ? 1 : 0;
  return count;
}

void add_rate(TraceWriter& writer, Counter counter, int64_t begin, int64_t end,
              const ByteRate& rate) {
  const int64_t window = rate.window_cycles();
  int64_t at = begin;
  for (const int64_t bytes : rate.bytes()) {
    const int64_t until = std::min(at + window, end);
    writer.sample(counter, at, {static_cast<double>(bytes) / static_cast<double>(until - at)});
    at = until;
  }
  if (at < end) writer.sample(counter, at, {0.0});
}

}  // namespace olivine::trace
