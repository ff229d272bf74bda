// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/experiment.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "experiments/cli/arguments.h"
#include "experiments/cli/option_reader.h"
#include "models/analytic/network.h"
#include "models/base/config_table.h"
#include "models/base/error.h"
#include "models/base/text.h"
#include "models/energy/energy_model.h"
#include "models/numerics/weight_density.h"

namespace olivine::cli {
namespace {

constexpr std::array kShortcuts = {Shortcut{"dataflow", "array.dataflow"},
                                   Shortcut{"pipelining", "array.pipelining"},
                                   Shortcut{"dram", "dram.model"}};

// Options that stand for something else on a platform.
constexpr std::array kPlatformOptions = {"partition", "inputs", "vcd"};
constexpr std::array kGpuOptions = {"library", "kernel", "stages", "step"};

// Reads the options one by one; a step that fails leaves its part empty and the others go on.
class ExperimentLoader {
 public:
  explicit ExperimentLoader(const Arguments& arguments)
      : arguments_(arguments), reader_(arguments, problems_) {}

  Experiment load() {
    reader_.check_required("machine");
    for (const std::string_view option : kPlatformOptions) {
      if (arguments_.has(option)) problems_.add(fmt::format("--{}: needs --platform", option));
    }
    for (const std::string_view option : kGpuOptions) {
      if (!arguments_.has(option)) continue;
      problems_.add(
          fmt::format("--{}: needs a GPU (olivine list machines): an array has no "
                      "kernels to choose from",
                      option));
    }
    load_machine_part(reader_.overrides(kShortcuts));
    experiment_.workload = reader_.workload();
    const std::optional<Scheme> scheme = reader_.scheme();
    if (scheme) experiment_.scheme = *scheme;
    read_weight_density();
    read_mapping();
    experiment_.kinds = reader_.layers();
    experiment_.seed = reader_.seed();
    read_engine();
    experiment_.trace = read_trace_request(arguments_, problems_);
    if (scheme) check_combination();
    problems_.throw_if_any();
    return std::move(experiment_);
  }

  MachineConfig load_machine_alone() {
    load_machine_part(reader_.overrides({}));
    (void)reader_.workload();  // refuses parameters of one
    problems_.throw_if_any();
    return std::move(experiment_.machine);
  }

 private:
  // Overrides are checked against a default machine too when the machine itself cannot be read.
  void load_machine_part(const std::vector<Override>& overrides) {
    const auto name = arguments_.get("machine");
    has_machine_ = name && reader_.attempt([&] { experiment_.machine = load_machine(*name); });
    for (const Override& entry : overrides) {
      experiment_.machine.places.erase(entry.key);  // no longer the file's
      if (auto problem = machine_table().set(experiment_.machine, entry.key, entry.value)) {
        problems_.add(fmt::format("{}: {}", entry.option, *problem));
        has_machine_ = false;
      }
    }
    if (!has_machine_) return;
    has_machine_ = reader_.attempt([&] { validate(experiment_.machine); });
    reader_.attempt(
        [&] { experiment_.energy = std::make_shared<EnergyModel>(experiment_.machine); });
  }

  void read_weight_density() {
    const auto text = arguments_.get("weight-density");
    if (!text) return;
    if (const auto density = parse_weight_density(*text)) {
      experiment_.weight_density = *density;
    } else {
      problems_.add(fmt::format(
          "--weight-density = {}: must be 0.001..1, with at most three digits after the point",
          *text));
    }
  }

  void read_mapping() {
    constexpr std::array<std::string_view, 3> kNames = {"m", "n", "k"};
    if (const auto text = arguments_.get("tile")) {
      const std::vector<int64_t> extents = reader_.extents("tile", *text, kNames);
      if (extents.size() == 3) {
        experiment_.tile = std::array{extents[0], extents[1], extents[2]};
      }
    }
    if (const auto text = arguments_.get("order")) {
      experiment_.order = parse_loop_order(*text);
      if (!experiment_.order) {
        std::vector<std::string> orders;
        for (const LoopOrder& order : kLoopOrders) orders.push_back(to_string(order));
        problems_.add(fmt::format("--order = {}: must be {}", *text, fmt::join(orders, "|")));
      }
    }
  }

  // The closed form where there is one, unless told otherwise.
  void read_engine() {
    const bool is_banked = has_machine_ && experiment_.machine.dram.model == DramModel::Banked;
    if (is_banked) experiment_.engine = Engine::Event;
    const auto text = arguments_.get("engine");
    if (!text) return;
    const auto engine = value_of<Engine>(kEngineNames, *text);
    if (!engine) {
      problems_.add(
          fmt::format("--engine = {}: must be {}", *text, joined_names<Engine>(kEngineNames)));
      return;
    }
    experiment_.engine = *engine;
    if (is_banked && *engine == Engine::Closed) {
      problems_.add(
          "--engine = closed: no closed form exists for dram.model = banked: use event or cycle");
    }
  }

  void check_combination() {
    if (has_machine_) {
      if (auto reason = refusal(experiment_.machine, experiment_.scheme)) problems_.add(*reason);
      if (auto reason = density_refusal(experiment_.machine, experiment_.scheme,
                                        experiment_.weight_density)) {
        problems_.add(fmt::format("--weight-density: {}", *reason));
      }
    }
    if (experiment_.engine == Engine::Cycle) {
      if (auto reason = cycle_engine_refusal(experiment_.scheme)) {
        problems_.add(fmt::format("--engine = cycle: {}", *reason));
      }
    }
  }

  const Arguments& arguments_;
  Problems problems_;
  OptionReader reader_;
  Experiment experiment_;
  bool has_machine_ = false;
};

}  // namespace

Experiment load_experiment(const Arguments& arguments) {
  return ExperimentLoader{arguments}.load();
}

MachineConfig load_array_option(const Arguments& arguments) {
  return ExperimentLoader{arguments}.load_machine_alone();
}

PlanOptions plan_options(const Experiment& experiment) {
  PlanOptions options;
  options.mapper = {experiment.tile, experiment.order};
  options.kinds = experiment.kinds;
  options.weight_density = experiment.weight_density;
  return options;
}

std::optional<std::string> cycle_engine_refusal(const Scheme& scheme) {
  for (const Format format : {scheme.weights, scheme.activations}) {
    if (info(format).is_integer) continue;
    return fmt::format(
        "it computes integers, and {} has {} operands (use --engine closed or event)", scheme.name,
        name_of(format));
  }
  return std::nullopt;
}

}  // namespace olivine::cli
