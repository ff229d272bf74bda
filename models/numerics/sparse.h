// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/numerics/quantize.h"

namespace olivine {

// A tensor cut to 2 of every 4 elements along k, not yet quantized. k is padded with zeros to a
// multiple of 4.
struct TwoFourTensor {
  int64_t rows = 0;
  int64_t k = 0;                  // dense elements a row
  std::vector<float> kept;        // rows x kept_k()
  std::vector<uint8_t> metadata;  // as in PackedMatrix

  [[nodiscard]] int64_t kept_k() const { return 2 * group_count(k); }
  // What scale search quantizes: the kept elements alone.
  [[nodiscard]] TensorView view(std::string_view name) const {
    return {name, kept, rows, kept_k()};
  }
};

// Keeps the two largest magnitudes of every group; of equals the one with the lower index. Throws
// ConfigError: NaN or infinity; ShapeError: sizes.
[[nodiscard]] TwoFourTensor prune_two_four(const TensorView& tensor);

// The same by |w| x importance of the element's input channel (k of them), the product in double:
// with the L2 norm of what multiplies the channel, the criterion of Wanda (arXiv 2306.11695).
// Throws also ConfigError: an importance that is not finite or below 0; ShapeError: another number.
[[nodiscard]] TwoFourTensor prune_two_four_weighted(const TensorView& tensor,
                                                    std::span<const float> importance);

// Keeps what `mask` marks (rows x k, not 0 = kept), at most two of every group. A group with fewer
// is filled up with zeros at its lowest free positions. Throws ShapeError: sizes, a group with
// more.
[[nodiscard]] TwoFourTensor prune_two_four(const TensorView& tensor, std::span<const uint8_t> mask);

// Codes and metadata. The two kept values of a group are one pair: of an OVP format, one
// outlier-victim pair. Any format. Throws as encode does.
[[nodiscard]] PackedMatrix encode_two_four(const TwoFourTensor& tensor, std::string_view name,
                                           Format format, std::span<const float> scales);

// Back to dense values, zeros where 2:4 dropped: dense_values.h.

}  // namespace olivine
