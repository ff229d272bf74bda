// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/energy/energy_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "models/base/error.h"
#include "models/base/text.h"
#include "models/base/yaml_file.h"
#include "models/energy/shipped_energy_tables.h"

namespace olivine {

const EnergyEntry* EnergyTable::find(std::string_view entry_name) const {
  for (const EnergyEntry& entry : entries) {
    if (entry.name == entry_name) return &entry;
  }
  return nullptr;
}

double EnergyTable::value(std::string_view entry_name) const {
  const EnergyEntry* entry = find(entry_name);
  OLV_CHECK(entry != nullptr, "no entry {}", entry_name);
  return entry->value;
}

std::vector<std::string> EnergyTable::kinds(std::string_view group) const {
  std::set<std::string> found;
  for (const EnergyEntry& entry : entries) {
    const std::vector<std::string> parts = split(entry.name, '.');
    if (parts.size() == 3 && parts[0] == group) found.insert(parts[1]);
  }
  return {found.begin(), found.end()};
}

std::vector<std::string> EnergyTable::sram_cells() const {
  std::vector<std::string> cells;
  for (const SramFamily& family : sram) cells.push_back(family.cell);
  return cells;
}

EnergyTable load_energy_table(const std::string& name_or_path) {
  if (name_or_path.find('/') != std::string::npos || name_or_path.ends_with(".yaml")) {
    return parse_energy_table(read_text_file(name_or_path, kMaxYamlBytes), name_or_path);
  }
  for (const EmbeddedFile& file : shipped_energy_table_files()) {
    if (file.name == name_or_path) return parse_energy_table(file.text, name_or_path + ".yaml");
  }
  throw ConfigError{fmt::format("energy.table = {}: unknown table{} (shipped: {})", name_or_path,
                                suggestion(name_or_path, shipped_energy_tables()),
                                fmt::join(shipped_energy_tables(), ", "))};
}

std::vector<std::string> shipped_energy_tables() {
  std::vector<std::string> names;
  for (const EmbeddedFile& file : shipped_energy_table_files()) names.emplace_back(file.name);
  return names;
}

void require_kind(const EnergyTable& table, EnergyTableKind kind) {
  if (table.kind == kind) return;
  throw ConfigError{fmt::format("energy.table = {}: describes {} machines, and this one is {}",
                                table.name,
                                name_of<EnergyTableKind>(kEnergyTableKindNames, table.kind),
                                name_of<EnergyTableKind>(kEnergyTableKindNames, kind))};
}

}  // namespace olivine
