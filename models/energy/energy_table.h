// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/enum_names.h"
#include "models/energy/boundary.h"
#include "models/energy/sram.h"

namespace olivine {

enum class EnergyUnit : uint8_t {
  Picojoule,
  PicojoulePerBit,
  Microwatt,
  Milliwatt,
  SquareMicrometre
};

inline constexpr std::array kEnergyUnitNames = {
    EnumName<EnergyUnit>{EnergyUnit::Picojoule, "pJ"},
    EnumName<EnergyUnit>{EnergyUnit::PicojoulePerBit, "pJ/bit"},
    EnumName<EnergyUnit>{EnergyUnit::Microwatt, "uW"},
    EnumName<EnergyUnit>{EnergyUnit::Milliwatt, "mW"},
    EnumName<EnergyUnit>{EnergyUnit::SquareMicrometre, "um2"}};
// One number with its origin. Names are group.kind.quantity:
//   pe.<kind>.energy (pJ, one active PE cycle)       .leakage (uW)   .area (um2)
//   decoder.4bit|8bit.energy (pJ, one element)       .leakage (uW)   .area (um2)
//   vector.op.energy (pJ, one element operation)
//   dram.<device>.read, .write (pJ/bit)              .background (mW; optional: absent where the
//                                                     source gives none, and then not counted)
struct EnergyEntry {
  std::string name;
  double value = 0;
  EnergyUnit unit = EnergyUnit::Picojoule;
  std::string source;  // key of EnergyTable::sources
  EnergyBoundary boundary = EnergyBoundary::Device;
  std::string note;
};

struct EnergyTable {
  std::string name;
  std::string description;
  std::map<std::string, std::string> sources;  // key -> citation
  std::vector<EnergyEntry> entries;            // in file order
  std::vector<SramFamily> sram;

  [[nodiscard]] const EnergyEntry* find(std::string_view entry_name) const;
  // Contract: the entry exists.
  [[nodiscard]] double value(std::string_view entry_name) const;
  // The kinds of "pe" or the devices of "dram", sorted.
  [[nodiscard]] std::vector<std::string> kinds(std::string_view group) const;
  [[nodiscard]] std::vector<std::string> sram_cells() const;
};

// A table from YAML text. With `base: <shipped table>` it starts from that table's sources, entries
// and SRAM families; entries and families of the same name replace them. Throws ConfigError with
// every problem at its line: unknown keys, names and units, missing or undefined sources,
// duplicates, incomplete groups.
[[nodiscard]] EnergyTable parse_energy_table(std::string_view text, const std::string& source);

// A shipped table by name, or a YAML file by path (anything with a '/' or ending in ".yaml").
[[nodiscard]] EnergyTable load_energy_table(const std::string& name_or_path);
[[nodiscard]] std::vector<std::string> shipped_energy_tables();

}  // namespace olivine
