// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <span>

#include "models/base/embedded_file.h"

namespace olivine {

// sim/tensor_core/calibrations, one file a machine and library.
[[nodiscard]] std::span<const EmbeddedFile> shipped_calibration_files();

}  // namespace olivine
