// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim/cosim/netlist.h"

namespace olivine::synth {

inline constexpr const char* kDefaultLiberty =
    "/usr/share/qflow/tech/osu018/osu018_stdcells.lib";  // Debian package qflow-tech-osu018

// Where sources are read and results are written.
struct SynthesisConfig {
  std::string rtl = "rtl";
  std::string liberty = kDefaultLiberty;
  std::string work = "build/synth";
};

// A block as cells of the library.
struct SynthesizedBlock {
  Netlist netlist;
  std::string path;  // longest one: "6.86 ns gen_stationary.next_q[6] -> sum_o[31]"
};

// The first thing synthesis needs and this machine lacks; empty if it has everything.
[[nodiscard]] std::string missing_tool(const SynthesisConfig& config);

// Runs rtl/synth/run.sh. Throws ConfigError with its message. `source`: a file that is not in
// files.f, relative to the RTL folder. Contract: `library` outlives the block.
using Parameters = std::vector<std::pair<std::string, int64_t>>;
[[nodiscard]] SynthesizedBlock synthesize(const SynthesisConfig& config,
                                          const LibertyLibrary& library, const std::string& top,
                                          const Parameters& parameters = {},
                                          const std::string& source = "");

}  // namespace olivine::synth
