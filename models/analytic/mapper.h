// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "models/analytic/layer_timing.h"
#include "models/analytic/tiling.h"
#include "models/energy/actions.h"
#include "models/machines/machine.h"

namespace olivine {

class EnergyModel;

struct Mapping {
  Tiling tiling;
  LayerTiming timing;
  ActionCounts counts;
  EnergyBreakdown energy;
};

// Chooses tile sizes and loop order: the least energy among the tilings that are at most
// `mapper.slack_pct` slower than the fastest one (0: fewest cycles, then least energy). Tile sizes
// are multiples of what the array covers, in even shares of the extent; where none of these fits
// the scratchpads, smaller ones. With `ideal` memory the whole layer is one tile.
class Mapper {
 public:
  // Contract: `machine` is validated and `model` belongs to it; both outlive the mapper.
  Mapper(const MachineConfig& machine, const EnergyModel& model, MapperOptions options = {})
      : machine_(&machine), model_(&model), options_(options) {}

  // Throws ShapeError, naming the layer, when no tiling (or not the fixed one) fits.
  [[nodiscard]] Mapping map(const GemmWork& work, const std::string& layer_name) const;

  // Time, traffic and energy of one tiling.
  [[nodiscard]] Mapping evaluate(const ArrayGeometry& geometry, const GemmWork& work,
                                 const Tiling& tiling) const;

 private:
  const MachineConfig* machine_;
  const EnergyModel* model_;
  MapperOptions options_;
};

}  // namespace olivine
