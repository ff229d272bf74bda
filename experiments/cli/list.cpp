// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "experiments/cli/commands.h"
#include "experiments/cli/config_docs.h"
#include "experiments/cli/gpu_list.h"
#include "experiments/cli/numbers.h"
#include "experiments/cli/scheme_list.h"
#include "experiments/cli/text_table.h"
#include "models/base/error.h"
#include "models/base/text.h"
#include "models/machines/gpu.h"
#include "models/machines/machine.h"
#include "models/machines/machine_kind.h"
#include "models/workloads/workload_yaml.h"
#include "sim/platform/platform_config.h"

namespace olivine::cli {
namespace {

using Json = nlohmann::ordered_json;

Json machine_list(const Arguments&) {
  Json list = Json::array();
  for (const std::string& name : shipped_machines()) {
    const MachineConfig machine = load_machine(name);
    list.push_back({{"name", name},
                    {"kind", kSystolicKind},
                    {"size", fmt::format("{}x{} PEs", machine.array.rows, machine.array.cols)},
                    {"description", machine.description}});
  }
  for (const std::string& name : shipped_gpus()) {
    const GpuMachine machine = load_gpu(name);
    list.push_back({{"name", name},
                    {"kind", kGpuKind},
                    {"size", fmt::format("{} SMs", machine.sm.count)},
                    {"description", machine.description}});
  }
  return list;
}

Json platform_list(const Arguments&) {
  Json list = Json::array();
  for (const std::string& name : shipped_platforms()) {
    const PlatformConfig platform = load_platform(name);
    std::vector<std::string> machines, memories;
    for (const PlatformAccelerator& accelerator : platform.accelerators) {
      const ArrayConfig& array = accelerator.machine.array;
      const std::string text = fmt::format("{}x{}", array.rows, array.cols);
      if (machines.empty() || machines.back() != text) machines.push_back(text);
    }
    for (const PlatformMemory& memory : platform.memories) {
      memories.emplace_back(name_of<DramModel>(kDramModelNames, memory.dram.model));
    }
    list.push_back({{"name", name},
                    {"accelerators", platform.accelerators.size()},
                    {"pes", fmt::format("{}", fmt::join(machines, " "))},
                    {"memories", fmt::format("{}", fmt::join(memories, " "))},
                    {"description", platform.description}});
  }
  return list;
}

Json workload_list(const Arguments&) {
  Json list = Json::array();
  for (const std::string& name : shipped_workloads()) {
    const Workload workload = load_workload(name);
    uint64_t macs = 0;
    for (const Layer& layer : workload.layers) macs += layer.gemm.macs().count();
    std::vector<std::string> params;
    for (const auto& [param, value] : workload.params) {
      params.push_back(fmt::format("{}={}", param, value));
    }
    list.push_back({{"name", name},
                    {"layers", workload.layers.size()},
                    {"macs", macs},
                    {"parameters", fmt::format("{}", fmt::join(params, " "))},
                    {"description", workload.description}});
  }
  return list;
}

std::string format_description(const FormatInfo& format) {
  switch (format.format) {
    case Format::Fp16:
      return "IEEE half precision";
    case Format::Bf16:
      return "single precision cut to 16 bits";
    case Format::Fp8:
      return "8-bit float, E4M3";
    case Format::Int8:
    case Format::Int4:
      return "two's complement";
    case Format::Ovp4:
      return "outlier-victim pairs, int4 normals";
    case Format::Ovp4f:
      return "outlier-victim pairs, flint4 normals";
    case Format::Ovp8:
      return "outlier-victim pairs, int8 normals";
  }
  OLV_CHECK(false, "format {}", static_cast<int>(format.format));
}

Json format_list(const Arguments&) {
  constexpr std::array kFormats = {Format::Fp16, Format::Bf16, Format::Fp8,   Format::Int8,
                                   Format::Int4, Format::Ovp4, Format::Ovp4f, Format::Ovp8};
  Json list = Json::array();
  for (const Format format : kFormats) {
    const FormatInfo& entry = info(format);
    list.push_back({{"name", entry.name},
                    {"bits", entry.bits},
                    {"arithmetic", entry.is_integer ? "integer" : "float"},
                    {"description", format_description(entry)}});
  }
  return list;
}

Json key_list(const Arguments&) {
  Json list = Json::array();
  const auto add = [&](std::string_view owner, const std::vector<ConfigKey>& keys) {
    for (const ConfigKey& key : keys) {
      list.push_back({{"name", key.doc.key},
                      {"of", owner},
                      {"type", key.type},
                      {"legal", key.doc.legal},
                      {"default", key.doc.default_value},
                      {"description", key.doc.help}});
    }
  };
  add("machine", machine_keys());
  add("gpu", gpu_keys());
  add("platform", platform_keys());
  add("memory", platform_memory_keys());
  add("accelerator", platform_accelerator_keys());
  return list;
}

std::string cell(const Json& value, const std::string& key) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number()) return key == "macs" ? with_separators(value) : value.dump();
  return fmt::format("{}", fmt::join(value.get<std::vector<std::string>>(), ", "));
}

