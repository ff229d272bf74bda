// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/machines/machine_yaml.h"

#include <fmt/format.h>

#include <filesystem>

#include "models/base/config_table.h"
#include "models/base/yaml_text.h"
#include "models/machines/gpu.h"
#include "models/machines/machine.h"
#include "models/machines/machine_kind.h"

namespace olivine {

std::string machine_yaml(const MachineConfig& machine) {
  MachineConfig written = machine;
  written.energy_table = from_anywhere(machine.energy_table);
  return yaml_map(machine_table().dump(written));
}

std::string machine_yaml(const GpuMachine& machine) {
  GpuMachine written = machine;
  written.energy_table = from_anywhere(machine.energy_table);
  written.calibration = from_anywhere(machine.calibration);
  return fmt::format("kind: {}\n{}", kGpuKind, yaml_map(gpu_table().dump(written)));
}

std::string from_anywhere(const std::string& name_or_path) {
  if (!is_machine_path(name_or_path)) return name_or_path;
  return std::filesystem::absolute(name_or_path).string();
}

}  // namespace olivine
