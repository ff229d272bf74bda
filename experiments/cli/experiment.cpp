// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/experiment.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "experiments/cli/arguments.h"
#include "models/analytic/network.h"
#include "models/base/config_table.h"
#include "models/base/error.h"
#include "models/base/text.h"
#include "models/energy/energy_model.h"
#include "models/workloads/conv.h"
#include "models/workloads/workload_yaml.h"

namespace olivine::cli {
namespace {

constexpr std::string_view kWorkloadPrefix = "workload.";

struct Override {
  std::string option;  // as the user wrote it: "--set", "--dataflow"
  std::string key;
  std::string value;
};

// Reads the options one by one; a step that fails leaves its part empty and the others go on.
class ExperimentLoader {
 public:
  explicit ExperimentLoader(const Arguments& arguments) : arguments_(arguments) {}

  Experiment load() {
    check_required();
    read_overrides();
    load_machine_part();
    load_workload_part();
    if (const auto name = arguments_.get("scheme")) {
      has_scheme_ = attempt([&] { experiment_.scheme = parse_scheme(*name); });
    }
    read_mapping();
    read_layers();
    read_engine();
    check_combination();
    problems_.throw_if_any();
    return std::move(experiment_);
  }

 private:
  // False when `step` threw; its problems are added.
  template <class Step>
  bool attempt(Step step) {
    try {
      step();
      return true;
    } catch (const UserError& error) {
      for (const std::string& problem : error.problems()) problems_.add(problem);
      return false;
    }
  }

  void check_required() {
    std::vector<std::string> missing;
    const bool is_simulated = !arguments_.has("dump-config");
    const bool has_layers = arguments_.has("workload") || arguments_.has("gemm");
    if (!arguments_.has("machine")) missing.emplace_back("--machine");
    if (is_simulated && !has_layers) missing.emplace_back("--workload or --gemm");
    if (is_simulated && !arguments_.has("scheme")) missing.emplace_back("--scheme");
    if (!missing.empty()) problems_.add(fmt::format("missing: {}", fmt::join(missing, ", ")));
    if (arguments_.has("workload") && arguments_.has("gemm")) {
      problems_.add("--workload and --gemm exclude each other");
    }
  }

  void read_overrides() {
    constexpr std::array kShortcuts = {std::pair{"dataflow", "array.dataflow"},
                                       std::pair{"pipelining", "array.pipelining"},
                                       std::pair{"dram", "dram.model"}};
    for (const auto& [option, key] : kShortcuts) {
      if (const auto value = arguments_.get(option)) {
        add_override({fmt::format("--{}", option), key, *value});
      }
    }
    for (const std::string& text : arguments_.all("set")) {
      const size_t equals = text.find('=');
      if (equals == std::string::npos || equals == 0) {
        problems_.add(fmt::format("--set {}: must be KEY=VALUE", text));
        continue;
      }
      add_override({"--set", text.substr(0, equals), text.substr(equals + 1)});
    }
  }

  void add_override(Override added) {
    for (const Override& other : overrides_) {
      if (other.key != added.key) continue;
      problems_.add(
          other.option == added.option
              ? fmt::format("{}: {} is set twice", added.option, added.key)
              : fmt::format("{} and {} both set {}", other.option, added.option, added.key));
    }
    if (added.key.starts_with(kWorkloadPrefix)) {
      params_[added.key.substr(kWorkloadPrefix.size())] = added.value;
    }
    overrides_.push_back(std::move(added));
  }

  // Overrides are checked against a default machine too when the machine itself cannot be read.
  void load_machine_part() {
    const auto name = arguments_.get("machine");
    has_machine_ = name && attempt([&] { experiment_.machine = load_machine(*name); });
    for (const Override& entry : overrides_) {
      if (entry.key.starts_with(kWorkloadPrefix)) continue;
      experiment_.machine.places.erase(entry.key);  // no longer the file's
      if (auto problem = machine_table().set(experiment_.machine, entry.key, entry.value)) {
        problems_.add(fmt::format("{}: {}", entry.option, *problem));
        has_machine_ = false;
      }
    }
    if (!has_machine_) return;
    has_machine_ = attempt([&] { validate(experiment_.machine); });
    attempt([&] { experiment_.energy = std::make_shared<EnergyModel>(experiment_.machine); });
  }

  void load_workload_part() {
    if (const auto name = arguments_.get("workload")) {
      attempt([&] { experiment_.workload = load_workload(*name, params_); });
      return;
    }
    const auto gemm = arguments_.get("gemm");
    for (const auto& [param, value] : params_) {
      problems_.add(fmt::format("--set {}{} = {}: {}", kWorkloadPrefix, param, value,
                                gemm ? "a GEMM has no parameters" : "needs --workload"));
    }
    if (gemm) read_gemm(*gemm);
  }

