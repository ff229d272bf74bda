// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/platform_experiment.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "experiments/cli/arguments.h"
#include "experiments/cli/option_reader.h"
#include "models/base/config_table.h"
#include "models/base/error.h"
#include "models/base/yaml_text.h"
#include "models/machines/machine_yaml.h"

namespace olivine::cli {
namespace {

constexpr std::array kShortcuts = {Shortcut{"partition", "partition"},
                                   Shortcut{"inputs", "inputs"}};

// Options of a run on one machine, and where a platform has the same.
constexpr std::array kMachineOptions = {
    std::pair{"machine", "the platform's file names the machine of each accelerator"},
    std::pair{"dataflow",
              "it is a key of an accelerator's machine: set: {array.dataflow: ...} in "
              "the platform's file"},
    std::pair{"pipelining",
              "it is a key of an accelerator's machine: set: {array.pipelining: ...} "
              "in the platform's file"},
    std::pair{"dram", "the platform's memories have it: --set memories.NAME.dram.model=..."},
    std::pair{"weight-density",
              "its memories hold the values of dense weights; run one machine with --machine"},
    std::pair{"tile", "the mapper chooses the tiles of every slice"},
    std::pair{"order", "the mapper chooses the loop order of every slice"},
    std::pair{"engine", "each accelerator has its own: --set accelerators.NAME.model=..."},
    std::pair{"library", "accelerators of a platform are arrays, which have no kernels"},
    std::pair{"kernel", "accelerators of a platform are arrays, which have no kernels"},
    std::pair{"stages", "accelerators of a platform are arrays, which have no kernels"}};

class PlatformLoader {
 public:
  explicit PlatformLoader(const Arguments& arguments)
      : arguments_(arguments), reader_(arguments, problems_) {}

  PlatformExperiment load() {
    refuse_machine_options();
    reader_.check_required("platform");
    load_platform_part(reader_.overrides(kShortcuts));
    experiment_.workload = reader_.workload();
    if (const auto scheme = reader_.scheme()) experiment_.scheme = *scheme;
    experiment_.kinds = reader_.layers();
    experiment_.seed = reader_.seed();
    read_vcd();
    read_trace();
    problems_.throw_if_any();
    return std::move(experiment_);
  }

 private:
  void refuse_machine_options() {
    for (const auto& [option, where] : kMachineOptions) {
      if (!arguments_.has(option)) continue;
      problems_.add(fmt::format("--{}: not with --platform: {}", option, where));
    }
  }

  void load_platform_part(const std::vector<Override>& overrides) {
    const std::string name = arguments_.get("platform").value_or("");
    bool is_valid = reader_.attempt([&] { experiment_.platform = load_platform(name); });
    // Entries of lists can only be found in the platform itself.
    const bool is_loaded = is_valid;
    for (const Override& entry : overrides) {
      if (!is_loaded && entry.key.find('.') != entry.key.rfind('.')) continue;
      if (auto problem = set_platform_key(experiment_.platform, entry.key, entry.value)) {
        problems_.add(fmt::format("{}: {}", entry.option, *problem));
        is_valid = false;
      }
    }
    if (is_valid) reader_.attempt([&] { validate(experiment_.platform); });
  }

  // Reported before hours of simulation.
  void read_vcd() {
    const auto path = arguments_.get("vcd");
    if (!path) return;
    constexpr size_t kLongestPath = 4000;  // as --output
    const std::filesystem::path folder = std::filesystem::path{*path}.parent_path();
    std::error_code error;  // what cannot be looked at is no folder
    const std::filesystem::file_status status = std::filesystem::status(*path, error);
    const auto refuse = [&](const std::string& reason) {
      problems_.add(fmt::format("--vcd = {}: {}", *path, reason));
    };
    if (path->empty()) {
      refuse("must be the path of a file");
    } else if (path->size() > kLongestPath) {
      refuse("the path is too long");
    } else if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
      refuse("not a regular file");
    } else if (!folder.empty() && !std::filesystem::is_directory(folder, error)) {
      refuse(fmt::format("no such folder: {}", folder.string()));
    } else if (path == arguments_.get("output")) {
      refuse("is the file of --output");
    }
    experiment_.vcd = *path;
  }

  void read_trace() {
    experiment_.trace = read_trace_request(arguments_, problems_);
    if (experiment_.trace.path && experiment_.trace.path == arguments_.get("vcd")) {
      problems_.add(fmt::format("--trace = {}: is the file of --vcd", *experiment_.trace.path));
    }
  }

  const Arguments& arguments_;
  Problems problems_;
  OptionReader reader_;
  PlatformExperiment experiment_;
};

// An entry of a list: the first line begins with a dash.
std::string list_entry(const YamlEntries& entries) {
  std::string text = yaml_map(entries, "    ");
  return text.replace(2, 1, "-");
}

std::string accelerator_yaml(const PlatformAccelerator& accelerator) {
  PlatformAccelerator single = accelerator;
  single.count = 1;
  single.machine_name = from_anywhere(accelerator.machine_name);
  if (!single.rtl.empty()) single.rtl = std::filesystem::absolute(single.rtl).string();
  YamlEntries entries;
  for (auto& entry : platform_accelerator_table().dump(single)) {
    if (entry.first != "rtl" || !entry.second.empty()) entries.push_back(std::move(entry));
  }
  std::string text = list_entry(entries);
  if (accelerator.machine_keys.empty()) return text;
  text += "    set:\n";
  for (const auto& [key, value] : accelerator.machine_keys) {
    text += fmt::format("      {}: {}\n", key, yaml_scalar(value));
  }
  return text;
}

}  // namespace

PlatformExperiment load_platform_experiment(const Arguments& arguments) {
  return PlatformLoader{arguments}.load();
}

std::string platform_yaml(const PlatformConfig& platform) {
  std::string text = yaml_map(platform_table().dump(platform));
  text += "memories:\n";
  for (const PlatformMemory& memory : platform.memories) {
    text += list_entry(platform_memory_table().dump(memory));
  }
  text += "accelerators:\n";
  for (const PlatformAccelerator& accelerator : platform.accelerators) {
    text += accelerator_yaml(accelerator);
  }
  return text;
}

}  // namespace olivine::cli
