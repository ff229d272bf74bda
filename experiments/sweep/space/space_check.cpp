// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/space/space_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <utility>

#include "experiments/sweep/space/base_machine.h"
#include "experiments/sweep/space/binding.h"
#include "experiments/sweep/space/space_digest.h"
#include "experiments/sweep/space/space_files.h"
#include "experiments/sweep/space/space_keys.h"
#include "experiments/sweep/space/space_state.h"
#include "experiments/sweep/space/workload_source.h"
#include "experiments/sweep/spec/spec.h"
#include "models/base/error.h"
#include "models/base/text.h"
#include "models/energy/energy_table.h"

namespace olivine::sweep {
namespace {

constexpr uint64_t kMaxPoints = uint64_t{1} << 62;

// Keys whose values are entries of an energy table, and the group that has them.
struct EntryKey {
  std::string_view key;
  std::string_view group;  // "": SRAM families
};
constexpr std::array kArrayEntries = {EntryKey{"array.pe", "pe"}, EntryKey{"memory.sram", ""},
                                      EntryKey{"dram.device", "dram"}};
constexpr std::array kGpuEntries = {EntryKey{"hbm.device", "traffic"}};

// Goes through a sweep's file from its files to its formulas.
class SpaceChecker {
 public:
  SpaceChecker(const SweepSpec& spec, SpaceState& space)
      : spec_(spec),
        space_(space),
        keys_(space, problems_),
        names_(space.machines, space.workloads) {}

  void check() {
    load_bases(spec_, space_, problems_);
    problems_.throw_if_any();  // keys are those of the machines: without them all are unknown
    read_axis_values(spec_, space_, problems_);
    check_size();
    read_settings();
    check_memory();
    check_fixed();
    load_energies(spec_, space_, problems_);
    check_entries();
    read_formulas();
    check_groups();
    problems_.throw_if_any();
    cut_machines(space_);
    check_distinct(spec_, space_, problems_);
    problems_.throw_if_any();
    finish_header();
  }

 private:
  void check_size() {
    std::vector<uint64_t> levels;
    uint64_t size = 1;
    for (const SpecAxis& axis : spec_.axes) {
      levels.push_back(axis.values.size());
      if (__builtin_mul_overflow(size, levels.back(), &size)) size = UINT64_MAX;
      if (size > kMaxPoints) {
        problems_.add(fmt::format("{}: axes: more than 2^62 points", axis.place));
        return;
      }
    }
    space_.radix = MixedRadix{std::move(levels)};
  }

  void read_settings() {
    for (size_t column = 0; column < space_.header.columns.size(); ++column) {
      add_column(space_.header.columns[column], column);
    }
    add_base_name(kMachineName, spec_.machine);
    add_base_name(kWorkloadName, spec_.workload);
    add_base_name(kSchemeName, spec_.scheme);
    for (const SpecSetting& setting : spec_.settings) names_.add_later(setting.key);
    for (const SpecSetting& setting : spec_.settings) {
      if (!keys_.check(setting.key, setting.place)) continue;
      if (setting.formula) {
        read_computed(setting);
      } else {
        read_fixed(setting);
      }
    }
    std::sort(space_.free.begin(), space_.free.end(),
              [](const FreeVariable& a, const FreeVariable& b) { return a.name < b.name; });
  }

  void add_column(const std::string& key, size_t column) {
    names_.add_column(key, column);
    if (key.starts_with(kFreePrefix)) space_.free.push_back({key, column, {}});
    if (key.starts_with(kWorkloadPrefix)) {
      space_.workload_slots.push_back({key.substr(kWorkloadPrefix.size()), column});
    }
  }

  void add_base_name(std::string_view key, const std::string& text) {
    if (find_axis_key(spec_, key)) return;
    names_.add_constant(std::string{key}, key == kSchemeName ? text : plain_name(text));
  }

  void read_fixed(const SpecSetting& setting) {
    names_.settle(setting.key);
    const auto value = keys_.fix(setting.key, setting.text, setting.place);
    if (!value || !setting.key.starts_with(kFreePrefix)) return;
    space_.free.push_back({setting.key, std::nullopt, *value});
    names_.add_constant(setting.key, *value);
  }

  void read_computed(const SpecSetting& setting) {
    if (setting.key == kEnergyTableKey || setting.key == kCalibrationKey) {
      problems_.add(
          fmt::format("{}: {}: names a file: cannot be computed", setting.place, setting.key));
      return;
    }
    auto bound = names_.bind(*setting.formula, setting.place + ": set." + setting.key, problems_);
    names_.settle(setting.key);
    const size_t column = space_.header.columns.size();
    space_.header.columns.push_back(setting.key);
    names_.add_column(setting.key, column);
    if (setting.key.starts_with(kWorkloadPrefix)) {
      space_.workload_slots.push_back({setting.key.substr(kWorkloadPrefix.size()), column});
    }
    if (!bound) return;
    space_.computed.push_back({setting.key, keys_.type(setting.key), column, *std::move(bound)});
  }

  bool is_column(std::string_view key) const {
    const std::vector<std::string>& columns = space_.header.columns;
    return std::find(columns.begin(), columns.end(), key) != columns.end();
  }

  // Axes and settings are checked where they are read.
  void check_memory() {
    if (is_column("dram.model")) return;
    for (const BaseMachine& machine : space_.machines) {
      const auto* array = std::get_if<MachineConfig>(&machine.config());
      if (array == nullptr || array->dram.model != DramModel::Banked) continue;
      problems_.add(
          fmt::format("{}: machine {}: dram.model = banked: has no closed form: set it to "
                      "ideal|bandwidth",
                      spec_.source, machine.name()));
    }
  }