  // The numbers of "8x16x32"; 0 for a part that is none, with its problem added.
  std::vector<int64_t> read_extents(std::string_view option, const std::string& text,
                                    std::span<const std::string_view> names) {
    const std::vector<std::string> parts = split(text, 'x');
    if (parts.size() < 3 || parts.size() > names.size()) {
      problems_.add(fmt::format("--{} = {}: must be {}", option, text,
                                names.size() == 4 ? "MxNxK or MxNxKxBATCH" : "MxNxK"));
      return {};
    }
    std::vector<int64_t> extents;
    for (size_t i = 0; i < parts.size(); ++i) {
      const auto extent = parse_int(parts[i]);
      if (!extent || *extent < 1 || *extent > kMaxExtent) {
        problems_.add(fmt::format("--{} = {}: {} = {}: must be 1..{}", option, text, names[i],
                                  parts[i], kMaxExtent));
        extents.push_back(0);
      } else {
        extents.push_back(*extent);
      }
    }
    return extents;
  }

  void read_gemm(const std::string& text) {
    constexpr std::array<std::string_view, 4> kNames = {"m", "n", "k", "batch"};
    const size_t problems_before = problems_.list().size();
    const std::vector<int64_t> extents = read_extents("gemm", text, kNames);
    if (problems_.list().size() != problems_before) return;
    const GemmShape shape{extents[0], extents[1], extents[2], extents.size() == 4 ? extents[3] : 1};
    const std::vector<std::string> shape_list = shape_problems(shape);
    for (const std::string& problem : shape_list) {
      problems_.add(fmt::format("--gemm = {}: {}", text, problem));
    }
    if (shape_list.empty()) experiment_.workload = single_gemm(shape);
  }

  void read_mapping() {
    constexpr std::array<std::string_view, 3> kNames = {"m", "n", "k"};
    if (const auto text = arguments_.get("tile")) {
      const std::vector<int64_t> extents = read_extents("tile", *text, kNames);
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

  void read_layers() {
    const auto text = arguments_.get("layers");
    if (!text) return;
    std::vector<std::string> known;
    for (const auto& entry : kLayerKindNames) known.emplace_back(entry.name);
    for (const std::string& word : split(*text, ',')) {
      if (const auto kind = value_of<LayerKind>(kLayerKindNames, word)) {
        experiment_.kinds.insert(*kind);
      } else {
        problems_.add(fmt::format("--layers = {}: must be {}{}", word, fmt::join(known, "|"),
                                  suggestion(word, known)));
      }
    }
  }

  void read_engine() {
    if (const auto text = arguments_.get("engine")) {
      const auto engine = value_of<Engine>(kEngineNames, *text);
      if (engine) {
        experiment_.engine = *engine;
      } else {
        problems_.add(
            fmt::format("--engine = {}: must be {}", *text, joined_names<Engine>(kEngineNames)));
      }
    }
    if (const auto text = arguments_.get("seed")) {
      const auto seed = parse_int(*text);
      if (seed && *seed >= 0) {
        experiment_.seed = static_cast<uint64_t>(*seed);
      } else {
        problems_.add(fmt::format("--seed = {}: must be 0..{}", *text, INT64_MAX));
      }
    }
  }

  void check_combination() {
    if (!has_scheme_) return;
    if (has_machine_) {
      if (auto reason = refusal(experiment_.machine, experiment_.scheme)) problems_.add(*reason);
    }
    if (experiment_.engine == Engine::Cycle) {
      if (auto reason = cycle_engine_refusal(experiment_.scheme)) {
        problems_.add(fmt::format("--engine = cycle: {}", *reason));
      }
    }
  }

  const Arguments& arguments_;
  Experiment experiment_;
  Problems problems_;
  std::vector<Override> overrides_;
  ParamOverrides params_;
  bool has_machine_ = false;
  bool has_scheme_ = false;
};

// Plain YAML words stay as they are; everything else is quoted as JSON, which YAML reads.
std::string yaml_scalar(const std::string& text) {
  const bool is_plain = !text.empty() && text.find_first_not_of(
                                             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                             "0123456789_-.+") == std::string::npos;
  return is_plain && text[0] != '-' ? text : nlohmann::json(text).dump();
}

}  // namespace

Experiment load_experiment(const Arguments& arguments) {
  return ExperimentLoader{arguments}.load();
}

PlanOptions plan_options(const Experiment& experiment) {
  PlanOptions options;
  options.mapper = {experiment.tile, experiment.order};
  options.kinds = experiment.kinds;
  return options;
}

std::optional<std::string> cycle_engine_refusal(const Scheme& scheme) {
  for (const Format format : {scheme.weights, scheme.activations}) {
    if (info(format).is_integer) continue;
    return fmt::format("it computes integers, and {} has {} operands (use --engine closed)",
                       scheme.name, name_of(format));
  }
  return std::nullopt;
}

std::string machine_yaml(const MachineConfig& machine) {
  std::string text;
  std::string section;
  for (const auto& [key, value] : machine_table().dump(machine)) {
    const size_t dot = key.find('.');
    const std::string head = dot == std::string::npos ? "" : key.substr(0, dot);
    if (head != section && !head.empty()) text += head + ":\n";
    section = head;
    text += fmt::format("{}{}: {}\n", head.empty() ? "" : "  ",
                        head.empty() ? key : key.substr(dot + 1), yaml_scalar(value));
  }
  return text;
}

}  // namespace olivine::cli
