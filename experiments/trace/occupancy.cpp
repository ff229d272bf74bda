// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/trace/occupancy.h"

#include <algorithm>

#include "experiments/trace/layer_record.h"
#include "models/analytic/tiling.h"
#include "sim/memory/memory_model.h"

namespace olivine::trace {
namespace {

struct Change {
  int64_t at = 0;
  int64_t bytes = 0;
};

using Transfers = std::vector<const LayerRecord::Transfer*>;

Transfers transfers_of(const LayerRecord& layer, Operand operand, Access access) {
  Transfers found;
  for (const LayerRecord::Transfer& transfer : layer.transfers) {
    if (transfer.operand == operand && transfer.access == access) found.push_back(&transfer);
  }
  std::sort(found.begin(), found.end(),
            [](const auto* a, const auto* b) { return a->tile < b->tile; });
  return found;
}

std::vector<Change> operand_changes(const LayerRecord& layer, Operand operand) {
  const Transfers loads = transfers_of(layer, operand, Access::Read);
  std::vector<Change> changes;
  for (size_t i = 0; i < loads.size(); ++i) {
    changes.push_back({loads[i]->sent, loads[i]->scratchpad_bytes});
    const int64_t end = i + 1 < loads.size()
                            ? layer.tiles[static_cast<size_t>(loads[i + 1]->tile)].start
                            : layer.tiles.back().results;
    changes.push_back({end, -loads[i]->scratchpad_bytes});
  }
  return changes;
}

std::vector<Change> output_changes(const LayerRecord& layer) {
  // Outputs leave in the order in which they were begun, each once.
  Transfers writes = transfers_of(layer, Operand::PartialSums, Access::Write);
  const Transfers outputs = transfers_of(layer, Operand::Outputs, Access::Write);
  writes.insert(writes.end(), outputs.begin(), outputs.end());
  std::sort(writes.begin(), writes.end(),
            [](const auto* a, const auto* b) { return a->tile < b->tile; });
  std::vector<Change> changes;
  auto write = writes.begin();
  for (const LayerRecord::Tile& tile : layer.tiles) {
    if (!tile.is_new_output || write == writes.end()) continue;
    const int64_t bytes = psum_tile_bytes(tile.m.end - tile.m.begin, tile.n.end - tile.n.begin);
    changes.push_back({tile.start, bytes});
    changes.push_back({(*write)->done, -bytes});
    ++write;
  }
  return changes;
}

}  // namespace

std::vector<OccupancyStep> occupancy(const LayerRecord& layer, Scratchpad scratchpad) {
  std::vector<Change> changes;
  switch (scratchpad) {
    case Scratchpad::Activations:
      changes = operand_changes(layer, Operand::Activations);
      break;
    case Scratchpad::Weights:
      changes = operand_changes(layer, Operand::Weights);
      break;
    case Scratchpad::Outputs:
      changes = output_changes(layer);
      break;
  }
  // Of one cycle, what leaves comes first.
  std::sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) {
    return a.at != b.at ? a.at < b.at : a.bytes < b.bytes;
  });
  std::vector<OccupancyStep> steps;
  int64_t bytes = 0;
  for (const Change& change : changes) {
    bytes += change.bytes;
    if (!steps.empty() && steps.back().at == change.at) {
      steps.back().bytes = bytes;
    } else {
      steps.push_back({change.at, bytes});
    }
  }
  return steps;
}

}  // namespace olivine::trace
