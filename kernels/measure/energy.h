// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <functional>

#include "kernels/launch/status.h"
#include "kernels/measure/energy_result.h"
#include "kernels/measure/measure_options.h"

namespace olivine::measure {

class Bench;
class CaseRunner;

// Energy is read from NVML's counter, which moves every 20 to 100 ms: windows begin and end where
// it moves, so that its step is no error. The load never pauses from before the first window to
// after the last (Yang et al., SC'24, arXiv 2312.02741).

// Power of the idle device with its context. Waits window_s and up to two steps of the counter.
Status measure_idle_w(Bench& bench, double window_s, double& idle_w);

// Contract: a graph is captured, of `launches` launches and about graph_us. `should_stop` is asked
// between launches: true ends early, refused.
struct EnergyLoad {
  CaseRunner* runner = nullptr;
  int64_t launches = 0;
  double graph_us = 0;
};
Status measure_energy(Bench& bench, const EnergyLoad& load, const EnergyOptions& options,
                      double idle_w, const std::function<bool()>& should_stop,
                      EnergyResult& result);

}  // namespace olivine::measure
