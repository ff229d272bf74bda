// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "tests/sim/systolic/stream_layer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include "models/analytic/array_timing.h"
#include "models/base/rng.h"
#include "models/machines/machine.h"
#include "models/numerics/gemm.h"
#include "models/numerics/packed.h"
#include "models/numerics/random_operand.h"
#include "sim/memory/bandwidth_memory.h"
#include "sim/memory/dma_engine.h"
#include "sim/systolic/fold.h"
#include "sim/systolic/run_layer.h"
#include "sim/systolic/stream_engine.h"
#include "sim/systolic/tile_data.h"
#include "sim/systolic/tile_program.h"
#include "sim/systolic/tile_walker.h"

namespace olivine::testing {
namespace {

// A machine whose array is an accelerator of these limits, and a scheme that it runs.
void choose_machine(Rng& rng, const AcceleratorLimits& limits, const LayerRanges& ranges,
                    RandomLayer& layer) {
  do {
    layer.machine = random_machine(rng, ranges);
    ArrayConfig& array = layer.machine.array;
    array.rows = limits.rows;
    array.cols = limits.cols;
    array.pe_operand_bits = 4;
    array.has_sparse_select = limits.is_sparse;
    array.dataflow = limits.is_output_stationary ? Dataflow::OutputStationary
                     : rng.chance(0.4)           ? Dataflow::InputStationary
                                                 : Dataflow::WeightStationary;
    // The streams have registers of their own.
    array.decoder_latency_cycles = array.output_latency_cycles = 0;
    layer.work.scheme = random_scheme(rng);
  } while (refusal(layer.machine, layer.work.scheme));
  layer.geometry = make_geometry(layer.machine, layer.work.scheme);
}

// Scratchpads that hold only what has arrived; partial sums that have left are gone from the
// outputs until they come back.
class ArrivingValues final : public TileData {
 public:
  // `is_resident`: every operand is there from the start.
  ArrivingValues(const StreamLayer& stream, bool is_resident) : stream_(&stream) {
    activations_ = stream.activations;
    weights_ = stream.weights;
    if (is_resident) return;
    for (auto* matrices : {&activations_, &weights_}) {
      for (PackedMatrix& matrix : *matrices) {
        std::ranges::fill(matrix.codes, kPoison);
        std::ranges::fill(matrix.metadata, kPoison);
      }
    }
  }

  [[nodiscard]] PackedOperands operands() const {
    PackedOperands packed;
    for (const PackedMatrix& matrix : activations_) packed.activations.push_back(&matrix);
    for (const PackedMatrix& matrix : weights_) packed.weights.push_back(&matrix);
    return packed;
  }

  void bind(OutputGrid& outputs) override { outputs_ = &outputs; }

  void arrive(Operand operand, const TileVisit& visit, const std::vector<uint8_t>&) override {
    const auto batch = static_cast<size_t>(visit.batch);
    if (operand == Operand::Activations) {
      copy(stream_->activations[batch], activations_[batch], visit.m, visit.k);
    } else if (operand == Operand::Weights) {
      copy(stream_->weights[batch], weights_[batch], visit.n, visit.k);
    } else {
      const std::vector<int32_t> spilled = spilled_.extract(key(visit)).mapped();
      size_t at = 0;
      for_each_output(visit, [&](int32_t& output) { output = spilled[at++]; });
    }
  }

  void leave(Operand operand, const TileVisit& visit, std::vector<uint8_t>&) override {
    if (operand == Operand::Outputs) return;
    std::vector<int32_t>& spilled = spilled_[key(visit)];
    for_each_output(visit, [&](int32_t& output) {
      spilled.push_back(output);
      output = 0x5A5A5A5A;
    });
  }

 private:
  static constexpr uint8_t kPoison = 0x5A;
  using Key = std::vector<int64_t>;

  static Key key(const TileVisit& visit) { return {visit.batch, visit.m.begin, visit.n.begin}; }

  // Tiles below an extent begin at whole bytes.
  static void copy_bytes(const std::vector<uint8_t>& from, std::vector<uint8_t>& to, int64_t stride,
                         const Span& rows, std::pair<int64_t, int64_t> range) {
    for (int64_t row = rows.begin; row < rows.end(); ++row) {
      for (int64_t i = range.first; i < std::min(range.second, stride); ++i) {
        const auto at = static_cast<size_t>(row * stride + i);
        to[at] = from[at];
      }
    }
  }
  static void copy(const PackedMatrix& from, PackedMatrix& to, const Span& rows, const Span& k) {
    const auto codes = [&](int64_t length) {
      return static_cast<int64_t>(code_bytes(from.format, from.pattern, 1, length).count());
    };
    const auto metadata = [&](int64_t length) {
      return static_cast<int64_t>(metadata_bytes(from.pattern, 1, length).count());
    };
    copy_bytes(from.codes, to.codes, codes(from.k), rows, {codes(k.begin), codes(k.end())});
    copy_bytes(from.metadata, to.metadata, metadata(from.k), rows,
               {metadata(k.begin), metadata(k.end())});
  }
  template <class Function>
  void for_each_output(const TileVisit& visit, const Function& function) {
    for (int64_t m = visit.m.begin; m < visit.m.end(); ++m) {
      int32_t* row = outputs_->at(visit.batch, m, 0);
      for (int64_t n = visit.n.begin; n < visit.n.end(); ++n) function(row[n]);
    }
  }

