// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include "experiments/report/input.h"
#include "experiments/report/json_fields.h"
#include "experiments/report/page_data.h"
#include "models/analytic/array_timing.h"
#include "models/base/config_table.h"
#include "models/base/error.h"
#include "models/machines/dram_device.h"
#include "models/machines/gpu.h"
#include "models/machines/machine.h"
#include "sim/tensor_core/cuda_core_kernel.h"

namespace olivine::report {
namespace {

using Json = nlohmann::ordered_json;

std::string file_name(const Input& input) {
  return std::filesystem::path{input.path}.filename().string();
}

// The machine a result says it was made with. Throws ConfigError where a key is out of range.
template <class Config>
Config machine_in(const Input& input, const ConfigTable<Config>& table) {
  const Fields config = Fields{input.path, input.json}.object("config");
  Config machine;
  for (const std::string& key : table.keys()) {
    if (!config.has(key)) continue;
    const Json& value = config.json()[key];
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (const auto problem = table.set(machine, key, text)) {
      throw ConfigError{fmt::format("{}: config.{}", input.path, *problem)};
    }
  }
  return machine;
}

// What every page of a network's layers draws.
void check_layers(const Fields& result, std::span<const std::string_view> numbers,
                  std::span<const std::string_view> objects) {
  const Fields layers = result.list("layers");
  if (layers.size() == 0) result.fail("layers", "is empty");
  const auto check = [&](const Fields& fields) {
    for (const std::string_view key : numbers) (void)fields.number(key);
    for (const std::string_view key : objects) (void)fields.numbers(key);
  };
  check(result.object("total"));
  for (size_t i = 0; i < layers.size(); ++i) {
    const Fields layer = layers.item(i);
    check(layer);
    for (const std::string_view key : {"name", "kind"}) (void)layer.text(key);
    for (const std::string_view key : {"m", "n", "k", "batch"}) (void)layer.number(key);
  }
}

Json ratio(double part, double whole) { return whole > 0 ? Json(part / whole) : Json(nullptr); }

std::optional<Scheme> scheme_of(const Fields& layer) {
  if (!layer.has("scheme")) return std::nullopt;
  const Fields text = layer.object("scheme");
  Scheme scheme;
  const auto format = [&](std::string_view key) {
    const auto found = parse_format(text.text(key));
    if (!found) text.fail(key, "is no format");
    return *found;
  };
  scheme.weights = format("weights");
  scheme.activations = format("activations");
  const bool is_sparse = text.text("weight_pattern") == name_of(Pattern::TwoFour);
  scheme.weight_pattern = is_sparse ? Pattern::TwoFour : Pattern::Dense;
  return scheme;
}

std::string scheme_text(const Scheme& scheme) {
  return fmt::format("{} x {}{}", name_of(scheme.weights), name_of(scheme.activations),
                     scheme.weight_pattern == Pattern::TwoFour ? ", 2:4" : "");
}

// One run: the result, roofs by operand formats, and where its layers stand under them.
class RunWriter {
 public:
  explicit RunWriter(const Input& input) : input_(input), result_(input.path, input.json) {
    for (const std::string_view key : {"machine", "workload", "scheme"}) (void)result_.text(key);
  }

  [[nodiscard]] std::string label() const {
    return fmt::format("{} on {}, {}", result_.text("workload"), result_.text("machine"),
                       result_.text("scheme"));
  }

  // `peak`: dense MACs a second of a layer's scheme, 2:4 counted as the dense work it stands for.
  template <class Peak>
  Json write(std::optional<double> bytes_per_s, std::string_view bytes_key, Peak peak) {
    Json roofs = Json::array();
    Json derived = Json::array();
    std::set<std::string> seen;
    const Fields layers = result_.list("layers");
    for (size_t i = 0; i < layers.size(); ++i) {
      const Fields layer = layers.item(i);
      const double macs = layer.number("macs");
      const std::optional<Scheme> scheme = scheme_of(layer);
      const double macs_per_s = scheme ? peak(*scheme) : 0;
      derived.push_back({{"intensity_macs_per_byte", ratio(macs, bytes_of(layer, bytes_key))},
                         {"macs_per_s", ratio(macs, layer.number("time_s"))},
                         {"peak_macs_per_s", macs_per_s}});
      if (macs == 0 || macs_per_s == 0 || !seen.insert(scheme_text(*scheme)).second) continue;
      roofs.push_back({{"label", scheme_text(*scheme)}, {"macs_per_s", macs_per_s}});
    }
    Json result = input_.json;
    result.erase("provenance");
    return {{"label", label()},
            {"file", file_name(input_)},
            {"machine", result_.text("machine")},
            {"workload", result_.text("workload")},
            {"scheme", result_.text("scheme")},
            {"result", std::move(result)},
            {"roofline",
             {{"bytes_per_s", bytes_per_s ? Json(*bytes_per_s) : Json(nullptr)},
              {"roofs", std::move(roofs)}}},
            {"layers_derived", std::move(derived)}};
  }

