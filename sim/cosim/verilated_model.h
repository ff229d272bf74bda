// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "sim/cosim/rtl_model.h"

namespace olivine {

// How the registers of a model start that no reset reaches.
enum class RtlStart : uint8_t { Zero, Random };

// Opens a model library made by sim/cosim/model_builder.h. `seed` matters for RtlStart::Random.
// Throws ConfigError: the file is no such library.
[[nodiscard]] std::unique_ptr<RtlModel> open_verilated_model(const std::string& library,
                                                             RtlStart start = RtlStart::Zero,
                                                             uint64_t seed = 1);

}  // namespace olivine
