// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// Simulated cycles a second of synthesized netlists, all inputs random in every cycle, with and
// without counting toggles. Needs Yosys, OpenSTA and the cell library.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "experiments/synth/synthesis.h"
#include "models/base/rng.h"
#include "sim/cosim/netlist_model.h"

namespace olivine::synth {
namespace {

void drive(const NetlistModel& model, Rng& rng) {
  for (const RtlSignal& signal : model.signals()) {
    const bool is_data = signal.direction == RtlSignal::Direction::Input && signal.bits > 1;
    for (uint32_t low = 0; is_data && low < signal.bits; low += 32) {
      signal.set(low, std::min(32U, signal.bits - low), rng.next());
    }
  }
}

void run_netlist(benchmark::State& state, const std::string& top, const Parameters& parameters) {
  SynthesisConfig config;
  config.rtl = OLV_SOURCE_DIR "/rtl";
  config.work = (std::filesystem::temp_directory_path() / "olivine_netlist_bench").string();
  if (const std::string missing = missing_tool(config); !missing.empty()) {
    state.SkipWithError(("SKIPPED (no " + missing + ")").c_str());
    return;
  }
  const LibertyLibrary library = load_liberty(config.liberty);
  const SynthesizedBlock block = synthesize(config, library, top, parameters);
  NetlistModel model{block.netlist};
  Rng rng{1};
  model.reset();
  if (state.range(0) != 0) model.count_toggles();
  for (auto _ : state) {
    drive(model, rng);
    model.settle();
    model.edge();
  }
  state.counters["cells"] = static_cast<double>(block.netlist.cells.size());
  state.counters["cycles_per_s"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

void pe(benchmark::State& state) { run_netlist(state, "pe", {{"OutputStationary", 1}}); }
void array_2x2(benchmark::State& state) {
  run_netlist(state, "systolic_array", {{"Rows", 2}, {"Cols", 2}, {"OutputStationary", 1}});
}

BENCHMARK(pe)->ArgName("toggles")->Arg(0)->Arg(1);
BENCHMARK(array_2x2)->ArgName("toggles")->Arg(0)->Arg(1);

}  // namespace
}  // namespace olivine::synth
