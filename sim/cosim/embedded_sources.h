// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <span>

#include "models/base/embedded_file.h"

namespace olivine {

// verilated_adapter.cpp and rtl_abi.h, which are compiled with every model.
[[nodiscard]] std::span<const EmbeddedFile> cosim_embedded_sources();

}  // namespace olivine
