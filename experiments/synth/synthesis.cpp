// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/synth/synthesis.h"

#include <fmt/format.h>

#include <filesystem>

#include "models/base/error.h"
#include "models/base/text.h"
#include "sim/cosim/tool.h"

namespace olivine::synth {

std::string missing_tool(const SynthesisConfig& config) {
  for (const char* tool : {"bash", "yosys", "sta"}) {
    if (!has_tool(tool)) return tool;
  }
  return std::filesystem::exists(config.liberty) ? "" : config.liberty;
}

SynthesizedBlock synthesize(const SynthesisConfig& config, const LibertyLibrary& library,
                            const std::string& top, const Parameters& parameters,
                            const std::string& source) {
  std::vector<std::string> command = {"bash",      config.rtl + "/synth/run.sh",
                                      "--rtl",     config.rtl,
                                      "--liberty", config.liberty,
                                      "--out",     config.work};
  if (!source.empty()) command.insert(command.end(), {"--source", config.rtl + "/" + source});
  command.push_back(top);
  std::string name = top;
  for (const auto& [key, value] : parameters) {
    command.push_back(fmt::format("{}={}", key, value));
    name += fmt::format("_{}{}", key, value);
  }
  const ToolResult result = run_tool(command);
  const std::string output{trim(result.output)};
  if (result.status != 0) throw ConfigError{fmt::format("{}: {}", name, output)};
  constexpr std::string_view kPath = "longest path ";
  const size_t at = output.find(kPath);
  return {.netlist = load_netlist(fmt::format("{}/{}.json", config.work, name), library, top),
          .path = at == std::string::npos ? "" : output.substr(at + kPath.size())};
}

}  // namespace olivine::synth
