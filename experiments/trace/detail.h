// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>

#include "models/base/enum_names.h"

namespace olivine::trace {

// What a trace shows one by one.
enum class Detail : uint8_t { Fold, Tile, Layer };
inline constexpr std::array kDetailNames = {EnumName<Detail>{Detail::Fold, "fold"},
                                            EnumName<Detail>{Detail::Tile, "tile"},
                                            EnumName<Detail>{Detail::Layer, "layer"}};

}  // namespace olivine::trace
