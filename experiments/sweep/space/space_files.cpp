// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/space/space_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "experiments/sweep/space/base_machine.h"
#include "experiments/sweep/space/binding.h"
#include "experiments/sweep/space/contents.h"
#include "experiments/sweep/space/space_state.h"
#include "experiments/sweep/space/workload_source.h"
#include "experiments/sweep/spec/spec.h"
#include "models/base/error.h"
#include "models/energy/energy_table.h"
#include "sim/tensor_core/calibration.h"

namespace olivine::sweep {
namespace {

// Loads each text that the file has for `key`, at its top or on an axis, once. load(text) throws
// what is wrong with it; items are numbered in the order of their first use.
template <class Load>
Selector select(const SweepSpec& spec, std::string_view key, const std::string& fixed,
                Problems& problems, Load load) {
  std::map<std::string, size_t> items;
  const auto index_of = [&](const std::string& text, const std::string& place) {
    const auto [item, is_new] = items.try_emplace(text, items.size());
    if (!is_new) return item->second;
    try {
      load(text);
    } catch (const UserError& error) {
      add_problems(error, place, problems);
    }
    return item->second;
  };
  Selector selector;
  const auto on_axis = find_axis_key(spec, key);
  if (!on_axis) {
    index_of(fixed, spec.source);
    return selector;
  }
  selector.axis = on_axis->axis;
  const SpecAxis& axis = spec.axes[on_axis->axis];
  for (const std::vector<std::string>& texts : axis.values) {
    selector.by_position.push_back(index_of(texts[on_axis->key], axis.place));
  }
  return selector;
}

// Files of one name in two folders would be one value of the parameter.
void refuse_same_name(const std::string& key, const std::string& name, const std::string& path,
                      const std::string& other_path) {
  throw ConfigError{fmt::format("{} = {}: is called {}, as {} is: rename one of the files", key,
                                path, name, other_path)};
}

class EnergyLoader {
 public:
  EnergyLoader(const SweepSpec& spec, SpaceState& space, Problems& problems)
      : spec_(spec), space_(space), problems_(problems) {}

  void load() {
    space_.machine_bases.resize(space_.machines.size());
    for (size_t i = 0; i < space_.machines.size(); ++i) {
      machine_ = &space_.machines[i];
      base_ = &space_.machine_bases[i];
      load_tables();
      if (machine_->is_gpu()) load_calibrations();
    }
  }

 private:
  // Where the machine's own value of a key stands.
  const std::string& own_place(std::string_view key) const {
    for (const SpecSetting& setting : spec_.settings) {
      if (setting.key == key) return setting.place;
    }
    const std::string& place = machine_->place(std::string{key});
    return place.empty() ? spec_.source : place;
  }

  template <class Member, class Use>
  void load_key(std::string_view key, Selector& selector, const Member& own, Use use) {
    if (!find_axis_key(spec_, key))
      return attempt(std::visit(own, machine_->config()), own_place(key), use);
    // Every machine has the same choice: the selector is written again with the same numbers.
    selector = select(spec_, key, "", problems_, use);
  }

  template <class Use>
  void attempt(const std::string& path, const std::string& place, Use use) {
    try {
      use(path);
    } catch (const UserError& error) {
      add_problems(error, place, problems_);
    }
  }

  void load_tables() {
    const auto own = [](const auto& config) -> const std::string& { return config.energy_table; };
    load_key(kEnergyTableKey, space_.energy, own, [&](const std::string& path) {
      EnergyFile file = table(path);
      check_kind(*file.table);
      base_->tables.push_back(std::move(file));
    });
  }

  // A linked axis may give machines of both kinds tables of theirs.
  void check_kind(const EnergyTable& table) const {
    const auto kind_of = [](const BaseMachine& machine) {
      return machine.is_gpu() ? EnergyTableKind::Gpu : EnergyTableKind::Systolic;
    };
    const bool is_of_some =
        space_.energy.axis &&
        std::any_of(space_.machines.begin(), space_.machines.end(),
                    [&](const BaseMachine& machine) { return kind_of(machine) == table.kind; });
    if (!is_of_some) require_kind(table, kind_of(*machine_));
  }

