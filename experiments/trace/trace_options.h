// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <vector>

#include "experiments/trace/detail.h"

namespace olivine::trace {

// Viewers stay quick up to about so many slices. Where nobody asked for a detail, a trace has at
// most so many, or one of layers alone if even that has more.
inline constexpr uint64_t kMaxSlices = 200'000;

struct TraceOptions {
  std::optional<Detail> detail;      // of every layer; absent: chosen
  uint64_t max_slices = kMaxSlices;  // where it is chosen
  nlohmann::ordered_json metadata;   // of the run: joins that of the trace in the file
};

// Slices of one layer, by detail: coarser ones have no more.
using SliceCounts = std::array<uint64_t, kDetailNames.size()>;
// A layer of which nothing finer than itself was kept.
inline constexpr uint64_t kNotKept = uint64_t{1} << 40;

// What was chosen, and written.
struct TraceSummary {
  uint64_t slices = 0;
  std::array<uint64_t, kDetailNames.size()> layers{};  // by their detail
  bool is_reduced = false;                             // some have less than folds, unasked
};

struct DetailChoice {
  std::vector<Detail> of_layer;
  TraceSummary summary;
};

// The detail of every layer. `counts`: of every distinct layer; `distinct_of_layer`: which one a
// layer is, in the order of time. First, the first of equal layers becomes as fine as there is
// room, small ones before large ones; then all become tiles, then folds, where they fit as a whole.
[[nodiscard]] DetailChoice choose_details(const TraceOptions& options,
                                          std::span<const SliceCounts> counts,
                                          std::span<const size_t> distinct_of_layer);

// Whether a layer of so many tiles may be shown by them, so that they have to be kept; where it is
// shown as a whole, transfers by operand and the most a scratchpad holds come from them too.
[[nodiscard]] bool keeps_tiles(const TraceOptions& options, uint64_t tiles);

// otherData of a trace: schema, unit of time, detail, then options.metadata.
[[nodiscard]] nlohmann::ordered_json trace_metadata(const TraceOptions& options,
                                                    const TraceSummary& summary);

}  // namespace olivine::trace
