// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/view/recording.h"

#include <fmt/format.h>

namespace olivine::view {

std::string label(const PortEvent& event, bool has_slices) {
  if (event.is_padding) return "-";
  const std::string k = event.elements == 1
                            ? fmt::format("{}", event.k)
                            : fmt::format("{}..{}", event.k, event.k + event.elements - 1);
  const std::string_view slice = !has_slices ? "" : event.slice == 0 ? ".hi" : ".lo";
  return event.matrix == Matrix::A ? fmt::format("A[{},{}]{}", event.outer, k, slice)
                                   : fmt::format("B[{},{}]{}", k, event.outer, slice);
}

std::string label(const Result& result) {
  return result.is_padding ? "-" : fmt::format("C[{},{}]", result.m, result.n);
}

std::string text(Slice slice) {
  return slice.exponent == 0 ? fmt::format("{}", slice.integer)
                             : fmt::format("{}<<{}", slice.integer, slice.exponent);
}

}  // namespace olivine::view
