// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/trace/trace_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string>

namespace olivine::trace {
namespace {

uint64_t slices_at(const SliceCounts& counts, Detail detail) {
  return counts[static_cast<size_t>(detail)];
}

class Chooser {
 public:
  Chooser(const TraceOptions& options, std::span<const SliceCounts> counts,
          std::span<const size_t> distinct_of_layer)
      : options_(options),
        counts_(counts),
        distinct_of_layer_(distinct_of_layer),
        layers_(counts.size()) {
    for (size_t i = 0; i < distinct_of_layer.size(); ++i) {
      layers_[distinct_of_layer[i]].push_back(i);
    }
  }

  DetailChoice choose() {
    choice_.of_layer.assign(distinct_of_layer_.size(), options_.detail.value_or(Detail::Layer));
    for (size_t i = 0; i < distinct_of_layer_.size(); ++i) {
      choice_.summary.slices += slices_at(counts_[distinct_of_layer_[i]], choice_.of_layer[i]);
    }
    if (!options_.detail) refine();
    for (const Detail detail : choice_.of_layer) {
      ++choice_.summary.layers[static_cast<size_t>(detail)];
      choice_.summary.is_reduced |= !options_.detail && detail != Detail::Fold;
    }
    return choice_;
  }

 private:
  void refine() {
    for (const size_t distinct : smallest_first(Detail::Fold)) {
      const std::span<const size_t> first{layers_[distinct].data(), 1};
      if (!refine(first, Detail::Fold)) (void)refine(first, Detail::Tile);
    }
    for (const Detail detail : {Detail::Tile, Detail::Fold}) {
      for (const size_t distinct : smallest_first(detail)) {
        (void)refine(layers_[distinct], detail);
      }
    }
  }

  // Those that occur, by the slices of one.
  [[nodiscard]] std::vector<size_t> smallest_first(Detail detail) const {
    std::vector<size_t> order(counts_.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::erase_if(order, [&](size_t distinct) { return layers_[distinct].empty(); });
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return slices_at(counts_[a], detail) < slices_at(counts_[b], detail);
    });
    return order;
  }

  // All of these equal layers, if there is room; those that are finer stay.
  bool refine(std::span<const size_t> layers, Detail detail) {
    const SliceCounts& counts = counts_[distinct_of_layer_[layers.front()]];
    uint64_t added = 0;
    for (const size_t layer : layers) {
      const Detail old = choice_.of_layer[layer];
      if (old > detail) added += slices_at(counts, detail) - slices_at(counts, old);
    }
    uint64_t& slices = choice_.summary.slices;
    if (added > 0 && slices + added > options_.max_slices) return false;
    slices += added;
    for (const size_t layer : layers) {
      choice_.of_layer[layer] = std::min(choice_.of_layer[layer], detail);
    }
    return true;
  }

  const TraceOptions& options_;
  std::span<const SliceCounts> counts_;
  std::span<const size_t> distinct_of_layer_;
  std::vector<std::vector<size_t>> layers_;  // by distinct layer
  DetailChoice choice_;
};

}  // namespace

DetailChoice choose_details(const TraceOptions& options, std::span<const SliceCounts> counts,
                            std::span<const size_t> distinct_of_layer) {
  return Chooser{options, counts, distinct_of_layer}.choose();
}

bool keeps_tiles(const TraceOptions& options, uint64_t tiles) {
  const bool is_asked_for = options.detail && *options.detail != Detail::Layer;
  return is_asked_for || tiles <= options.max_slices;
}

nlohmann::ordered_json trace_metadata(const TraceOptions& options, const TraceSummary& summary) {
  nlohmann::ordered_json layers;
  for (const auto& entry : kDetailNames) {
    layers[std::string{entry.name}] = summary.layers[static_cast<size_t>(entry.value)];
  }
  nlohmann::ordered_json metadata = {{"schema", "olivine.trace/1"},
                                     {"time_unit", "1 us is 1 clock cycle"},
                                     {"slices", summary.slices},
                                     {"layers_by_detail", std::move(layers)}};
  if (summary.is_reduced) {
    metadata["detail_note"] = fmt::format(
        "some layers are not shown by folds, for at most {} slices: the detail of a layer is among "
        "its arguments",
        options.max_slices);
  }
  metadata["layer_note"] =
      "where the detail is layer, work and stalls have their true lengths, not their places";
  for (const auto& [name, value] : options.metadata.items()) metadata[name] = value;
  return metadata;
}

}  // namespace olivine::trace