  // What no axis can change would fail every point.
  void check_fixed() {
    if (space_.workload_slots.empty()) {
      for (const WorkloadSource& workload : space_.workloads) {
        const std::string problem = workload.prepare({})->problem;
        if (!problem.empty()) problems_.add(fmt::format("{}: {}", spec_.source, problem));
      }
    }
    for (const BaseMachine& machine : space_.machines) {
      const auto is_fixed = [&](const MachineKey& key) { return !is_column(key.name); };
      if (!std::all_of(machine.keys().begin(), machine.keys().end(), is_fixed)) continue;
      try {
        std::visit([](const auto& config) { validate(config); }, machine.config());
      } catch (const UserError& error) {
        add_problems(error, spec_.source, problems_);
      }
    }
  }

  void check_entries() {
    for (size_t i = 0; i < space_.machines.size(); ++i) {
      const BaseMachine& machine = space_.machines[i];
      const std::span<const EntryKey> entries =
          machine.is_gpu() ? std::span<const EntryKey>{kGpuEntries} : kArrayEntries;
      for (const EntryKey& entry : entries) check_entry(entry, machine, space_.machine_bases[i]);
    }
  }

  // A value that no table of the machine has would fail every point.
  void check_entry(const EntryKey& entry, const BaseMachine& machine, const MachineBase& base) {
    if (base.tables.empty()) return;  // could not be read
    std::set<std::string> legal;
    for (const EnergyFile& file : base.tables) {
      const std::vector<std::string> kinds =
          entry.group.empty() ? file.table->sram_cells() : file.table->kinds(entry.group);
      legal.insert(kinds.begin(), kinds.end());
    }
    const std::string key{entry.key};
    const auto on_axis = find_axis_key(spec_, key);
    if (!on_axis) {
      if (!is_column(key)) check_entry_value(key, machine.find(key)->value, spec_.source, legal);
      return;
    }
    for (const std::vector<Value>& values : space_.header.axes[on_axis->axis].values) {
      check_entry_value(key, values[on_axis->key], spec_.axes[on_axis->axis].place, legal);
    }
  }

  void check_entry_value(const std::string& key, const Value& value, const std::string& place,
                         const std::set<std::string>& legal) {
    const std::string text = to_text(value);
    if (legal.contains(text)) return;
    const std::vector<std::string> names{legal.begin(), legal.end()};
    add_problems(ConfigError{fmt::format("{} = {}: not in the energy table{} (legal: {})", key,
                                         text, suggestion(text, names), fmt::join(names, ", "))},
                 place, problems_);
  }

  void read_formulas() {
    names_.add_results(!spec_.quality.empty());
    for (size_t i = 0; i < spec_.constraints.size(); ++i) {
      const auto& [place, formula] = spec_.constraints[i];
      auto bound = names_.bind(formula, place + ": constraints", problems_);
      if (!bound) continue;
      note_names(*bound);
      if (bound->is_of_parameters()) {
        space_.parameter_constraints.push_back({i, *std::move(bound)});
      } else if (bound->is_static()) {
        space_.needs_area = space_.needs_area || bound->uses(Metric::Area);
        space_.metric_constraints.push_back({i, *std::move(bound)});
      }
    }
    for (const Objective& objective : spec_.objectives) {
      const std::string where = fmt::format("{}: objectives.{}", spec_.source, objective.name);
      if (const auto bound = names_.bind(objective.formula, where, problems_)) note_names(*bound);
    }
  }

  // Whoever judges stored points has the header alone: what formulas use is a column or in `fixed`.
  void note_names(const BoundFormula& bound) {
    for (size_t i = 0; i < bound.bindings.size(); ++i) {
      const std::string& name = bound.formula.names()[i];
      const Binding& binding = bound.bindings[i];
      if (binding.origin == Origin::Constant) space_.header.fixed[name] = binding.constant;
      // Quality is looked up by the scheme.
      const bool needs_scheme = binding.origin == Origin::Quality && !space_.scheme.axis;
      if (needs_scheme) space_.header.fixed[std::string{kSchemeName}] = spec_.scheme;
      const bool is_of_base =
          binding.origin == Origin::Machine || binding.origin == Origin::Workload;
      if (!is_of_base || is_column(name)) continue;
      space_.header.columns.push_back(name);
      space_.further_columns.push_back(binding);
    }
  }

  void check_groups() {
    std::vector<std::string> known;
    for (const SpecAxis& axis : spec_.axes) {
      known.insert(known.end(), axis.keys.begin(), axis.keys.end());
    }
    for (const std::string& key : spec_.group_by) {
      if (std::find(known.begin(), known.end(), key) != known.end()) continue;
      problems_.add(fmt::format("{}: group_by: {}: no axis has this key{}", spec_.source, key,
                                suggestion(key, known)));
    }
  }

  void finish_header() {
    SweepHeader& header = space_.header;
    header.name = spec_.name;
    header.spec_text = spec_.text;
    header.base_digest = base_digest(spec_, space_);
    for (const SpecFormula& constraint : spec_.constraints) {
      header.constraints.push_back(constraint.formula.text());
    }
    header.objectives = spec_.objectives;
    header.group_by = spec_.group_by;
    header.quality = spec_.quality;
    header.search = spec_.search;
  }

  const SweepSpec& spec_;
  SpaceState& space_;
  Problems problems_;
  KeyReader keys_;
  Names names_;
};

}  // namespace

void check_space(const SweepSpec& spec, SpaceState& space) { SpaceChecker{spec, space}.check(); }

}  // namespace olivine::sweep
