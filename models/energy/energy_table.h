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

// What a table describes: arrays with their SRAM and DRAM, or boards of GPUs.
enum class EnergyTableKind : uint8_t { Systolic, Gpu };
inline constexpr std::array kEnergyTableKindNames = {
    EnumName<EnergyTableKind>{EnergyTableKind::Systolic, "systolic"},
    EnumName<EnergyTableKind>{EnergyTableKind::Gpu, "gpu"}};

// One number with its origin. Names are group.kind.quantity. Of arrays:
//   pe.<kind>.energy (pJ, one active PE cycle)       .leakage (uW)   .area (um2)
//   decoder.4bit|8bit.energy (pJ, one element)       .leakage (uW)   .area (um2)
//   vector.op.energy (pJ, one element operation)
//   dram.<device>.read, .write (pJ/bit)              .background (mW; optional: absent where the
//                                                     source gives none, and then not counted)
// Of GPUs:
//   matrix.<format>.energy (pJ, one multiply-accumulate of a tensor core)
//   ovp_decoder.4bit|8bit.energy (pJ, one element; only machines with mmaovp need it)
//   alu.instruction.energy (pJ, one instruction of one lane of the CUDA cores)
//   traffic.shared|l2|<memory device>.energy (pJ/bit; of that level alone, the levels below it on
//                                             the way to the SM are counted by their own bytes)
struct EnergyEntry {
  std::string name;
  double value = 0;
  EnergyUnit unit = EnergyUnit::Picojoule;
  std::string source;  // key of EnergyTable::sources
  EnergyBoundary boundary = EnergyBoundary::Device;
  std::string note;
};

struct EnergyTable {
  EnergyTableKind kind = EnergyTableKind::Systolic;
  std::string name;
  std::string description;
  std::map<std::string, std::string> sources;  // key -> citation
  std::vector<EnergyEntry> entries;            // in file order
  std::vector<SramFamily> sram;

  [[nodiscard]] const EnergyEntry* find(std::string_view entry_name) const;
  // Contract: the entry exists.
  [[nodiscard]] double value(std::string_view entry_name) const;
  // The kinds of a group ("pe", "matrix") or the devices of "dram", sorted.
  [[nodiscard]] std::vector<std::string> kinds(std::string_view group) const;
  [[nodiscard]] std::vector<std::string> sram_cells() const;
};

// A table from YAML text; `kind: gpu` for boards, absent or systolic for arrays. With `base:
// <shipped table>` it starts from that table's sources, entries and SRAM families; entries and
// families of the same name replace them. Throws ConfigError with every problem at its line:
// unknown keys, names and units, missing or undefined sources, duplicates, incomplete groups.
[[nodiscard]] EnergyTable parse_energy_table(std::string_view text, const std::string& source);

// A shipped table by name, or a YAML file by path (anything with a '/' or ending in ".yaml").
[[nodiscard]] EnergyTable load_energy_table(const std::string& name_or_path);
[[nodiscard]] std::vector<std::string> shipped_energy_tables();

// Throws ConfigError where a table of one kind is used for a machine of the other.
void require_kind(const EnergyTable& table, EnergyTableKind kind);

}  // namespace olivine
