// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "kernels/runtime/device.h"

namespace olivine {

// Queues olivine::named_kernel(), which adds 1 to *counter.
void launch_named_kernel(int32_t* counter, StreamHandle stream);

}  // namespace olivine
