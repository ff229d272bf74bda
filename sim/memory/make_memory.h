// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <memory>

#include "sim/memory/memory_model.h"

namespace olivine {

struct DramConfig;

// The timing model that `dram` names. `clock_hz`: of the requesters. Contract: not Ideal, which
// needs no memory.
[[nodiscard]] std::unique_ptr<MemoryModel> make_memory(const DramConfig& dram, double clock_hz);

}  // namespace olivine
