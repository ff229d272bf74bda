// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "kernels/device/qualifiers.cuh"
#include "kernels/quant/quant_kernels.h"

namespace olivine {

// How the work is cut: a warp takes a piece of one row, kQuantLoads loads of each of its threads,
// all under way before the first is used.
inline constexpr int kQuantThreads = 256;
inline constexpr int kQuantWarps = kQuantThreads / 32;
inline constexpr int kQuantLoads = 4;

// Codes that a piece decodes or checks: 16 bytes a load.
inline constexpr int kPieceBytes = kQuantLoads * 32 * 16;
// Elements that a piece encodes: 4 a load.
inline constexpr int kPieceElements = kQuantLoads * 32 * 4;

// Kernels count the same way.
[[nodiscard]] OLV_HOST_DEVICE constexpr int64_t pieces_of(int64_t whole, int piece) {
  return whole / piece + (whole % piece != 0 ? 1 : 0);
}
// Bytes of a row of codes, whole blocks of 16.
[[nodiscard]] OLV_HOST_DEVICE constexpr int64_t code_row_bytes(Format format, int64_t columns) {
  return format == Format::Ovp4 ? pieces_of(columns, 32) * 16 : pieces_of(columns, 16) * 16;
}
[[nodiscard]] OLV_HOST_DEVICE constexpr int64_t decode_pieces(const OvpTensor& tensor) {
  return tensor.rows * pieces_of(code_row_bytes(tensor.format, tensor.columns), kPieceBytes);
}

}  // namespace olivine
