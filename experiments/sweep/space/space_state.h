// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "experiments/sweep/space/mixed_radix.h"
#include "experiments/sweep/spec/header.h"

namespace olivine {
struct Calibration;
struct EnergyTable;
class GemmModel;
struct Scheme;
}  // namespace olivine

namespace olivine::sweep {

class BaseMachine;
struct Binding;
struct Computed;
template <class Item>
class SharedCache;
struct StaticConstraint;
class WorkloadSource;

// Which one of several things a point has: always the same, or by its position on an axis.
struct Selector {
  std::optional<size_t> axis;
  std::vector<size_t> by_position;

  [[nodiscard]] size_t at(const std::vector<uint32_t>& positions) const {
    return axis ? by_position[positions[*axis]] : 0;
  }
};

// A key, parameter or free variable that differs between points, and the column that has its value.
struct Slot {
  std::string key;
  size_t column = 0;
};

// A free variable that is an axis, or set to a value. Those that are computed follow from others.
struct FreeVariable {
  std::string name;
  std::optional<size_t> column;
  Value value{};  // without a column
};

struct EnergyFile {
  std::string path;  // or name, as the machine has it
  std::shared_ptr<const EnergyTable> table;
  std::string digest;
};

struct CalibrationFile {
  std::string path;
  std::shared_ptr<const Calibration> calibration;
  std::string digest;  // as the machine sees it
};

// What all points of one machine share.
struct MachineBase {
  // In the order of the table. The canonical text of a point's machine is
  // pieces[0], slot 0, pieces[1], slot 1, ..., pieces[n].
  std::vector<Slot> slots;
  std::vector<std::string> pieces;
  std::vector<EnergyFile> tables;             // its own, or by position in SpaceState::energy
  std::vector<CalibrationFile> calibrations;  // the same; none of arrays
};

// Everything about a sweep that is found out once.
struct SpaceState {
  SpaceState();
  ~SpaceState();
  SpaceState(const SpaceState&) = delete;
  SpaceState& operator=(const SpaceState&) = delete;

  SweepHeader header;
  MixedRadix radix{{}};

  std::vector<BaseMachine> machines;
  std::vector<MachineBase> machine_bases;  // one a machine
  std::vector<WorkloadSource> workloads;
  std::vector<Slot> workload_slots;  // parameters that differ between points
  std::vector<Scheme> schemes;
  Selector machine, workload, scheme;
  Selector energy, calibration;  // of a machine's tables and calibrations

  std::vector<Computed> computed;        // in the order of the file
  std::vector<FreeVariable> free;        // by name
  std::vector<Binding> further_columns;  // the last columns: what bases have

  std::vector<StaticConstraint> parameter_constraints;
  std::vector<StaticConstraint> metric_constraints;
  bool needs_area = false;  // by the latter

  std::shared_ptr<SharedCache<GemmModel>> gemm_models;
};

}  // namespace olivine::sweep
