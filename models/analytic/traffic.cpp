// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/analytic/traffic.h"

#include "models/analytic/layer_bound.h"

namespace olivine {

BorderPasses border_passes(const ArrayGeometry& geometry, const GemmWork& work,
                           const Tiling& tiling) {
  const auto passes = [&](Dim dim) {
    return cut_extent(geometry, work, dim, tiling.at(dim)).passes;
  };
  return {passes(Dim::N), passes(Dim::M), passes(Dim::K)};
}

ActionCounts count_actions(const ArrayGeometry& geometry, const GemmWork& work,
                           const BorderPasses& passes, const LayerTiming& timing) {
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

  const auto dram = [&](Operand operand) {
    return timing.dram_bytes[static_cast<size_t>(operand)];
  };
  const uint64_t psum_reload_bytes = timing.psum_reload_bytes;
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
  counts.weight_buffer_write_bytes = timing.weight_buffer_bytes;
  const auto sums = static_cast<uint64_t>(passes.sums);
  counts.output_buffer_write_bytes = outputs * sums * kPsumBytes + psum_reload_bytes;
  counts.output_buffer_read_bytes =
      outputs * (sums - 1) * kPsumBytes + outputs * kPsumBytes + spilled;
  counts.dram_read_bytes = dram(Operand::Activations) + dram(Operand::Weights) + psum_reload_bytes;
  counts.dram_write_bytes = dram(Operand::Outputs) + spilled;
  return counts;
}

}  // namespace olivine
