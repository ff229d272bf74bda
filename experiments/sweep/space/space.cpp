// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/space/space.h"

#include <utility>

#include "experiments/sweep/space/base_machine.h"
#include "experiments/sweep/space/binding.h"
#include "experiments/sweep/space/point_builder.h"
#include "experiments/sweep/space/shared_cache.h"
#include "experiments/sweep/space/space_check.h"
#include "experiments/sweep/space/space_state.h"
#include "experiments/sweep/space/workload_source.h"
#include "models/base/error.h"
#include "models/numerics/format.h"
#include "sim/tensor_core/gemm_model.h"

namespace olivine::sweep {
namespace {

// A model with the menus of several schemes takes some hundred kilobytes.
constexpr size_t kKeptGemmModels = 64;

}  // namespace

SpaceState::SpaceState() = default;
SpaceState::~SpaceState() = default;

struct DesignSpace::State : SpaceState {};

DesignSpace::DesignSpace(const SweepSpec& spec) {
  auto state = std::make_unique<State>();
  check_space(spec, *state);
  state->gemm_models = std::make_shared<SharedCache<GemmModel>>(kKeptGemmModels);
  state_ = std::move(state);
}

DesignSpace::~DesignSpace() = default;

uint64_t DesignSpace::size() const { return state_->radix.size(); }

const SweepHeader& DesignSpace::header() const { return state_->header; }

std::vector<uint32_t> DesignSpace::coordinates(PointIndex index) const {
  OLV_CHECK(index < size(), "point {} of {}", index, size());
  return state_->radix.positions(index);
}

PointIndex DesignSpace::index_of(const std::vector<uint32_t>& coordinates) const {
  const std::vector<uint64_t>& levels = state_->radix.levels();
  OLV_CHECK(coordinates.size() == levels.size(), "{} axes of {}", coordinates.size(),
            levels.size());
  for (size_t axis = 0; axis < levels.size(); ++axis) {
    OLV_CHECK(coordinates[axis] < levels[axis], "position {} of {} on axis {}", coordinates[axis],
              levels[axis], axis);
  }
  return state_->radix.index_of(coordinates);
}

std::optional<DesignPoint> DesignSpace::resolve(PointIndex index, size_t* excluded_by) const {
  return build_point(*state_, coordinates(index), excluded_by);
}

}  // namespace olivine::sweep
