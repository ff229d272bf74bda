// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>

namespace olivine {

struct GpuMachine;
struct MachineConfig;

// The machine as a YAML file that load_machine(), or load_gpu(), reads back to the same one. Files
// that it names are given by their full paths: the text may be stored anywhere.
[[nodiscard]] std::string machine_yaml(const MachineConfig& machine);
[[nodiscard]] std::string machine_yaml(const GpuMachine& machine);

// A name or path inside a machine file, for a file that may be stored anywhere.
[[nodiscard]] std::string from_anywhere(const std::string& name_or_path);

}  // namespace olivine