  const StreamLayer* stream_;
  std::vector<PackedMatrix> activations_, weights_;
  OutputGrid* outputs_ = nullptr;
  std::map<Key, std::vector<int32_t>> spilled_;
};

}  // namespace

std::string describe(const StreamLayer& stream) {
  return fmt::format("{}, depths {} and {}", describe(stream.layer), stream.limits.buffer_depth,
                     stream.limits.output_depth);
}

AcceleratorLimits random_limits(Rng& rng, int64_t rows, int64_t cols) {
  AcceleratorLimits limits{rows, cols, rng.chance(0.5), rng.chance(0.7), 0, 0};
  limits.buffer_depth =
      std::max<int64_t>(2, rows / 2 + 1) + (rng.chance(0.4) ? 0 : rng.uniform(1, 24));
  limits.output_depth = std::max<int64_t>(2, limits.is_output_stationary ? rows : 2) +
                        (rng.chance(0.4) ? 0 : rng.uniform(1, 40));
  return limits;
}

void add_operands(Rng& rng, StreamLayer& stream) {
  const GemmShape& shape = stream.layer.work.shape;
  const Scheme& scheme = stream.layer.work.scheme;
  for (int64_t batch = 0; batch < shape.batch; ++batch) {
    stream.activations.push_back(
        random_packed(scheme.activations, Pattern::Dense, shape.m, shape.k, rng, 0.2));
    stream.weights.push_back(
        random_packed(scheme.weights, scheme.weight_pattern, shape.n, shape.k, rng, 0.2));
    const IntegerGemm gemm = gemm_functional(stream.activations.back(), stream.weights.back());
    stream.expected.insert(stream.expected.end(), gemm.c.begin(), gemm.c.end());
  }
}

StreamLayer random_stream_layer(Rng& rng, const AcceleratorLimits& limits,
                                const LayerRanges& ranges) {
  StreamLayer stream;
  stream.limits = limits;
  choose_machine(rng, limits, ranges, stream.layer);
  stream.layer.work.shape = random_shape(rng, ranges);
  if (stream.layer.work.scheme.weight_pattern == Pattern::Dense && rng.chance(0.3)) {
    stream.layer.work.weight_density.per_mille = static_cast<int32_t>(rng.uniform(1, 999));
  }
  stream.layer.tiling = random_tiling(rng, stream.layer.work.shape);
  add_operands(rng, stream);
  return stream;
}

class StreamHarness::Impl {
 public:
  Impl(const StreamLayer& stream, AcceleratorCore& core, int64_t begin)
      : memory_(stream.layer.machine.dram.bytes_per_cycle,
                stream.layer.machine.dram.latency_cycles),
        port_(memory_),
        is_ideal_(stream.layer.machine.dram.model == DramModel::Ideal),
        values_(stream, is_ideal_),
        begin_(begin) {
    LayerJob job{stream.layer.geometry, stream.layer.work, stream.layer.tiling, {}};
    job.is_ideal = is_ideal_;
    job.begin = begin;
    job.data = &values_;
    // Packets come in any size; the transfers of a tile are cut into a few of them.
    DmaConfig dma = lone_dma(stream.layer.machine.dram);
    dma.packet_bytes = 64;
    dma.outstanding = 4;
    engine_.emplace(job, values_.operands(), core, port_, dma);
  }

  StreamRun run() {
    const LayerTiming timing = run_layer(*engine_, port_, begin_);
    return {timing, {engine_->outputs().begin(), engine_->outputs().end()}};
  }
  StreamEngine& engine() { return *engine_; }
  DirectPort& port() { return port_; }

 private:
  BandwidthMemory memory_;
  DirectPort port_;
  bool is_ideal_;
  ArrivingValues values_;
  int64_t begin_;
  std::optional<StreamEngine> engine_;
};

StreamHarness::StreamHarness(const StreamLayer& stream, AcceleratorCore& core, int64_t begin)
    : impl_(std::make_unique<Impl>(stream, core, begin)) {}
StreamHarness::~StreamHarness() = default;

StreamRun StreamHarness::run() { return impl_->run(); }
StreamEngine& StreamHarness::engine() { return impl_->engine(); }
DirectPort& StreamHarness::port() { return impl_->port(); }

}  // namespace olivine::testing
