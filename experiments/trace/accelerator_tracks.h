// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/trace/array_slices.h"
#include "experiments/trace/trace_writer.h"

namespace olivine::trace {

class ByteRate;
struct LayerRecord;

// A row of slices that may overlap: as many tracks of one name as that takes.
class Lanes {
 public:
  Lanes(int process, std::string name) : process_(process), name_(std::move(name)) {}

  // Contract: slice.from does not fall.
  void add(TraceWriter& writer, const Slice& slice, const Args& args);

 private:
  struct Lane {
    Track track;
    int64_t free_at;
  };
  int process_;
  std::string name_;
  std::vector<Lane> lanes_;
};

// An accelerator as a process: layers, their tiles, the array, the vector unit, the DMA engine by
// operand, and counters of what lies in the scratchpads. Layers come in the order of time.
class AcceleratorTracks {
 public:
  // Contract: the writer outlives the tracks. `layers`: what the outermost track is called.
  AcceleratorTracks(TraceWriter& writer, std::string_view name, std::string_view layers);

  [[nodiscard]] int process() const { return process_; }

  void add_layer(std::string_view name, int64_t begin, const LayerRecord& layer, Detail detail);
  void add_vector_layer(std::string_view name, int64_t begin, int64_t cycles, uint64_t ops);
  // The accelerator waits: category and name "host" or "idle". Nothing where it is empty.
  void add_wait(std::string_view what, int64_t from, int64_t until);

 private:
  void add_array(int64_t begin, const LayerRecord& layer, Detail detail);
  void add_tiles(int64_t begin, const LayerRecord& layer);
  void add_transfers(int64_t begin, const LayerRecord& layer);
  void add_transfer_sums(int64_t begin, const LayerRecord& layer);
  void add_occupancy(int64_t begin, const LayerRecord& layer, Detail detail);

  TraceWriter* writer_;
  int process_;
  Track layers_, tiles_, array_, vector_;
  std::vector<Lanes> dma_;              // by kind of transfer
  std::array<Counter, 3> scratchpads_;  // activations, weights, outputs
};

// How many slices add_layer() makes.
[[nodiscard]] uint64_t count_layer_slices(const LayerRecord& layer, Detail detail);

// Samples of a counter in bytes per cycle from `begin` on, whose integral to `end` is the bytes.
// The next sample is the caller's.
void add_rate(TraceWriter& writer, Counter counter, int64_t begin, int64_t end,
              const ByteRate& rate);

}  // namespace olivine::trace