// A scheme that no shipped machine runs says why.
std::string runners_cell(const Json& scheme) {
  if (!scheme["machines"].empty()) return cell(scheme["machines"], "machines");
  const auto refusals = scheme["refusals"].get<std::map<std::string, std::string>>();
  std::set<std::string> reasons;
  for (const auto& [machine, reason] : refusals) reasons.insert(reason);
  return fmt::format("none{}: {}", refusals.size() > 1 ? " shipped" : "", fmt::join(reasons, "; "));
}

std::string as_table(const Json& list) {
  TextTable table;
  for (const auto& [key, value] : list.front().items()) {
    if (key != "refusals") table.column(key, value.is_number() ? Align::Right : Align::Left);
  }
  for (const Json& entry : list) {
    std::vector<std::string> cells;
    for (const auto& [key, value] : entry.items()) {
      if (key == "refusals") continue;
      cells.push_back(key == "machines" ? runners_cell(entry) : cell(value, key));
    }
    table.row(std::move(cells));
  }
  return table.render(is_stdout_colored());
}

struct Listing {
  std::string_view name;
  Json (*make)(const Arguments&);
};

constexpr std::array kListings = {
    Listing{"machines", machine_list},   Listing{"platforms", platform_list},
    Listing{"workloads", workload_list}, Listing{"schemes", scheme_list},
    Listing{"formats", format_list},     Listing{"keys", key_list},
    Listing{"kernels", kernel_list}};

// Options that some listings take, and which.
struct OptionUse {
  std::string_view option;
  std::vector<std::string> listings;
};

void check_options(const Arguments& arguments, const std::string& wanted) {
  const std::array uses = {OptionUse{"machine", {"kernels", "schemes"}},
                           OptionUse{"set", {"kernels", "schemes"}},
                           OptionUse{"scheme", {"kernels"}}, OptionUse{"library", {"kernels"}}};
  Problems problems;
  for (const auto& [option, listings] : uses) {
    const bool is_used = std::find(listings.begin(), listings.end(), wanted) != listings.end();
    if (is_used || !arguments.has(option)) continue;
    problems.add(fmt::format("--{}: only for olivine list {}", option, fmt::join(listings, "|")));
  }
  if (arguments.has("set") && !arguments.has("machine")) {
    problems.add("--set: needs --machine");
  }
  problems.throw_if_any();
}

}  // namespace

std::vector<std::string> listing_names() {
  std::vector<std::string> names;
  for (const Listing& listing : kListings) names.emplace_back(listing.name);
  return names;
}

int run_list(const Arguments& arguments) {
  const std::vector<std::string> names = listing_names();
  if (arguments.positional().empty()) {
    throw ConfigError{fmt::format("missing: what to list, {}", fmt::join(names, "|"))};
  }
  const std::string& wanted = arguments.positional().front();
  if (arguments.has("markdown")) {
    if (wanted != "keys" || arguments.has("json")) {
      throw ConfigError{"--markdown: only for olivine list keys, without --json"};
    }
    fmt::print("{}", config_markdown());
    return 0;
  }
  for (const Listing& listing : kListings) {
    if (listing.name != wanted) continue;
    check_options(arguments, wanted);
    const Json list = listing.make(arguments);
    fmt::print("{}", arguments.has("json") ? list.dump(2) + "\n" : as_table(list));
    return 0;
  }
  throw ConfigError{
      fmt::format("{}: must be {}{}", wanted, fmt::join(names, "|"), suggestion(wanted, names))};
}

}  // namespace olivine::cli
