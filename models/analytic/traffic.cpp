// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/analytic/traffic.h"

#include "models/analytic/tile_loops.h"
#include "models/base/error.h"

namespace olivine {
namespace {

// Times every element of each operand crosses the border of the array.
struct BorderPasses {
  int64_t activations = 0;
  int64_t weights = 0;
  int64_t sums = 0;  // additions into the output scratchpad for each output
};

BorderPasses border_passes(const ArrayGeometry& geometry, const GemmWork& work,
                           const Tiling& tiling) {
  const auto tiles = [&](Dim dim) { return tiles_of(work.extent(dim), tiling.at(dim)).count; };
  const auto folds = [&](Dim dim, int64_t span) {
    return folds_along(tiles_of(work.extent(dim), tiling.at(dim)), span);
  };
  switch (geometry.dataflow) {
    case Dataflow::WeightStationary:
      return {folds(Dim::N, geometry.col_span), tiles(Dim::M), folds(Dim::K, geometry.row_span)};
    case Dataflow::OutputStationary:
      return {folds(Dim::N, geometry.col_span), folds(Dim::M, geometry.row_span), tiles(Dim::K)};
    case Dataflow::InputStationary:
      return {tiles(Dim::N), folds(Dim::M, geometry.col_span), folds(Dim::K, geometry.row_span)};
  }
  OLV_CHECK(false, "dataflow {}", static_cast<int>(geometry.dataflow));
}

}  // namespace

ActionCounts count_actions(const ArrayGeometry& geometry, const GemmWork& work,
                           const Tiling& tiling, const OperandBytes& dram_bytes,
                           uint64_t psum_reload_bytes) {
  const BorderPasses passes = border_passes(geometry, work, tiling);
  const GemmShape& shape = work.shape;
  const Scheme& scheme = work.scheme;
  const auto times = [](auto... factors) { return (static_cast<uint64_t>(factors) * ...); };
  const auto bytes_of = [](uint64_t elems, int bits) {
    return to_bytes(Bits{elems * static_cast<uint64_t>(bits)}).count();
  };

  const uint64_t activations = times(shape.batch, shape.m, shape.k, passes.activations);
  const bool is_sparse = scheme.weight_pattern == Pattern::TwoFour;
  const int64_t kept_k =
      is_sparse ? stored_k(scheme.weights, scheme.weight_pattern, shape.k) : shape.k;
  const uint64_t weights = times(shape.batch, shape.n, kept_k, passes.weights);
  constexpr int kPositionBits = 2;
  const int weight_bits = info(scheme.weights).bits + (is_sparse ? kPositionBits : 0);
  const uint64_t outputs = times(shape.batch, shape.m, shape.n);
  constexpr uint64_t kPsumBytes = sizeof(int32_t);

  const auto dram = [&](Operand operand) { return dram_bytes[static_cast<size_t>(operand)]; };
  const uint64_t spilled = dram(Operand::PartialSums) - psum_reload_bytes;

  ActionCounts counts;
  counts.pe_ops = useful_pe_ops(geometry, shape);
  const auto decode = [&](Format format, uint64_t elems) {
    (info(format).bits > 4 ? counts.decoded_8bit_elems : counts.decoded_elems) += elems;
  };
  decode(scheme.activations, activations);
  decode(scheme.weights, weights);
  counts.activation_buffer_read_bytes = bytes_of(activations, info(scheme.activations).bits);
  counts.activation_buffer_write_bytes = dram(Operand::Activations);
  counts.weight_buffer_read_bytes = bytes_of(weights, weight_bits);
  counts.weight_buffer_write_bytes = dram(Operand::Weights);
  const auto sums = static_cast<uint64_t>(passes.sums);
  counts.output_buffer_write_bytes = outputs * sums * kPsumBytes + psum_reload_bytes;
  counts.output_buffer_read_bytes =
      outputs * (sums - 1) * kPsumBytes + outputs * kPsumBytes + spilled;
  counts.dram_read_bytes = dram(Operand::Activations) + dram(Operand::Weights) + psum_reload_bytes;
  counts.dram_write_bytes = dram(Operand::Outputs) + spilled;
  return counts;
}

}  // namespace olivine
