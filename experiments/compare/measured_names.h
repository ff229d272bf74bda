// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "models/numerics/format.h"

namespace olivine::compare {

// What measurements call things, and what they are called here. The one table of such names.

// The machine that stands for a device: "A100-SXM4-80GB" and what drivers report are "a100_sxm".
// Nothing where no machine does.
[[nodiscard]] std::optional<std::string> machine_of(std::string_view device);

// "bf16", "int4_weight_only(fp16 act)", or the name of a scheme. Nothing where no scheme fits.
[[nodiscard]] const Scheme* scheme_of(std::string_view dtype, Pattern weight_pattern);

// The library whose kernels GemmModel times: "TensorRT-LLM 1.0.0 SmoothQuantGemm" is "smoothquant".
// "" where no library of the model stands for it and the machine's fastest kernels are taken; a
// name that is in no row is its own.
[[nodiscard]] std::string library_of(std::string_view library);

}  // namespace olivine::compare
