// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

namespace olivine {
struct LayerPlan;
struct LayerResult;
struct MemoryStats;
struct NetworkPlan;
struct NetworkResult;
namespace trace {
class NetworkRecorder;
}  // namespace trace
}  // namespace olivine

namespace olivine::cli {

enum class Engine : uint8_t;

// Results of every distinct layer.
//   Closed: the closed form. Contract: the machine's DRAM has one.
//   Event: tiles as events on the machine's DRAM; where that has a closed form, compared with it.
//   Cycle: those of step_network().
// Event and Cycle say on stderr what was compared. `dram`, if given, gets what a banked memory did
// over all layers. `recorder`, if given, watches every distinct array layer; since a formula has
// nothing to watch, Closed runs as events for it too, which must give the same.
[[nodiscard]] NetworkResult run_engine(const NetworkPlan& plan, Engine engine, uint64_t seed,
                                       MemoryStats* dram = nullptr,
                                       trace::NetworkRecorder* recorder = nullptr);

// One layer, without any comparison: by the closed form, or by events where there is none.
[[nodiscard]] LayerResult time_one_layer(const NetworkPlan& plan, const LayerPlan& layer);

// Executes every distinct array layer once, each register stepped with values of `seed`, and
// compares it with the functional GEMM and with `reference`: the closed form or, for banked DRAM,
// the events. Timing, traffic and energy of array layers are the stepped ones; the vector unit has
// only a closed form. Progress goes to stderr. Throws CheckFailed, naming layer and figures, where
// a layer differs, and NoProgress where it stands still. `recorder`: as above.
[[nodiscard]] NetworkResult step_network(const NetworkPlan& plan, const NetworkResult& reference,
                                         uint64_t seed, trace::NetworkRecorder* recorder = nullptr);

}  // namespace olivine::cli