 private:
  static double bytes_of(const Fields& layer, std::string_view key) {
    return layer.json()[std::string{key}].is_number() ? layer.number(key)
                                                      : layer.object(key).number("total");
  }

  const Input& input_;
  Fields result_;
};

Json array_run(const Input& input) {
  const Fields result{input.path, input.json};
  static constexpr std::array<std::string_view, 5> kNumbers = {"macs", "cycles", "time_s",
                                                               "array_cycles", "vector_cycles"};
  static constexpr std::array<std::string_view, 3> kObjects = {"stall_cycles", "energy_pj",
                                                               "dram_bytes"};
  check_layers(result, kNumbers, kObjects);
  (void)result.object("total").numbers("area_um2");
  const MachineConfig machine = machine_in(input, machine_table());
  const DramConfig dram = equivalent_bandwidth(machine.dram, machine.clock_hz);
  std::optional<double> bytes_per_s;
  if (dram.model != DramModel::Ideal) {
    bytes_per_s = static_cast<double>(dram.bytes_per_cycle) * machine.clock_hz;
  }
  Json run = RunWriter{input}.write(bytes_per_s, "dram_bytes", [&](const Scheme& scheme) {
    const ArrayGeometry geometry = make_geometry(machine, scheme);
    const auto lanes = static_cast<double>(geometry.left_lanes * geometry.top_lanes);
    const auto pes = static_cast<double>(geometry.rows * geometry.cols);
    return pes / lanes * (geometry.is_sparse ? 2 : 1) * machine.clock_hz;
  });
  run["clock_hz"] = machine.clock_hz;
  return run;
}

Json gpu_run(const Input& input) {
  const Fields result{input.path, input.json};
  static constexpr std::array<std::string_view, 4> kNumbers = {"macs", "time_s", "power_w",
                                                               "hbm_bytes"};
  static constexpr std::array<std::string_view, 2> kObjects = {"waterfall_s", "energy_pj"};
  check_layers(result, kNumbers, kObjects);
  const GpuMachine machine = machine_in(input, gpu_table());
  const double max_clock_hz = machine.power.max_clock_hz;
  Json run =
      RunWriter{input}.write(machine.hbm.bytes_per_s, "hbm_bytes", [&](const Scheme& scheme) {
        // The wider operand's multiplier: int4 weights are decoded to fp16 beside fp16 activations.
        const double dense = dense_macs_per_clk(machine, scheme.activations);
        const bool is_sparse = scheme.weight_pattern == Pattern::TwoFour;
        return dense * (is_sparse ? 2 : 1) * static_cast<double>(machine.sm.count) * max_clock_hz;
      });
  run["clock_hz"] = max_clock_hz;
  return run;
}

std::string title_of(std::string_view what, const Json& runs) {
  if (runs.size() == 1) return runs[0]["label"].get<std::string>();
  return fmt::format("{} {} side by side", runs.size(), what);
}

template <class MakeRun>
Json side_by_side(std::span<const Input> inputs, std::string_view what, MakeRun make_run) {
  Json runs = Json::array();
  for (const Input& input : inputs) runs.push_back(make_run(input));
  return {{"title", title_of(what, runs)},
          {"subtitle", "Time, energy and traffic by layer. Simulated."},
          {"origin", "simulated"},
          {"runs", std::move(runs)}};
}

Json platform_run(const Input& input) {
  const Fields result{input.path, input.json};
  for (const std::string_view key : {"cycles", "time_s", "utilization", "macs"}) {
    (void)result.object("total").number(key);
  }
  for (const std::string_view key : {"stall_cycles", "energy_pj", "dram_bytes"}) {
    (void)result.object("total").numbers(key);
  }
  const Fields accelerators = result.list("accelerators");
  if (accelerators.size() == 0) result.fail("accelerators", "is empty");
  Json json = input.json;
  json.erase("provenance");
  const std::string label = fmt::format("{} on {}, {}", result.text("workload"),
                                        result.text("platform"), result.text("scheme"));
  return {{"label", label}, {"file", file_name(input)}, {"result", std::move(json)}};
}

}  // namespace

Json run_data(std::span<const Input> inputs) { return side_by_side(inputs, "runs", array_run); }

Json gpu_run_data(std::span<const Input> inputs) {
  return side_by_side(inputs, "GPU runs", gpu_run);
}

Json platform_data(std::span<const Input> inputs) {
  return side_by_side(inputs, "platform runs", platform_run);
}

}  // namespace olivine::report
