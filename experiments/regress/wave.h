// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/regress/bench.h"

namespace olivine::regress {

// One line of a GTKWave save file.
struct WaveSignal {
  std::string name;   // in the trace: "TOP.pe.sum_o"
  uint32_t bits = 0;  // 0: unknown
};

// `wave` of a bench as the trace names it, with {row}, {col} and {lane} replaced by those of the
// divergence. Nothing where the divergence lacks the place.
[[nodiscard]] std::vector<WaveSignal> wave_signals(const BlockBench& bench,
                                                   const Divergence& divergence,
                                                   const RtlModel& model);

// Trace time of the rising edge of a cycle (sim/cosim/rtl_model.cpp: two units a cycle).
[[nodiscard]] constexpr uint64_t edge_time(int64_t cycle) {
  return 2 * static_cast<uint64_t>(cycle) + 1;
}

// A GTKWave save file: the signals, the marker at the divergence, some 40 cycles in the window.
[[nodiscard]] std::string save_file_text(const std::string& trace_path,
                                         const std::vector<WaveSignal>& signals, int64_t first,
                                         const Divergence& divergence);

}  // namespace olivine::regress
