// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "models/numerics/format.h"
#include "models/numerics/microscaling.h"

namespace olivine {

// How one operand is stored: with a scale a row or tensor, or in blocks of 32 that share a power of
// two.
using Storage = std::variant<Format, MxFormat>;

[[nodiscard]] std::string_view name_of(const Storage& storage);
// Bits an element: the code, and its share of a block's scale (mxfp4: 4.25).
[[nodiscard]] double bits_of(const Storage& storage);

// What is left of the weights. Bitmap: any elements, as many as the density says, stored as in
// models/numerics/bitmap.h.
enum class Sparsity : uint8_t { Dense, TwoFour, Bitmap };

// How a network is quantized. Beside the schemes of models/numerics/format.h, which machines run:
//   w4a4-mxfp4, w8a8-mxint8, w4a16-mxfp4   block formats; no machine of the models multiplies them
//   ...-bitmap after a dense integer or fp16 scheme: unstructured-sparse weights
struct QuantScheme {
  std::string name;
  Storage weights = Format::Fp16;
  Storage activations = Format::Fp16;
  Sparsity sparsity = Sparsity::Dense;
  // What a machine runs: the scheme itself; for bitmaps the dense one, since they are expanded on
  // the way in. Nothing: no machine runs it.
  std::optional<Scheme> machine;
};

// Every name, in the order of all_schemes(), then bitmaps and block formats.
[[nodiscard]] std::vector<std::string> quant_scheme_names();
// Throws ConfigError that names the nearest scheme.
[[nodiscard]] QuantScheme parse_quant_scheme(std::string_view name);

}  // namespace olivine
