// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/quantize_request.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "experiments/cli/arguments.h"
#include "experiments/cli/option_reader.h"
#include "experiments/quantize/run_quantize.h"
#include "models/base/enum_names.h"
#include "models/base/error.h"
#include "models/base/text.h"
#include "models/numerics/sparse.h"

namespace olivine::cli {
namespace {

using quality::Budget;
using quality::QuantizeRequest;

enum class Pruning : uint8_t { Magnitude, Activations };

constexpr std::array kPolicyNames = {EnumName<EncoderPolicy>{EncoderPolicy::Paper, "paper"},
                                     EnumName<EncoderPolicy>{EncoderPolicy::Artifact, "artifact"}};
constexpr std::array kGranularityNames = {
    EnumName<Granularity>{Granularity::PerRow, "per_row"},
    EnumName<Granularity>{Granularity::PerTensor, "per_tensor"}};
constexpr std::array kOvp4Names = {EnumName<Ovp4Normals>{Ovp4Normals::Int4, "int4"},
                                   EnumName<Ovp4Normals>{Ovp4Normals::Flint4, "flint4"},
                                   EnumName<Ovp4Normals>{Ovp4Normals::Best, "best"}};
constexpr std::array kPruningNames = {EnumName<Pruning>{Pruning::Magnitude, "magnitude"},
                                      EnumName<Pruning>{Pruning::Activations, "activations"}};

constexpr int64_t kMaxPercent = 1000;
constexpr int64_t kMaxBatch = 4096;
constexpr int64_t kMaxSeq = 65536;

// A unit that a budget may have, and how many seconds or joules it is.
struct Unit {
  std::string_view name;
  double factor;
};
constexpr std::array kTimeUnits = {Unit{"ms", 1e-3}, Unit{"us", 1e-6}, Unit{"ns", 1e-9},
                                   Unit{"s", 1.0}};
constexpr std::array kEnergyUnits = {Unit{"mJ", 1e-3}, Unit{"uJ", 1e-6}, Unit{"nJ", 1e-9},
                                     Unit{"J", 1.0}};

class Reader {
 public:
  explicit Reader(const Arguments& arguments)
      : arguments_(arguments), options_(arguments, problems_) {}

  QuantizeRequest read() {
    QuantizeRequest request;
    read_model(request);
    read_schemes(request);
    read_overrides(request);
    read_encoding(request.options.quantize);
    request.options.density = read_density();
    request.options.is_pruned_by_effect =
        choice<Pruning>("prune", kPruningNames, Pruning::Magnitude) == Pruning::Activations;
    request.options.has_attention = arguments_.has("attention");
    request.filter.include = arguments_.all("include");
    request.filter.exclude = arguments_.all("exclude");
    request.calibration = path("calibration");
    request.pairs = path("pairs");
    request.text = path("text");
    request.packed = path("packed");
    request.decoded = path("decoded");
    read_cost(request);
    read_budget(request);
    problems_.throw_if_any();
    return request;
  }

 private:
  void read_model(QuantizeRequest& request) {
    if (arguments_.positional().empty()) {
      problems_.add("missing: the model, a file or folder of weights");
    } else {
      request.model = arguments_.positional().front();
    }
  }

  void read_schemes(QuantizeRequest& request) {
    const auto text = arguments_.get("scheme");
    if (!text) {
      problems_.add("missing: --scheme NAME,...");
      return;
    }
    for (const std::string& name : split(*text, ',')) {
      options_.attempt([&] {
        QuantScheme scheme = parse_quant_scheme(trim(name));
        for (const QuantScheme& other : request.schemes) {
          if (other.name == scheme.name) {
            throw ConfigError{fmt::format("--scheme: {} stands twice", scheme.name)};
          }
        }
        request.schemes.push_back(std::move(scheme));
      });
    }
  }

  void read_overrides(QuantizeRequest& request) {
    for (const std::string& text : arguments_.all("layer")) {
      const size_t equals = text.find('=');
      if (equals == std::string::npos || equals == 0) {
        problems_.add(fmt::format("--layer {}: must be PATTERN=SCHEME", text));
        continue;
      }
      options_.attempt([&] {
        request.overrides.push_back(
            {text.substr(0, equals), parse_quant_scheme(text.substr(equals + 1))});
      });
    }
  }

  template <class E, size_t Count>
  E choice(std::string_view option, const std::array<EnumName<E>, Count>& names, E otherwise) {
    const auto text = arguments_.get(option);
    if (!text) return otherwise;
    if (const auto value = value_of<E>(names, *text)) return *value;
    std::vector<std::string> known;
    for (const auto& entry : names) known.emplace_back(entry.name);
    problems_.add(fmt::format("--{} = {}: must be {}{}", option, *text, joined_names<E>(names),
                              suggestion(*text, known)));
    return otherwise;
  }

