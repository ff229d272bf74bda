// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/space/space_digest.h"

#include <fmt/format.h>

#include <algorithm>

#include "experiments/sweep/space/base_machine.h"
#include "experiments/sweep/space/binding.h"
#include "experiments/sweep/space/point_hash.h"
#include "experiments/sweep/space/space_files.h"
#include "experiments/sweep/space/space_state.h"
#include "experiments/sweep/space/workload_source.h"
#include "experiments/sweep/spec/spec.h"
#include "models/base/error.h"
#include "models/workloads/workload.h"

namespace olivine::sweep {
namespace {

void cut_machine(const SpaceState& space, const BaseMachine& machine, MachineBase& base) {
  const std::vector<std::string>& columns = space.header.columns;
  base.pieces.emplace_back();
  append_field(base.pieces.back(), "kind", machine.kind());
  for (const MachineKey& key : machine.keys()) {
    // The contents of these files count instead.
    if (key.name == kEnergyTableKey || key.name == kCalibrationKey) continue;
    const auto column = std::find(columns.begin(), columns.end(), key.name);
    if (column == columns.end()) {
      append_field(base.pieces.back(), key.name, to_text(key.value));
      continue;
    }
    base.slots.push_back({key.name, static_cast<size_t>(column - columns.begin())});
    base.pieces.emplace_back();
  }
}

// What is fixed of a machine, without the files that an axis has.
std::string fixed_text(const SpaceState& space, size_t machine) {
  const MachineBase& base = space.machine_bases[machine];
  std::string text;
  for (const std::string& piece : base.pieces) text += piece;
  if (!space.energy.axis) append_field(text, kEnergyTableKey, base.tables.front().digest);
  if (!space.calibration.axis && !base.calibrations.empty()) {
    append_field(text, kCalibrationKey, base.calibrations.front().digest);
  }
  return text;
}

std::string fixed_text(const WorkloadSource& workload) {
  std::string text;
  append_field(text, "contents", workload.digest());
  for (const auto& [param, value] : workload.params()) {
    append_field(text, param, fmt::format("{}", value));
  }
  return text;
}

// Things that points choose from, and all that a point takes from each.
using Choices = std::vector<std::pair<std::string, std::string>>;  // name, contents

void check_choices(std::string_view key, const SweepSpec& spec, const Choices& choices,
                   Problems& problems) {
  const auto on_axis = find_axis_key(spec, key);
  if (!on_axis) return;
  std::map<std::string, std::string> names;
  for (const auto& [name, contents] : choices) {
    const auto [other, is_new] = names.try_emplace(contents, name);
    if (is_new) continue;
    problems.add(fmt::format("{}: {} = {}: makes the same points as {}",
                             spec.axes[on_axis->axis].place, key, name, other->second));
  }
}

template <class File>
Choices choices_of(const std::vector<File>& files) {
  Choices choices;
  for (const File& file : files) choices.emplace_back(plain_name(file.path), file.digest);
  return choices;
}

class BaseText {
 public:
  BaseText(const SweepSpec& spec, const SpaceState& space) : spec_(spec), space_(space) {}

  std::string write() {
    append_field(text_, "sweep", "1");
    for (const LayerKind kind : spec_.kinds) {
      append_field(text_, "layers", name_of<LayerKind>(kLayerKindNames, kind));
    }
    for (const Axis& axis : space_.header.axes) {
      for (const std::string& key : axis.keys) append_field(text_, "axis", key);
    }
    for (const SpecSetting& setting : spec_.settings) {
      if (setting.formula) append_field(text_, setting.key, setting.formula->text());
    }
    for (const FreeVariable& variable : space_.free) {
      if (!variable.column) append_field(text_, variable.name, to_text(variable.value));
    }
    if (!space_.scheme.axis) append_field(text_, kSchemeName, space_.schemes.front().name);
    write_bases();
    write_energies();
    return std::move(text_);
  }

 private:
  void write_bases() {
    for (size_t i = 0; i < space_.machines.size(); ++i) {
      const BaseMachine& machine = space_.machines[i];
      if (space_.machine.axis && !is_file(machine.path())) continue;
      const std::string& name = space_.machine.axis ? machine.name() : "";
      append_field(text_, fmt::format("machine {}", name), fixed_text(space_, i));
    }
    for (const WorkloadSource& workload : space_.workloads) {
      if (space_.workload.axis && !is_file(workload.path())) continue;
      const std::string& name = space_.workload.axis ? workload.name() : "";
      append_field(text_, fmt::format("workload {}", name), fixed_text(workload));
    }
  }

  // Those of an axis are in no machine's text.
  void write_energies() {
    if (space_.energy.axis) write_files(kEnergyTableKey, &MachineBase::tables);
    if (space_.calibration.axis) write_files(kCalibrationKey, &MachineBase::calibrations);
  }

  template <class File>
  void write_files(std::string_view key, std::vector<File> MachineBase::*files) {
    for (const File& file : space_.machine_bases.front().*files) {
      if (!is_file(file.path)) continue;
      append_field(text_, fmt::format("{} {}", key, plain_name(file.path)), file.digest);
    }
  }

  const SweepSpec& spec_;
  const SpaceState& space_;
  std::string text_;
};

}  // namespace

void cut_machines(SpaceState& space) {
  for (size_t i = 0; i < space.machines.size(); ++i) {
    cut_machine(space, space.machines[i], space.machine_bases[i]);
  }
}

void check_distinct(const SweepSpec& spec, const SpaceState& space, Problems& problems) {
  Choices machines;
  for (size_t i = 0; i < space.machines.size(); ++i) {
    machines.emplace_back(space.machines[i].name(), fixed_text(space, i));
  }
  Choices workloads;
  for (const WorkloadSource& workload : space.workloads) {
    workloads.emplace_back(workload.name(), fixed_text(workload));
  }
  check_choices(kMachineName, spec, machines, problems);
  check_choices(kWorkloadName, spec, workloads, problems);
  const MachineBase& base = space.machine_bases.front();
  check_choices(kEnergyTableKey, spec, choices_of(base.tables), problems);
  check_choices(kCalibrationKey, spec, choices_of(base.calibrations), problems);
}

std::string base_digest(const SweepSpec& spec, const SpaceState& space) {
  return hash_of(BaseText{spec, space}.write()).hex();
}

}  // namespace olivine::sweep
