// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>

#include "experiments/view/recording.h"

namespace olivine::view {

// Where a fold is. Preload: stationary operands on their way into column 0. Ready: they are there,
// and the fold waits for its turn. Stream: operands enter row 0. Drain: the last ones have, results
// are on their way out.
enum class Stage : uint8_t { Waiting, Preload, Ready, Stream, Drain, Done };
[[nodiscard]] Stage stage_of(const Recording& recording, const FoldRecord& fold, int64_t cycle);

// What the array is about in one cycle: of what happens at once, the first of stall, stream,
// preload and drain.
enum class Phase : uint8_t { Idle, Preload, Stream, Drain, Stall };
[[nodiscard]] Phase phase_of(const Recording& recording, const Frame& frame);
[[nodiscard]] std::string_view name_of(Phase phase);

// "fold 0 drains, fold 1 streams 2/6": every fold that is on its way.
[[nodiscard]] std::string caption(const Recording& recording, const Frame& frame);
// One or two sentences on what there is to see in this cycle.
[[nodiscard]] std::string explanation(const Recording& recording, const Frame& frame);

// "4 x 4 PEs, output stationary, overlapped".
[[nodiscard]] std::string title(const Recording& recording);
// "machine array: C[4,8] = A[4,6] B[6,8], w4a4-ovp, 22 cycles, seed 1".
[[nodiscard]] std::string subtitle(const Recording& recording);

}  // namespace olivine::view
