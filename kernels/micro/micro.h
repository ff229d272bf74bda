// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <vector>

#include "kernels/micro/metadata_map.h"
#include "kernels/micro/micro_plan.h"
#include "kernels/micro/micro_result.h"
#include "kernels/micro/sustained.h"
#include "kernels/runtime/device.h"

namespace olivine {

// Measurements of single instructions and memories on the current device: everything of
// micro_plan() for it, a few seconds in all; derive_published() makes the published quantities of
// it. Cycles are those of the SM's own clock, so they do not depend on the one the card chooses.
// Contract: check(options); the device is otherwise idle. Throws CudaError.
[[nodiscard]] std::vector<MicroResult> run_micro(const MicroOptions& options, StreamHandle stream);

// Which row and group of A each nibble of sparsity metadata governs on the current device, for
// every sparse instruction it has, beside what metadata_group() of
// models/numerics/mma_fragments.h says. Throws CudaError.
[[nodiscard]] std::vector<MetadataMap> probe_metadata(StreamHandle stream);

// Keeps the tensor cores of all SMs busy with operands that stay in registers (mma, A of RS) or in
// shared memory (wgmma), launches queued one behind another. Returns when done: sample power from
// another thread. Contract: check_sustained(). Throws CudaError.
[[nodiscard]] SustainedResult run_sustained(const SustainedOptions& options, StreamHandle stream);

}  // namespace olivine