  void read_encoding(QuantizeOptions& options) {
    options.policy = choice<EncoderPolicy>("policy", kPolicyNames, EncoderPolicy::Paper);
    options.granularity =
        choice<Granularity>("granularity", kGranularityNames, Granularity::PerRow);
    options.activations =
        choice<Granularity>("activation-scales", kGranularityNames, Granularity::PerTensor);
    options.ovp4 = choice<Ovp4Normals>("ovp4", kOvp4Names, Ovp4Normals::Int4);
    const auto text = arguments_.get("search");
    if (!text) return;
    const std::vector<std::string> parts = split(*text, ':');
    // 0 stands for what is no number: it is out of range too.
    const auto number = [&](size_t i, int64_t otherwise) {
      return i < parts.size() ? parse_int(parts[i]).value_or(0) : otherwise;
    };
    const int64_t low = number(0, 0);
    const int64_t up = number(1, 0);
    const int64_t step = number(2, SearchRange{}.step_percent);
    const bool is_legal = parts.size() <= 3 && 0 < low && low < up && up <= kMaxPercent &&
                          0 < step && step <= kMaxPercent;
    if (is_legal) {
      options.range =
          SearchRange{static_cast<int>(low), static_cast<int>(up), static_cast<int>(step)};
    } else {
      problems_.add(fmt::format(
          "--search = {}: must be LOW:UP[:STEP], percent, 0 < LOW < UP <= {} and STEP above 0",
          *text, kMaxPercent));
    }
  }

  WeightDensity read_density() {
    const auto text = arguments_.get("density");
    if (!text) return quality::NetworkOptions{}.density;
    if (const auto density = parse_weight_density(*text)) return *density;
    problems_.add(fmt::format("--density = {}: must be 0.001 to 1, in steps of 0.001", *text));
    return {};
  }

  std::optional<std::filesystem::path> path(std::string_view option) {
    const auto text = arguments_.get(option);
    if (!text) return std::nullopt;
    if (text->empty()) problems_.add(fmt::format("--{}: is empty: must be a file", option));
    return std::filesystem::path{*text};
  }

  void read_cost(QuantizeRequest& request) {
    const auto machine = arguments_.get("machine");
    const auto batch = options_.integer("batch", 1, kMaxBatch);
    const auto seq = options_.integer("seq", 1, kMaxSeq);
    const std::vector<Override> overrides = options_.overrides({});
    if (!machine) {
      for (const std::string_view option : {"batch", "seq", "set"}) {
        if (arguments_.has(option)) problems_.add(fmt::format("--{}: needs --machine", option));
      }
      return;
    }
    quality::CostRequest cost;
    cost.machine = *machine;
    cost.batch = batch.value_or(cost.batch);
    cost.seq = seq.value_or(cost.seq);
    for (const Override& entry : overrides) cost.settings.emplace_back(entry.key, entry.value);
    request.cost = std::move(cost);
  }

  void read_budget(QuantizeRequest& request) {
    const auto text = arguments_.get("budget");
    if (!text) return;
    const size_t equals = text->find('=');
    const std::string of = text->substr(0, equals);
    Budget budget;
    budget.is_energy = of == "energy";
    const std::string amount = equals == std::string::npos ? "" : text->substr(equals + 1);
    const bool is_known = budget.is_energy || of == "time";
    if (is_known && read_amount(amount, budget)) {
      request.budget = budget;
      return;
    }
    problems_.add(fmt::format(
        "--budget = {}: must be time=AMOUNT or energy=AMOUNT: 80%, 1.5ms (s, ms, us, ns) or 2mJ "
        "(J, mJ, uJ, nJ)",
        *text));
  }

  static bool read_amount(std::string_view text, Budget& budget) {
    constexpr double kPercent = 0.01;
    budget.is_relative = text.ends_with('%');
    if (budget.is_relative) return read_number(text.substr(0, text.size() - 1), kPercent, budget);
    for (const Unit& unit : budget.is_energy ? kEnergyUnits : kTimeUnits) {
      if (!text.ends_with(unit.name)) continue;
      return read_number(text.substr(0, text.size() - unit.name.size()), unit.factor, budget);
    }
    return false;
  }

  static bool read_number(std::string_view text, double factor, Budget& budget) {
    const auto number = parse_number(trim(text));
    if (!number || *number <= 0.0) return false;
    budget.value = *number * factor;
    return true;
  }

  const Arguments& arguments_;
  Problems problems_;
  OptionReader options_;
};

}  // namespace

QuantizeRequest read_quantize_request(const Arguments& arguments) {
  return Reader{arguments}.read();
}

}  // namespace olivine::cli