  EnergyFile table(const std::string& path) {
    const auto known = tables_.find(path);
    if (known != tables_.end()) return known->second;
    auto table = std::make_shared<const EnergyTable>(load_energy_table(path));
    std::string digest = digest_of(*table);
    return tables_.emplace(path, EnergyFile{path, std::move(table), std::move(digest)})
        .first->second;
  }

  void load_calibrations() {
    GpuMachine gpu = std::get<GpuMachine>(machine_->config());
    const auto own = [&](const auto& /*config*/) -> const std::string& {
      return std::get<GpuMachine>(machine_->config()).calibration;
    };
    load_key(kCalibrationKey, space_.calibration, own, [&](const std::string& path) {
      gpu.calibration = path;
      auto calibration = std::make_shared<const Calibration>(load_calibration(gpu));
      std::string digest = digest_of(*calibration, gpu.name);
      base_->calibrations.push_back({path, std::move(calibration), std::move(digest)});
    });
  }

  const SweepSpec& spec_;
  SpaceState& space_;
  Problems& problems_;
  std::map<std::string, EnergyFile> tables_;  // by path
  const BaseMachine* machine_ = nullptr;      // of which tables are loaded
  MachineBase* base_ = nullptr;
};

// Values of workload parameters that some point of the sweep has.
ParamOverrides first_params(const SweepSpec& spec) {
  ParamOverrides params;
  const auto add = [&](const std::string& key, const std::string& text) {
    if (key.starts_with(kWorkloadPrefix)) params[key.substr(kWorkloadPrefix.size())] = text;
  };
  for (const SpecSetting& setting : spec.settings) {
    // What is computed differs from point to point; opening the file takes any number.
    add(setting.key, setting.formula ? "1" : setting.text);
  }
  for (const SpecAxis& axis : spec.axes) {
    for (size_t i = 0; i < axis.keys.size(); ++i) add(axis.keys[i], axis.values.front()[i]);
  }
  return params;
}

}  // namespace

std::optional<AxisKey> find_axis_key(const SweepSpec& spec, std::string_view key) {
  size_t column = 0;
  for (size_t axis = 0; axis < spec.axes.size(); ++axis) {
    const std::vector<std::string>& keys = spec.axes[axis].keys;
    const auto found = std::find(keys.begin(), keys.end(), key);
    const auto offset = static_cast<size_t>(found - keys.begin());
    if (found != keys.end()) return AxisKey{axis, offset, column + offset};
    column += keys.size();
  }
  return std::nullopt;
}

void add_problems(const UserError& error, const std::string& place, Problems& problems) {
  for (const std::string& problem : error.problems()) {
    const std::string placed = fmt::format("{}: {}", place, problem);
    const std::vector<std::string>& all = problems.list();
    if (std::find(all.begin(), all.end(), placed) == all.end()) problems.add(placed);
  }
}

void load_bases(const SweepSpec& spec, SpaceState& space, Problems& problems) {
  std::map<std::string, std::string> machines;  // path by name
  std::map<std::string, std::string> workloads;
  const auto claim = [](auto& names, std::string_view key, const std::string& path) {
    const std::string name = plain_name(path);
    const auto [other, is_new] = names.try_emplace(name, path);
    if (!is_new) refuse_same_name(std::string{key}, name, path, other->second);
  };
  space.machine = select(spec, kMachineName, spec.machine, problems, [&](const std::string& text) {
    claim(machines, kMachineName, text);
    space.machines.emplace_back(text);
  });
  const ParamOverrides params = first_params(spec);
  space.workload =
      select(spec, kWorkloadName, spec.workload, problems, [&](const std::string& text) {
        claim(workloads, kWorkloadName, text);
        space.workloads.emplace_back(text, spec.kinds, params);
      });
  space.scheme = select(spec, kSchemeName, spec.scheme, problems, [&](const std::string& text) {
    space.schemes.push_back(parse_scheme(text));
  });
}

void load_energies(const SweepSpec& spec, SpaceState& space, Problems& problems) {
  EnergyLoader{spec, space, problems}.load();
}

}  // namespace olivine::sweep
