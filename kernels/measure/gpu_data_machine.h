// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/runtime/device.h"

namespace olivine::measure {

struct CheckRecord;

// check_data_kernels() on the current device. Throws CudaError.
[[nodiscard]] std::vector<CheckRecord> check_data_kernels_on(StreamHandle stream, uint64_t seed);

}  // namespace olivine::measure
