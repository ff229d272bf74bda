// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/analytic/tiling.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/machines/machine.h"
#include "models/numerics/weight_density.h"

namespace olivine {
namespace {

constexpr std::string_view kDimNames = "mnk";

int64_t count(Bytes bytes) { return static_cast<int64_t>(bytes.count()); }

// Pixels of the ifmap that `m` consecutive output pixels can touch at most. Output rows span
// images; every image boundary crossed starts a new run of input rows.
int64_t touched_pixels(const ConvShape& conv, int64_t m) {
  const int64_t output_rows = std::min((m + conv.q - 2) / conv.q + 1, conv.n * conv.p);
  const int64_t images = std::min((output_rows + conv.p - 2) / conv.p + 1, conv.n);
  const int64_t input_rows =
      output_rows * conv.stride_h + images * std::max<int64_t>(0, conv.r - conv.stride_h);
  return std::min(input_rows, conv.n * conv.h) * conv.w;
}

}  // namespace

std::string to_string(const LoopOrder& order) {
  std::string text;
  for (const Dim dim : order) text += kDimNames[static_cast<size_t>(dim)];
  return text;
}

std::optional<LoopOrder> parse_loop_order(std::string_view text) {
  for (const LoopOrder& order : kLoopOrders) {
    if (to_string(order) == text) return order;
  }
  return std::nullopt;
}

int64_t activation_tile_bytes(const GemmWork& work, int64_t m, int64_t k) {
  const int64_t lowered = count(operand_bytes(work.scheme.activations, Pattern::Dense, m, k));
  if (!work.conv) return lowered;
  // A depthwise GEMM reads one channel of the ifmap, a dense one all of them.
  const int64_t channels = work.shape.batch == 1 ? work.conv->c : 1;
  const int64_t pixels = touched_pixels(*work.conv, m);
  return std::min(lowered,
                  count(operand_bytes(work.scheme.activations, Pattern::Dense, pixels, channels)));
}

int64_t weight_tile_bytes(const GemmWork& work, int64_t n, int64_t k) {
  return count(operand_bytes(work.scheme.weights, work.scheme.weight_pattern, n, k));
}

int64_t weight_dram_bytes(const GemmWork& work, int64_t n, int64_t k) {
  if (work.weight_density.is_dense()) return weight_tile_bytes(work, n, k);
  return compressed_bytes(work.scheme.weights, n, k, work.weight_density);
}

int64_t expanded_elems(const GemmWork& work, int64_t n, int64_t k) {
  if (work.weight_density.is_dense()) return 0;
  return n * stored_k(work.scheme.weights, work.scheme.weight_pattern, k);
}

int64_t output_tile_bytes(const GemmWork& work, int64_t m, int64_t n) {
  return count(operand_bytes(work.scheme.activations, Pattern::Dense, m, n));
}

int64_t psum_tile_bytes(int64_t m, int64_t n) {
  return m * n * static_cast<int64_t>(sizeof(int32_t));
}

std::optional<std::string> misalignment(const GemmWork& work, const Tiling& tiling) {
  for (size_t d = 0; d < kTileAlignment.size(); ++d) {
    const int64_t extent = work.extent(static_cast<Dim>(d));
    if (tiling.tile[d] == extent || tiling.tile[d] % kTileAlignment[d] == 0) continue;
    return fmt::format("tile {} = {}: must be a multiple of {} or the whole extent, {}",
                       kDimNames[d], tiling.tile[d], kTileAlignment[d], extent);
  }
  return std::nullopt;
}

bool fits(const GemmWork& work, const Tiling& tiling, const MemoryConfig& memory) {
  const int64_t m = tiling.at(Dim::M);
  const int64_t n = tiling.at(Dim::N);
  const int64_t k = tiling.at(Dim::K);
  return psum_tile_bytes(m, n) <= memory.output_buffer / 2 &&
         weight_tile_bytes(work, n, k) <= memory.weight_buffer / 2 &&
         activation_tile_bytes(work, m, k) <= memory.activation_buffer / 2;
}

std::optional<std::string> overflow(const GemmWork& work, const Tiling& tiling,
                                    const MemoryConfig& memory) {
  const int64_t m = tiling.at(Dim::M);
  const int64_t n = tiling.at(Dim::N);
  const int64_t k = tiling.at(Dim::K);
  const auto check = [](std::string_view key, int64_t needed,
                        int64_t buffer) -> std::optional<std::string> {
    if (needed <= buffer / 2) return std::nullopt;
    return fmt::format("a tile needs {} B of {}, whose half holds {} B", needed, key, buffer / 2);
  };
  if (auto problem = check("memory.activation_buffer", activation_tile_bytes(work, m, k),
                           memory.activation_buffer)) {
    return problem;
  }
  if (auto problem =
          check("memory.weight_buffer", weight_tile_bytes(work, n, k), memory.weight_buffer)) {
    return problem;
  }
  return check("memory.output_buffer", psum_tile_bytes(m, n), memory.output_buffer);
}

Tiling whole_layer(const GemmWork& work) {
  return {{work.shape.m, work.shape.n, work.shape.k}, kLoopOrders[0]};
}

}  // namespace olivine
